#!/bin/bash
# The tests of this workspace, one function each. Usage: checks.sh FUNCTION

set -euo pipefail

# The installation is used at its own path, not through the links that Bazel makes to it.
readonly SDK="$(dirname "$(dirname "$(readlink -f "${TEST_SRCDIR}/didact/bin/didact")")")"
readonly DIDACT="${SDK}/bin/didact"
readonly PLUGINS="${PWD}/libexample_plugins.so"
readonly OUT="${TEST_TMPDIR}/out"
unset DIDACT_PLUGIN_PATH

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect_text TEXT FILE: the file has a line with the text.
expect_text() {
  grep --fixed-strings --quiet -- "$1" "$2" || { cat "$2" >&2; fail "no line with: $1"; }
}

# expect_refusal TEXT ARGUMENT...: the tool prints the text, ends with exit code 2, and writes
# nothing.
expect_refusal() {
  local text="$1" code=0
  shift
  "${DIDACT}" "$@" --out="${OUT}" 2> "${TEST_TMPDIR}/errors" || code=$?
  ((code == 2)) || { cat "${TEST_TMPDIR}/errors" >&2; fail "exit code ${code}, must be 2"; }
  expect_text "${text}" "${TEST_TMPDIR}/errors"
  [[ ! -e "${OUT}" ]] || fail "${OUT} exists"
}

# expect_metrics: a finished run of example.textproto in OUT, with the plugin's metric.
expect_metrics() {
  local seed
  for seed in 1 2; do
    expect_text '"eval.active_fraction.layer0.student"' "${OUT}/trials/${seed}/metrics.jsonl"
  done
}

run() {
  "${DIDACT}" run example.textproto --plugin="${PLUGINS}" --out="${OUT}" --quiet
  expect_metrics
  # The resolved config is in canonical form and contains the defaults of the plugins' fields.
  expect_text '[type.googleapis.com/example.Swish]' "${OUT}/experiment.textproto"
  expect_text 'threshold: 0' "${OUT}/experiment.textproto"
  # The config names the library, and so can be run without the flag.
  "${DIDACT}" run "${OUT}/experiment.textproto" --out="${TEST_TMPDIR}/alone" --quiet
  diff --recursive --exclude=provenance.json "${OUT}" "${TEST_TMPDIR}/alone" || fail "other results"
}

# A library that is named more than once is loaded once.
plugin_path() {
  mkdir "${TEST_TMPDIR}/plugins"
  ln -s "${PLUGINS}" "${TEST_TMPDIR}/plugins/"
  DIDACT_PLUGIN_PATH="${TEST_TMPDIR}/plugins:${PLUGINS}" \
    "${DIDACT}" run example.textproto --out="${OUT}" --quiet --plugin="${PLUGINS}"
  expect_metrics
}

# A relative name in a config is relative to the config.
plugin_in_config() {
  mkdir "${TEST_TMPDIR}/study"
  cp "${PLUGINS}" "${TEST_TMPDIR}/study/own.so"
  { cat example.textproto; echo 'plugin_library: "own.so"'; } > "${TEST_TMPDIR}/study/own.textproto"
  (cd / && "${DIDACT}" run "${TEST_TMPDIR}/study/own.textproto" --out="${OUT}" --quiet)
  expect_metrics
}

missing_plugin() {
  expect_refusal 'no plugin example.Swish of kind activation' run example.textproto
  expect_refusal 'a plugin library is loaded with --plugin=FILE' run example.textproto
}

other_simd() {
  expect_refusal \
    'libother_simd.so: built for SIMD architecture sse2, this Didact wants fma3+avx2: compile with -march=x86-64-v3' \
    run example.textproto --plugin=libother_simd.so
}

other_api_version() {
  expect_refusal \
    'libother_api_version.so: built for plugin API version 7, this Didact wants 6: rebuild it with the headers that belong to this libdidact.so' \
    run example.textproto --plugin=libother_api_version.so
}

