// The bench of `didact bench`, which takes a few seconds and needs no library beyond those of the
// tool.

#ifndef DIDACT_TOOLS_BENCH_SHORT_BENCH_H_
#define DIDACT_TOOLS_BENCH_SHORT_BENCH_H_

#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Measures the machine's limits, then steps and evaluations alternately, with the kernels of the
// selected instruction set. Returns the text with which //tools/bench begins. Shows its progress on
// standard error if that is a terminal.
absl::StatusOr<std::string> RunShortBench();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_SHORT_BENCH_H_
