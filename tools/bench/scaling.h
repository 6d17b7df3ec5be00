// What a second core is worth.

#ifndef DIDACT_TOOLS_BENCH_SCALING_H_
#define DIDACT_TOOLS_BENCH_SCALING_H_

#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Trains one two-layer trial (20 nodes, and 200; double) on one thread, then two of them on a thread
// each, in turn, `repetitions` times; by the clock on the wall, so other programs disturb it. Returns
// lines for people: steps per second of both, and the median of their ratio (2 if the trials do not
// get in each other's way). On a machine with one core, a line that says so.
absl::StatusOr<std::string> MeasureScaling(int repetitions);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_SCALING_H_