listing() {
  "${DIDACT}" plugins --plugin="${PLUGINS}" > "${TEST_TMPDIR}/list"
  expect_text 'example.Swish' "${TEST_TMPDIR}/list"
  "${DIDACT}" plugins example.Swish --plugin="${PLUGINS}" > "${TEST_TMPDIR}/swish"
  expect_text 'beta' "${TEST_TMPDIR}/swish"
  expect_text 'How sharply it bends.' "${TEST_TMPDIR}/swish"
  "${DIDACT}" plugins example.ActiveFraction --plugin="${PLUGINS}" > "${TEST_TMPDIR}/fraction"
  expect_text 'active_fraction.layer*.student  number, headline' "${TEST_TMPDIR}/fraction"
}

selftest() {
  "${DIDACT}" selftest --plugin="${PLUGINS}" > "${TEST_TMPDIR}/report" ||
    { cat "${TEST_TMPDIR}/report" >&2; fail "the plugins do not pass"; }
  local name
  for name in Swish CorrelatedInputs ActiveFraction; do
    expect_text "example.${name}" "${TEST_TMPDIR}/report"
  done
  expect_text ' checks passed, 0 failed' "${TEST_TMPDIR}/report"
}

# compare_host_and_tool HOST: the program's own loop gives the numbers that the tool writes.
compare_host_and_tool() {
  "$1" example.textproto "${PLUGINS}" > "${TEST_TMPDIR}/host"
  "${DIDACT}" run example.textproto --plugin="${PLUGINS}" --out="${OUT}" --quiet
  python3 - "${TEST_TMPDIR}/host" "${OUT}/trials/1/metrics.jsonl" << 'END'
import json
import sys

host = {}
for line in open(sys.argv[1]):
    step, rest = line.removeprefix("step ").split(": ")
    key, value = rest.split(" = ")
    host[int(step), key] = float(value)
tool = {}
for line in open(sys.argv[2]):
    record = json.loads(line)
    for key, value in record.items():
        if key.startswith(("train.", "eval.")):
            tool[record["step"], key] = value
assert host, "the program printed nothing"
assert {step for step, _ in host} == {0, 60}, host.keys()
for place, value in host.items():
    assert tool[place] == value, (place, tool[place], value)
assert host[60, "eval.loss"] < host[0, "eval.loss"], "the student learned nothing"
END
}

embedding() {
  compare_host_and_tool ./host
}

# A program may have folders with the names of Didact's own, framework/ and protos/, and include
# files from them.
include_folders() {
  local flags folder
  flags="$(PKG_CONFIG_PATH="${SDK}/lib/pkgconfig" pkg-config --cflags-only-I didact)"
  [[ "${flags}" == *-I* ]] || fail "no folder to include from: ${flags}"
  for folder in ${flags//-I/} "${SDK}/share/didact/bazel/include"; do
    [[ "$(ls "${folder}")" == didact ]] || fail "${folder} holds more than didact/: $(ls "${folder}")"
  done
}

# Runs the commands that the installed README gives for builds without Bazel, unchanged, in a folder
# with this workspace's files. The resulting programs must behave like those that Bazel built.
without_bazel() {
  local folder="${TEST_TMPDIR}/copy" commands="${TEST_TMPDIR}/commands"
  mkdir "${folder}"
  cp --dereference ./*.cc ./*.h ./*.proto ./*.textproto "${folder}"
  awk '/^## / { here = $0 == "## Without Bazel" } /^```/ { code = !code; next } here && code' \
    "${SDK}/share/didact/README.md" > "${commands}"
  [[ "$(grep --count '^g++ ' "${commands}")" == 2 ]] || { cat "${commands}"; fail "not the commands"; }
  (cd "${folder}" && PREFIX="${SDK}" bash -euo pipefail "${commands}") > "${TEST_TMPDIR}/output"
  expect_text ' 0 failed' "${TEST_TMPDIR}/output"
  expect_text 'How sharply it bends.' "${TEST_TMPDIR}/output"
  run
  diff --recursive "${OUT}/trials" "${folder}/runs/example/trials" || fail "not the results of Bazel's"
  rm -r "${OUT}"
  compare_host_and_tool "${folder}/host"
}

"$1"
