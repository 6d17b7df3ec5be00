// Applies a function of SIMD vectors to every element of an array. Elementwise plugins call the
// functions of xsimd this way, without a loop and without a special case for the last elements,
// which fill no whole vector. Slow to compile: include it in .cc files, never in headers.

#ifndef DIDACT_FRAMEWORK_KERNELS_SIMD_MAP_H_
#define DIDACT_FRAMEWORK_KERNELS_SIMD_MAP_H_

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "absl/types/span.h"
#include "xsimd/xsimd.hpp"

namespace didact {

// output[i] = function(inputs[i]...), where `function` takes one xsimd::batch<T> per input and
// returns one:
//
//   using Batch = xsimd::batch<T>;
//   SimdMap(output, [](Batch x) { return xsimd::tanh(x); }, input);
//
// Shapes:   all spans have the same length, any alignment; the length may be 0.
// Aliasing: the output may be one of the inputs; otherwise they must not overlap.
// Numerics: elements that fill no whole vector go through the same function on a padded copy, so
//           an element's value does not depend on its position in the span, as long as no lane of
//           `function` depends on another (true of xsimd's exponential, hyperbolic and error
//           functions; not of its sine, cosine and tangent, which choose one reduction for all
//           lanes). In double, xsimd's tanh, exp and log1p are within 1 unit in the last place on
//           [-6, 6]; its erf is not (simd_error_function.h).
// Memory:   no heap.
// Threads:  safe.
template <class T, class Function, class... Inputs>
void SimdMap(absl::Span<T> output, Function function, Inputs... inputs) {
  using Batch = xsimd::batch<T>;
  constexpr std::size_t kWidth = Batch::size;
  assert(((inputs.size() == output.size()) && ...));

  const std::size_t size = output.size();
  std::size_t i = 0;
  for (; i + kWidth <= size; i += kWidth) {
    function(Batch::load_unaligned(inputs.data() + i)...).store_unaligned(output.data() + i);
  }
  const std::size_t rest = size - i;
  if (rest == 0) return;
  const auto load_rest = [i, rest](const auto& input) {
    alignas(Batch) T lanes[kWidth] = {};
    std::copy_n(input.data() + i, rest, lanes);
    return Batch::load_aligned(lanes);
  };
  alignas(Batch) T lanes[kWidth];
  function(load_rest(inputs)...).store_aligned(lanes);
  std::copy_n(lanes, rest, output.data() + i);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_MAP_H_
