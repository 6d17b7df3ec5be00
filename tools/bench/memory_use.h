// The memory that trials need, and its growth with the length of training.

#ifndef DIDACT_TOOLS_BENCH_MEMORY_USE_H_
#define DIDACT_TOOLS_BENCH_MEMORY_USE_H_

#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Measures in child processes; call it before the program has threads or uses much memory, which
// children would have too. Returns lines for people, all figures resident memory:
//   a trial (20 and 200 student nodes, double): what the process had at most while one was made,
//     trained for 1000 steps and evaluated, less what it had before; and by how much it grew over
//     10,000 more steps, in bytes;
//   a worker: what a run of two trials at a time has at most beyond a run of one at a time; and the
//     whole process of the latter.
absl::StatusOr<std::string> MeasureMemoryUse();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_MEMORY_USE_H_
