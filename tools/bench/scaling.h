// The gain of a second core.

#ifndef DIDACT_TOOLS_BENCH_SCALING_H_
#define DIDACT_TOOLS_BENCH_SCALING_H_

#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Measures, `repetitions` times in turn and by the clock on the wall, so that other programs disturb
// it:
//   one two-layer trial (20 nodes, and 200; double) on one thread, then two of them on a thread each;
//   one multi-layer trial (both precisions) that computes on one thread, then on two.
// Returns lines for people: steps per second of both, and the median of their ratio, which is 2 if
// nothing gets in the way of anything. On a machine with one core, a line that says so.
absl::StatusOr<std::string> MeasureScaling(int repetitions);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_SCALING_H_
