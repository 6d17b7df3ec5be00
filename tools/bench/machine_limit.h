// The highest possible speed of this processor, with which the bench compares all figures.

#ifndef DIDACT_TOOLS_BENCH_MACHINE_LIMIT_H_
#define DIDACT_TOOLS_BENCH_MACHINE_LIMIT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace didact {

// The GFLOP/s of one core that only multiplies and adds (two operations, fused if possible) on the
// registers of one instruction set.
struct MultiplierLimit {
  std::string level;
  double gflops_double = 0.0;
  double gflops_float = 0.0;
};

// Measures every instruction set that the processor has and Didact knows, the narrowest first. Each
// takes 0.1 s; the fastest of many short intervals counts.
std::vector<MultiplierLimit> MeasureMultiplierLimits();

// Returns the faster of two measurements of each level; both must have the same levels.
std::vector<MultiplierLimit> Faster(const std::vector<MultiplierLimit>& left,
                                    const std::vector<MultiplierLimit>& right);

// Returns the entry of `level`, or null.
const MultiplierLimit* FindLevel(const std::vector<MultiplierLimit>& limits,
                                 absl::string_view level);

// Returns the processor's name as the operating system reports it, or "unknown processor".
std::string ProcessorName();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_MACHINE_LIMIT_H_
