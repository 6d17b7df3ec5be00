#!/bin/bash
# Tests the Slurm script in the environment that Slurm would provide: its parts are those of the
# array, signals reach the tool, and an interrupted task returns to the queue.

set -euo pipefail

script="$(pwd)/tools/configs/cluster/slurm_array.sh"
cd "${TEST_TMPDIR:?}"
fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Stands in for the tool: prints its arguments, and waits for SIGTERM if requested.
cat > didact << 'END'
#!/bin/bash
trap 'exit 3' TERM
printf '%s\n' "$*" > "asked.$SLURM_ARRAY_TASK_ID"
[[ -n "${WAITS:-}" ]] || exit "${CODE:-0}"
while true; do sleep 0.05; done
END
cat > scontrol << 'END'
#!/bin/bash
printf '%s\n' "$*" > requeued
END
# The script calls `sleep 60` after a request that Slurm has accepted.
cat > ./sleep << 'END'
#!/bin/bash
[[ "$1" == 60 ]] || exec /bin/sleep "$1"
END
chmod +x didact scontrol sleep
export PATH="${TEST_TMPDIR}:${PATH}" SLURM_ARRAY_JOB_ID=7 SLURM_CPUS_PER_TASK=2

# An array that counts from 3 in steps of 2.
export SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=3
for task in 3 5 7; do
  SLURM_ARRAY_TASK_ID="${task}" "${script}" s.textproto out --quiet || fail "task ${task}"
  wanted="sweep s.textproto --out=out --shard=$(((task - 3) / 2))/3 --threads=2"
  wanted+=" --executor=threads --quiet"
  [[ "$(cat "asked.${task}")" == "${wanted}" ]] || fail "task ${task}: $(cat "asked.${task}")"
done

for code in 1 2; do
  got=0
  CODE="${code}" SLURM_ARRAY_TASK_ID=3 "${script}" s.textproto out || got=$?
  ((got == code)) || fail "code ${code} became ${got}"
  [[ ! -e requeued ]] || fail "code ${code} was put back"
done

rm asked.5
WAITS=1 SLURM_ARRAY_TASK_ID=5 "${script}" s.textproto out > log &
process=$!
# Succeeds if the script has its trap: SIGTERM is bit 14 of the signals that are caught.
catches_term() {
  local caught
  caught="$(sed -n 's/^SigCgt:\t//p' "/proc/${process}/status")"
  ((0x${caught} >> 14 & 1))
}
for ((i = 0; ; ++i)); do
  [[ -s asked.5 ]] && catches_term && break
  ((i < 600)) || fail "the tool has not begun, or the script has no trap"
  /bin/sleep 0.05
done
kill -TERM "${process}"
got=0
wait "${process}" || got=$?
((got == 3)) || fail "SIGTERM: ${got}"
[[ "$(cat requeued)" == "requeue 7_5" ]] || fail "put back: $(cat requeued)"

got=0
env -u SLURM_ARRAY_TASK_ID "${script}" s.textproto out 2> /dev/null || got=$?
((got == 2)) || fail "without an array: ${got}"
got=0
SLURM_ARRAY_TASK_ID=3 "${script}" 2> /dev/null || got=$?
((got == 2)) || fail "without arguments: ${got}"
echo "passed"
