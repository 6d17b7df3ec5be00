// Runs independent tasks on several cores.

#ifndef DIDACT_FRAMEWORK_EXECUTION_THREAD_ARENA_H_
#define DIDACT_FRAMEWORK_EXECUTION_THREAD_ARENA_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace didact {

// Calls task(0), ..., task(count - 1), each once, on up to `threads` threads, and returns when all
// have returned. Tasks begin in ascending order and must not throw.
void RunTasks(int64_t count, int threads, absl::FunctionRef<void(int64_t)> task);

// Number of cores that this process may use.
int AvailableCores();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_THREAD_ARENA_H_
