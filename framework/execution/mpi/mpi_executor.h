// Distributes work to the processes that an MPI launcher started.
//
// Ranks exchange messages; they do not use a window on rank 0 with MPI_Fetch_and_op. Over TCP, Open
// MPI 4's one-sided operations make progress only while the target is inside the library, so across
// machines they would wait until a trial of rank 0 ends; and they are refused with
// MPI_THREAD_MULTIPLE (issue 2614 and pull request 5200 of open-mpi/ompi). Therefore, in every
// rank, the thread that calls Execute only communicates, and all other threads train. It is the
// only thread that calls MPI (MPI_THREAD_SERIALIZED is enough), and it sleeps between polls, so
// that it takes no core. MPI's own waiting functions, which spin, are not used.
//
// All ranks agree on an error before training: all end, and rank 0 reports it and returns its exit
// code. The others return 0, because a launcher kills the remaining ranks after any other code. If
// one rank is told to stop, all stop. If one dies, the launcher notices and ends the others (mpirun
// sends SIGTERM, and SIGKILL within a second; it forwards SIGUSR1 to all ranks and waits for their
// checkpoints). `resume` continues from there, with any executor. If rank 0 is killed, the next
// process that works on its shard gathers the index files first.

#ifndef DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_EXECUTOR_H_
#define DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_EXECUTOR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "didact/framework/execution/executor.h"

namespace didact {

// Returns an executor of all processes (ranks), with up to `threads` items at a time in each; 0
// means one thread for each core assigned to the rank. Rank 0 is the root; it gives out the items
// and also works on some. Starts MPI unless the program has done so, in which case it must have
// asked for at least MPI_THREAD_SERIALIZED. If it has started MPI, the executor's destructor waits
// for all ranks and ends MPI.
//
// Errors: UNAVAILABLE. If a rank dies, the others wait until the launcher ends them.
absl::StatusOr<std::unique_ptr<Executor>> MakeMpiExecutor(int threads);

}  // namespace didact

// The same for programs that load the library at run time. Returns null after an error, with its
// message in `error`; the caller owns the executor.
extern "C" didact::Executor* DidactMakeMpiExecutor(int threads, std::string* error);

#endif  // DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_EXECUTOR_H_
