// Work shared by the processes that an MPI launcher started.

#ifndef DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_EXECUTOR_H_
#define DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_EXECUTOR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "framework/execution/executor.h"

namespace didact {

// All processes (ranks), with up to `threads` items at a time in each; 0: a thread for each core that
// is this rank's part. Rank 0 leads, works like the others, and deals the items out. Starts MPI
// unless the program has done so, in which case it must allow MPI_THREAD_SERIALIZED; MPI ends with
// the executor then, which waits for all ranks.
//
// Errors: UNAVAILABLE. A rank that dies leaves the others waiting: launchers end them then.
absl::StatusOr<std::unique_ptr<Executor>> MakeMpiExecutor(int threads);

}  // namespace didact

// The same for whoever loads the library at run time. Returns null after an error, with its message
// in `error`; the caller owns the executor.
extern "C" didact::Executor* DidactMakeMpiExecutor(int threads, std::string* error);

#endif  // DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_EXECUTOR_H_
