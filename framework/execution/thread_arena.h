// Runs independent tasks on several cores, and lends idle cores to large computations within them.

#ifndef DIDACT_FRAMEWORK_EXECUTION_THREAD_ARENA_H_
#define DIDACT_FRAMEWORK_EXECUTION_THREAD_ARENA_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "didact/framework/base/workers.h"

namespace didact {

// Calls task(0), ..., task(count - 1), each once, on up to `threads` threads, and returns when all
// have returned. Tasks begin in ascending order and must not throw. They, and the parts that they
// hand to ArenaWorkers, have the floating-point control of StandardFloatingPoint. Threads without a task of their
// own, because there are fewer tasks or the last ones are still running, help with what the others
// hand to ArenaWorkers.
void RunTasks(int64_t count, int threads, absl::FunctionRef<void(int64_t)> task);

// Returns the threads of the RunTasks call of which the caller is a task: those that are idle
// compute parts of the work that is passed to Workers::Run. For any other caller, these are all
// cores of the machine. Lives as long as the program.
Workers& ArenaWorkers();

// Number of cores that this process may use: those of its affinity, or fewer if the quota of its
// control groups allows only the time of fewer; at least 1.
int AvailableCores();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_THREAD_ARENA_H_
