#!/bin/bash
# Runs tools/quickstart with the tool itself, on fewer seeds and epochs: from any folder, twice,
# with flags. Every command that it prints must work.

set -euo pipefail

sources="$(pwd)"
cd "${TEST_TMPDIR:?}"
fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Make a checkout in which everything is installed and built.
mkdir -p tree/tools programs elsewhere
cp --dereference "${sources}/tools/quickstart" "${sources}/tools/quickstart_table.py" tree/tools/
cp --dereference --recursive "${sources}/tools/configs" tree/tools/
printf '#!/bin/bash\n' > tree/tools/setup
mkdir -p built/tools
ln -s "$(realpath "${sources}/tools/didact")" built/tools/didact
ln -s ../built tree/bazel-bin
cat > programs/bazel-4 << 'END'
#!/bin/bash
[[ "$1" != info ]] || echo "${BUILT}"
END
chmod +x tree/tools/setup programs/bazel-4
export BUILT="${PWD}/built" PATH="${PWD}/programs:${PATH}"
tree="$(realpath tree)"
small=(--set=seed.last=2 --set=training.epochs=1 --set=train_data.size=500 --set=eval_data.size=500)

# expect_table: the output has a row for each over-realization.
expect_table() {
  local row
  for row in '1x             20      2 ' '2x             40      2 ' '5x            100      2 ' '10x            200      2 '; do
    grep --fixed-strings --quiet " ${row}" output || { cat output errors; fail "no row ${row}"; }
  done
  grep --quiet '^found  ' output || fail "found is not explained"
  grep --quiet '^over-realized  ' output || fail "over-realized is not explained"
}

# Run from another folder, with a flag, and again.
for threads in 1 2; do
  (cd elsewhere && ../tree/tools/quickstart "${small[@]}" "--threads=${threads}") > output 2> errors ||
    { cat output errors; fail "the quickstart fails"; }
  expect_table
  [[ -e tree/runs/quickstart/index.jsonl ]] || fail "no results"
  [[ -z "$(ls elsewhere)" ]] || fail "something is left in the caller's folder"
done
grep --fixed-strings --quiet "in the folder ${tree}:" output || fail "does not say where commands work"
too_long="$(grep --invert-match --fixed-strings "${tree}" output | awk 'length > 80')"
[[ -z "${too_long}" ]] || fail "too long for a terminal: ${too_long}"

# The commands are indented by four blanks; a backslash joins lines.
sed -n '/^Commands to try next/,$p' output | sed -n 's/^    //p' |
  sed -e ':again' -e '/\\$/N; s/\\\n//; t again' > commands
(($(wc -l < commands) >= 5)) || { cat output; fail "these are not all commands"; }
while IFS= read -r command; do
  (cd tree && bash -o pipefail -c "${command}" < /dev/null) > answer 2> errors ||
    { cat answer errors; fail "does not work: ${command}"; }
  [[ -s answer ]] || fail "says nothing: ${command}"
done < commands
[[ -e tree/runs/two_layer/trials/4/outcome.json ]] || fail "the published experiment has not been run"

# The config is a sweep with a folder of its own, and not an experiment.
(cd tree && bazel-bin/tools/didact sweep tools/configs/quickstart.textproto "${small[@]}") > answer ||
  fail "the sweep collides with the quickstart"
diff --recursive --exclude=provenance.json tree/runs/quickstart/experiments \
  tree/runs/over_realization/experiments || fail "the sweep has other results"
code=0
(cd tree && bazel-bin/tools/didact run tools/configs/quickstart.textproto) 2> errors || code=$?
((code == 2)) && grep --fixed-strings --quiet "'didact sweep'" errors || { cat errors; fail "code ${code}"; }

# Run from the root of the checkout, with another folder for the results.
(cd tree && tools/quickstart "${small[@]}" --out=../elsewhere/own) > output 2> errors ||
  { cat output errors; fail "--out fails"; }
expect_table
[[ -e elsewhere/own/index.jsonl ]] || fail "no results in --out"
grep --quiet '^Commands to try next:' output || fail "commands are printed otherwise in the checkout"

# With other flags, the output is that of the tool.
(cd tree && tools/quickstart --dry-run) > output 2> errors || fail "--dry-run fails"
grep --quiet '^4 experiments, 128 trials$' output || { cat output; fail "--dry-run does not show the plan"; }

# Errors of the tool are reported.
code=0
(cd tree && tools/quickstart "${small[@]}" --set=optimizer.learning_rate.value=1e30) > output 2> errors ||
  code=$?
((code == 1)) && grep --quiet ' diverged' output || { cat output errors; fail "code ${code}"; }

# An interruption is reported too, with the way to continue.
(cd tree && exec tools/quickstart --set=seed.last=1 --set=training.epochs=100000 --threads=1) > output 2> errors &
quickstart=$!
for ((i = 0; ; ++i)); do
  grep --quiet running tree/runs/quickstart/index.jsonl && grep --quiet 100000 tree/runs/quickstart/sweep.textproto && break
  ((i < 600)) || { cat output errors; fail "there is nothing to interrupt"; }
  sleep 0.1
done
read -r tool _ < "/proc/${quickstart}/task/${quickstart}/children" || true
kill -INT "${tool}"
code=0
wait "${quickstart}" || code=$?
((code == 3)) && grep --fixed-strings --line-regexp --quiet '  bazel-bin/tools/didact resume runs/quickstart' output ||
  { cat output errors; fail "interrupted: code ${code}"; }

# A failing build ends the script.
printf '#!/bin/bash\nexit 7\n' > programs/bazel-4
code=0
(cd tree && tools/quickstart "${small[@]}") > output 2> errors || code=$?
((code == 7)) || { cat output errors; fail "the build fails: code ${code}"; }
echo "passed"
