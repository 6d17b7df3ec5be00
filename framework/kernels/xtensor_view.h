// Turns spans and array views into xtensor adaptors over the same memory, so that plugins can be
// written as xtensor expressions. Heavy: include it in .cc files, never in headers.
//
// One-dimensional expressions vectorise when they are assigned as a whole:
//
//   auto y = AsTensor(output);                                   // absl::Span<T>
//   xt::noalias(y) = xt::tanh(AsTensor(input));
//
// Constants must have the element type: 1.0f in float expressions. Elements that fill no whole vector
// go through the scalar functions, whose last bits may differ, so a value can depend on its place;
// simd_map.h has no such seam. README.md says what was measured.

#ifndef DIDACT_FRAMEWORK_KERNELS_XTENSOR_VIEW_H_
#define DIDACT_FRAMEWORK_KERNELS_XTENSOR_VIEW_H_

#include <array>
#include <cassert>
#include <cstddef>

#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "xtensor/xadapt.hpp"

namespace didact {

// The span's elements as a one-dimensional xtensor container; `T` may be const. Valid as long as
// the memory is.
template <class T>
auto AsTensor(absl::Span<T> values) {
  const std::array<std::size_t, 1> shape = {values.size()};
  return xt::adapt(values.data(), values.size(), xt::no_ownership(), shape);
}

// A matrix view as a two-dimensional strided xtensor container; `view.rank()` must be 2. For code that
// need not be fast: expressions over it run element by element. Use AsTensor on each row instead.
// `matrix *= 2` and `matrix.fill(2)` must not be used: they run over the memory and take no notice of
// strides. xt::noalias(matrix) = 2 * matrix does.
template <class T>
auto AsTensor(const ArrayView<T>& view) {
  assert(view.rank() == 2);
  const std::array<std::size_t, 2> shape = {static_cast<std::size_t>(view.shape(0)),
                                            static_cast<std::size_t>(view.shape(1))};
  const std::array<std::ptrdiff_t, 2> strides = {static_cast<std::ptrdiff_t>(view.stride(0)),
                                                 static_cast<std::ptrdiff_t>(view.stride(1))};
  // xtensor wants as many elements as the shape has, however far they reach.
  const std::size_t size = static_cast<std::size_t>(view.size());
  return xt::adapt(view.data(), size, xt::no_ownership(), shape, strides);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_XTENSOR_VIEW_H_
