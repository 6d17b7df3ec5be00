#!/bin/bash
# One sweep as a Slurm job array: each task of the array trains one part of the trials.
#
#   sbatch --array=0-31 tools/configs/cluster/slurm_array.sh SWEEP.textproto OUT [FLAG]...
#
# SWEEP.textproto, OUT and the tool must be reachable by the same names on all nodes. FLAGs go to
# `didact sweep`. The tool is DIDACT from the environment, or the `didact` in PATH. All of the
# options below can be overridden on sbatch's command line.
#
#SBATCH --job-name=didact
#SBATCH --cpus-per-task=1
#SBATCH --time=12:00:00
#SBATCH --output=didact-%A_%a.log
# The log contains all attempts, not only the last.
#SBATCH --open-mode=append
# After a node failure or a preemption the task starts again and continues from its checkpoints.
#SBATCH --requeue
# Two minutes before the time limit, Slurm sends SIGTERM to this script (B:), which forwards it.
# Didact needs a second, or the time of one step if that is longer.
#SBATCH --signal=B:TERM@120

set -uo pipefail

if (($# < 2)); then
  echo "usage: sbatch --array=0-31 $0 SWEEP.textproto OUT [FLAG]..." >&2
  exit 2
fi
sweep="$1"
out="$2"
shift 2

if [[ -z "${SLURM_ARRAY_TASK_ID:-}" ]]; then
  echo "$0: must run as a job array: sbatch --array=0-31 $0 ..." >&2
  exit 2
fi
# The array counts from SLURM_ARRAY_TASK_MIN in steps of SLURM_ARRAY_TASK_STEP; parts count from 0.
# The tasks must be all tasks of the array: to repeat one that failed, requeue it, or submit the
# whole array again, whose other tasks find that nothing is left to do.
shard=$(((SLURM_ARRAY_TASK_ID - ${SLURM_ARRAY_TASK_MIN:-0}) / ${SLURM_ARRAY_TASK_STEP:-1}))
count="${SLURM_ARRAY_TASK_COUNT:?}"

# A shell handles signals only after its command has ended; so the tool runs in the background.
"${DIDACT:-didact}" sweep "${sweep}" --out="${out}" --shard="${shard}/${count}" \
  --threads="${SLURM_CPUS_PER_TASK:-1}" --executor=threads "$@" &
tool=$!
trap 'kill -TERM "${tool}" 2> /dev/null' TERM INT
# The trap interrupts the first wait.
wait "${tool}"
code=$?
while kill -0 "${tool}" 2> /dev/null; do
  wait "${tool}"
  code=$?
done

# 3: interrupted, with checkpoints. The task returns to the queue and continues later. (After a
# preemption or `scancel` Slurm itself decides whether it continues, and refuses or ignores this
# request.) 0: success; 1: a trial failed or diverged, which another attempt would not change; 2:
# the request was invalid.
if ((code == 3)); then
  job="${SLURM_ARRAY_JOB_ID:?}_${SLURM_ARRAY_TASK_ID}"
  echo "interrupted: ${job} goes back to the queue"
  scontrol requeue "${job}" || exit 3
  # Slurm ends the script. Until then the script must not end by itself, which would count as a
  # failure.
  sleep 60
fi
exit "${code}"
