// Distributes work to the processes that an MPI launcher started.

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
