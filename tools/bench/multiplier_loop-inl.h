// The loop of multiplier_loop.h for the vectors of the instruction set for which the including file
// is compiled. Its flags let the compiler fuse multiplication and addition if there is such an
// instruction.

#ifndef DIDACT_TOOLS_BENCH_MULTIPLIER_LOOP_INL_H_
#define DIDACT_TOOLS_BENCH_MULTIPLIER_LOOP_INL_H_

#include <cstdint>

#include "tools/bench/multiplier_loop.h"

namespace didact {
namespace {

// Number of independent sums: more than latency times multipliers of any processor we know (4 x 2
// fused, 5 x 2 in two instructions), and few enough for sixteen registers.
constexpr int kSums = 12;

template <class T, int kBytes>
constexpr int64_t FlopPerStep() {
  return 2 * kSums * kBytes / static_cast<int64_t>(sizeof(T));
}

template <class T, int kBytes>
T MultiplyAndAdd(int64_t steps) {
  typedef T Vector __attribute__((vector_size(kBytes)));
  const Vector factor = Vector{} + static_cast<T>(0.999);
  const Vector term = Vector{} + static_cast<T>(0.001);
  Vector sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = Vector{} + static_cast<T>(i);
  for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + term;
  }
  T total = 0;
  for (int i = 0; i < kSums; ++i) {
    for (int lane = 0; lane < kBytes / static_cast<int>(sizeof(T)); ++lane) total += sums[i][lane];
  }
  return total;
}

template <int kBytes>
constexpr MultiplierLoop MakeLoop(const char* level) {
  return {level, FlopPerStep<double, kBytes>(), FlopPerStep<float, kBytes>(),
          MultiplyAndAdd<double, kBytes>, MultiplyAndAdd<float, kBytes>};
}

}  // namespace
}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_MULTIPLIER_LOOP_INL_H_
