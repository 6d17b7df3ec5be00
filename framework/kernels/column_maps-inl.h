// Maps with coefficients per column, written once for every element type and instruction set.

#ifndef DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_INL_H_

#include <cstdint>

#include "didact/framework/kernels/simd-inl.h"

namespace didact {

template <class T, class Arch>
class ColumnMapKernels {
 public:
  static void ScaleColumns(const T* x, int64_t stride, int64_t rows, int64_t columns,
                           const T* center, const T* scale, const T* shift, T* out,
                           int64_t out_stride) {
    ForEachVector(rows, columns, [=](int64_t i, int64_t j, int64_t count) {
      const Batch centered = LoadUpTo(x + i * stride + j, count) - LoadUpTo(center + j, count);
      const Batch result =
          Lanes::MultiplyAdd(LoadUpTo(scale + j, count), centered, LoadUpTo(shift + j, count));
      StoreUpTo(out + i * out_stride + j, result, count);
    });
  }

  static void CombineColumns(const T* g, int64_t g_stride, const T* x, int64_t x_stride,
                             int64_t rows, int64_t columns, const T* scale, const T* center,
                             const T* slope, const T* shift, T* out, int64_t out_stride) {
    ForEachVector(rows, columns, [=](int64_t i, int64_t j, int64_t count) {
      const Batch centered = LoadUpTo(x + i * x_stride + j, count) - LoadUpTo(center + j, count);
      const Batch rest =
          Lanes::MultiplyAdd(LoadUpTo(slope + j, count), centered, LoadUpTo(shift + j, count));
      const Batch gradient = LoadUpTo(g + i * g_stride + j, count);
      StoreUpTo(out + i * out_stride + j,
                Lanes::MultiplyAdd(LoadUpTo(scale + j, count), gradient, rest), count);
    });
  }

  static void AccumulateColumnProducts(const T* g, int64_t g_stride, const T* x, int64_t x_stride,
                                       int64_t rows, int64_t columns, const T* center, double* sums,
                                       double* products) {
    for (int64_t j = 0; j < columns; j += kWidth) {
      const int64_t count = columns - j < kWidth ? columns - j : kWidth;
      // Copies, so that an incomplete vector needs no special case.
      alignas(64) double sum_lanes[kWidth] = {};
      alignas(64) double product_lanes[kWidth] = {};
      for (int64_t c = 0; c < count; ++c) sum_lanes[c] = sums[j + c];
      for (int64_t c = 0; c < count; ++c) product_lanes[c] = products[j + c];
      Wide sum[kWideVectors];
      Wide product[kWideVectors];
      Wide middle[kWideVectors];
      Lanes::Widen(LoadUpTo(center + j, count), middle);
#pragma GCC unroll 2
      for (int w = 0; w < kWideVectors; ++w) {
        sum[w] = Wide::load_aligned(sum_lanes + w * kWideWidth);
        product[w] = Wide::load_aligned(product_lanes + w * kWideWidth);
      }
      for (int64_t i = 0; i < rows; ++i) {
        Wide gradient[kWideVectors];
        Wide value[kWideVectors];
        Lanes::Widen(LoadUpTo(g + i * g_stride + j, count), gradient);
        Lanes::Widen(LoadUpTo(x + i * x_stride + j, count), value);
#pragma GCC unroll 2
        for (int w = 0; w < kWideVectors; ++w) {
          sum[w] += gradient[w];
          product[w] = WideLanes::MultiplyAdd(gradient[w], value[w] - middle[w], product[w]);
        }
      }
#pragma GCC unroll 2
      for (int w = 0; w < kWideVectors; ++w) {
        sum[w].store_aligned(sum_lanes + w * kWideWidth);
        product[w].store_aligned(product_lanes + w * kWideWidth);
      }
      for (int64_t c = 0; c < count; ++c) sums[j + c] = sum_lanes[c];
      for (int64_t c = 0; c < count; ++c) products[j + c] = product_lanes[c];
    }
  }

 private:
  using Lanes = Simd<T, Arch>;
  using Batch = typename Lanes::Batch;
  using WideLanes = Simd<double, Arch>;
  using Wide = typename WideLanes::Batch;
  static constexpr int64_t kWidth = Lanes::kWidth;
  static constexpr int kWideVectors = Lanes::kWideVectors;
  static constexpr int64_t kWideWidth = kWidth / kWideVectors;

  static DIDACT_KERNEL_INLINE Batch LoadUpTo(const T* from, int64_t count) {
    return count < kWidth ? Lanes::LoadPartial(from, count) : Lanes::Load(from);
  }

  static DIDACT_KERNEL_INLINE void StoreUpTo(T* to, Batch value, int64_t count) {
    count < kWidth ? Lanes::StorePartial(to, value, count) : Lanes::Store(to, value);
  }

  // Calls visit(i, j, count) for every vector of columns in every row i, which has the `count`
  // columns from j on.
  template <class Visit>
  static DIDACT_KERNEL_INLINE void ForEachVector(int64_t rows, int64_t columns, Visit visit) {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; j += kWidth) {
        visit(i, j, columns - j < kWidth ? columns - j : kWidth);
      }
    }
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_INL_H_
