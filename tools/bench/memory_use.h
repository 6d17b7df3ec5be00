// The memory that trials need, and its growth with the length of training.

#ifndef DIDACT_TOOLS_BENCH_MEMORY_USE_H_
#define DIDACT_TOOLS_BENCH_MEMORY_USE_H_

#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Measures in child processes. Call it before the program has threads or uses much memory, because
// child processes inherit that memory. Returns lines for people; all figures are resident memory:
//   a trial (20 and 200 student nodes, double): the maximum while it was built, trained for
//     1000 steps and evaluated, minus the memory before; and the growth over 10,000 more
//     steps, in bytes;
//   a worker: the maximum of a run of two trials at a time minus that of a run of one at a
//     time; and the whole process of the latter.
absl::StatusOr<std::string> MeasureMemoryUse();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_MEMORY_USE_H_
