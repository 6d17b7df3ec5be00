// Turns spans and array views into xtensor adaptors over the same memory, so that plugins can be
// written as xtensor expressions. Slow to compile: include it in .cc files, never in headers.
//
// One-dimensional expressions vectorize when they are assigned as a whole:
//
//   auto y = AsTensor(output);                                   // absl::Span<T>
//   xt::noalias(y) = xt::tanh(AsTensor(input));
//
// Constants must have the element type: 1.0f in float expressions. The last elements, which fill no
// whole vector, go through scalar functions, whose last bits may differ, so a value can depend on
// its position; with simd_map.h it cannot.
//
// Where speed matters, assign one-dimensional adaptors, row by row or over Matrix::storage().
// Nanoseconds per element for 3200 elements in the cache, on an AMD EPYC (family 26, model 2),
// which was busy, so that ratios are more reliable:
//
//                                                        double       float
//   loop over std::tanh                                  8.8 to 16    11 to 13
//   xt::noalias(y) = xt::tanh(x), one dimension          3.7          0.6
//   the same without noalias (through a temporary)       4.1          0.6 to 0.9
//   the same on rows of width 20, one expression a row   3.9          3.9
//   SimdMap(out, [](const auto& x) { ... tanh(x) }, in)  3.9          0.7
//   the same on rows of width 20                         3.7          1.4
//   a two-dimensional adaptor with strides               20           21
//   1.0f - x * x, or 1 - x * x                                        0.12
//   1.0 - x * x on floats                                             3.1

#ifndef DIDACT_FRAMEWORK_KERNELS_XTENSOR_VIEW_H_
#define DIDACT_FRAMEWORK_KERNELS_XTENSOR_VIEW_H_

#include <array>
#include <cassert>
#include <cstddef>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "xtensor/xadapt.hpp"

namespace didact {

// A one-dimensional xtensor container over the span's elements; `T` may be const. Valid as long as
// the memory is.
template <class T>
auto AsTensor(absl::Span<T> values) {
  const std::array<std::size_t, 1> shape = {values.size()};
  return xt::adapt(values.data(), values.size(), xt::no_ownership(), shape);
}

// A two-dimensional strided xtensor container over a matrix view; `view.rank()` must be 2. For code
// that need not be fast, since expressions over it run element by element: use AsTensor on each row
// instead. Do not use `matrix *= 2` or `matrix.fill(2)`, which ignore the strides; use
// xt::noalias(matrix) = 2 * matrix.
template <class T>
auto AsTensor(const ArrayView<T>& view) {
  assert(view.rank() == 2);
  const std::array<std::size_t, 2> shape = {static_cast<std::size_t>(view.shape(0)),
                                            static_cast<std::size_t>(view.shape(1))};
  const std::array<std::ptrdiff_t, 2> strides = {static_cast<std::ptrdiff_t>(view.stride(0)),
                                                 static_cast<std::ptrdiff_t>(view.stride(1))};
  // xtensor requires as many elements as the shape has, however far apart they lie.
  const std::size_t size = static_cast<std::size_t>(view.size());
  return xt::adapt(view.data(), size, xt::no_ownership(), shape, strides);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_XTENSOR_VIEW_H_
