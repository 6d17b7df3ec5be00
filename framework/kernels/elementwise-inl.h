// Elementwise kernels, written once for every element type and instruction set.

#ifndef DIDACT_FRAMEWORK_KERNELS_ELEMENTWISE_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_ELEMENTWISE_INL_H_

#include <cstdint>

#include "didact/framework/kernels/simd-inl.h"

namespace didact {

template <class T, class Arch>
class ElementwiseKernels {
 public:
  static void PiecewiseLinear(const T* x, T* y, int64_t size, T slope) {
    const Batch factor(slope);
    Map(x, x, y, size,
        [factor](Batch value, Batch) { return Lanes::ScaleUnlessPositive(value, value, factor); });
  }

  static void PiecewiseLinearGradient(const T* activation, const T* upstream, T* out, int64_t size,
                                      T slope) {
    const Batch factor(slope);
    Map(activation, upstream, out, size, [factor](Batch gate, Batch value) {
      return Lanes::ScaleUnlessPositive(gate, value, factor);
    });
  }

  static void Axpy(T alpha, const T* x, T* y, int64_t size) {
    const Batch factor(alpha);
    Map(x, y, y, size,
        [factor](Batch left, Batch right) { return Lanes::MultiplyAdd(factor, left, right); });
  }

  static void Axpby(T alpha, const T* x, T beta, T* y, int64_t size) {
    const Batch left_factor(alpha);
    const Batch right_factor(beta);
    Map(x, y, y, size, [left_factor, right_factor](Batch left, Batch right) {
      return Lanes::MultiplyAdd(left_factor, left, right_factor * right);
    });
  }

  static void Scale(T alpha, const T* x, T* y, int64_t size) {
    const Batch factor(alpha);
    Map(x, x, y, size, [factor](Batch value, Batch) { return factor * value; });
  }

  static void GatherRows(const T* source, int64_t source_stride, int64_t columns,
                         const int64_t* indices, int64_t count, T* out, int64_t out_stride) {
    for (int64_t i = 0; i < count; ++i) {
      CopyRow(source + indices[i] * source_stride, columns, out + i * out_stride);
    }
  }

 private:
  using Lanes = Simd<T, Arch>;
  using Batch = typename Lanes::Batch;
  static constexpr int64_t kWidth = Lanes::kWidth;

  static DIDACT_KERNEL_INLINE void CopyRow(const T* from, int64_t size, T* to) {
    if (size >= kWidth) {
      // The last elements, which fill no whole vector, are copied by a vector that overlaps the one
      // before.
      const int64_t last = size - kWidth;
      for (int64_t j = 0; j < last; j += kWidth) Lanes::Store(to + j, Lanes::Load(from + j));
      Lanes::Store(to + last, Lanes::Load(from + last));
    } else if (size > 0) {
      Lanes::StorePartial(to, Lanes::LoadPartial(from, size), size);
    }
  }

  // out[i] = function(x[i], y[i]); the arrays may be the same.
  template <class Function>
  static DIDACT_KERNEL_INLINE void Map(const T* x, const T* y, T* out, int64_t size,
                                       Function function) {
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) {
      Lanes::Store(out + i, function(Lanes::Load(x + i), Lanes::Load(y + i)));
    }
    const int64_t rest = size - i;
    if (rest > 0) {
      const Batch value =
          function(Lanes::LoadPartial(x + i, rest), Lanes::LoadPartial(y + i, rest));
      Lanes::StorePartial(out + i, value, rest);
    }
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_ELEMENTWISE_INL_H_
