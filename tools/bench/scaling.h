// Measures the gain of a second core.

#ifndef DIDACT_TOOLS_BENCH_SCALING_H_
#define DIDACT_TOOLS_BENCH_SCALING_H_

#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Measures alternately, `repetitions` times each, by wall-clock time, which other programs disturb:
//   one two-layer trial (20 and 200 nodes; double) on one thread, and two of them on two threads;
//   one multi-layer trial (both precisions) on one thread, and on two threads.
// Returns lines for people: steps per second of both, and the median of their ratio, which is 2 if
// the second core is used fully. On a machine with one core, a line that says so.
absl::StatusOr<std::string> MeasureScaling(int repetitions);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_SCALING_H_
