#!/bin/bash
# One sweep as one Slurm job of many MPI processes, which share its trials as they come: better than
# an array where trials differ much in length and all processes are there at the same time.
#
#   sbatch --ntasks=32 tools/configs/cluster/slurm_mpi.sh SWEEP.textproto OUT [FLAG]...
#
# As in slurm_array.sh beside this file; Open MPI must be the one that Didact was built with.
#
#SBATCH --job-name=didact
#SBATCH --cpus-per-task=1
#SBATCH --time=12:00:00
#SBATCH --output=didact-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:TERM@120

set -uo pipefail

if (($# < 2)); then
  echo "usage: sbatch --ntasks=32 $0 SWEEP.textproto OUT [FLAG]..." >&2
  exit 2
fi
sweep="$1"
out="$2"
shift 2

threads="${SLURM_CPUS_PER_TASK:-1}"
mpirun --map-by "slot:PE=${threads}" \
  "${DIDACT:-didact}" sweep "${sweep}" --out="${out}" --threads="${threads}" "$@" &
launcher=$!
# mpirun hands SIGUSR1 on to all processes; after SIGTERM it gives them less than a second.
trap 'kill -USR1 "${launcher}" 2> /dev/null' TERM INT
wait "${launcher}"
code=$?
while kill -0 "${launcher}" 2> /dev/null; do
  wait "${launcher}"
  code=$?
done

# 3: interrupted, with checkpoints.
if ((code == 3)); then
  echo "interrupted: ${SLURM_JOB_ID:?} goes back to the queue"
  scontrol requeue "${SLURM_JOB_ID}" || exit 3
  sleep 60
fi
exit "${code}"
