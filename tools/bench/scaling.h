// Measures the gain of a second core.

#ifndef DIDACT_TOOLS_BENCH_SCALING_H_
#define DIDACT_TOOLS_BENCH_SCALING_H_

#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Measures `repetitions` times, alternately, by elapsed time, so that other programs disturb it:
//   one two-layer trial (20 nodes, and 200; double) on one thread, then two of them, each on a
//     thread of its own;
//   one multi-layer trial (both precisions) that computes on one thread, then on two.
// Returns text for people: steps per second of both, and the median of their ratio, which is at
// best 2. On a machine with one core, the text says so.
absl::StatusOr<std::string> MeasureScaling(int repetitions);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_SCALING_H_
