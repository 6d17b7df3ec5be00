#!/bin/bash
# One sweep as one Slurm job of many MPI processes, which share its trials while they run. This is
# better than an array if trials differ much in length and all processes are available at the same
# time.
#
#   sbatch --ntasks=32 tools/configs/cluster/slurm_mpi.sh SWEEP.textproto OUT [FLAG]...
#
# Arguments and requirements are those of slurm_array.sh in this folder. Open MPI must be the
# version that Didact was built with.
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
# mpirun forwards SIGUSR1 to all processes; after SIGTERM it gives them less than a second.
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
