// Maps with coefficients per column, written once for every element type and instruction set.

#ifndef DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_INL_H_

#include <cstdint>

#include "didact/framework/kernels/column_scaling.h"
#include "didact/framework/kernels/simd-inl.h"

namespace didact {

template <class T, class Arch>
class ColumnMapKernels {
 public:
  static void ScaleColumns(const T* x, int64_t stride, int64_t rows, int64_t columns,
                           const ColumnScaling<T>& scaling, T* out, int64_t out_stride) {
    const Batch negative_slope(scaling.negative_slope);
    const auto scale_block = [&](int64_t begin, int64_t end, int64_t j,
                                 int64_t count) __attribute__((always_inline)) {
      const Coefficients map(scaling, j, count);
      for (int64_t i = begin; i < end; ++i) {
        const Batch z = map.Scaled(LoadUpTo(x + i * stride + j, count) - map.center);
        StoreUpTo(out + i * out_stride + j, Lanes::ScaleUnlessPositive(z, z, negative_slope),
                  count);
      }
    };
    ForEachBlock(rows, columns, scale_block);
  }

  static void CombineColumns(const T* g, int64_t g_stride, const T* x, int64_t x_stride,
                             int64_t rows, int64_t columns, const ColumnScaling<T>& scaling,
                             const T* factor, const T* offset, T input_slope, T* out,
                             int64_t out_stride) {
    if (scaling.negative_slope == T(1)) {
      Combine<false>(g, g_stride, x, x_stride, rows, columns, scaling, factor, offset, input_slope,
                     out, out_stride);
    } else {
      Combine<true>(g, g_stride, x, x_stride, rows, columns, scaling, factor, offset, input_slope,
                    out, out_stride);
    }
  }

  static void AccumulateColumnProducts(const T* g, int64_t g_stride, const T* x, int64_t x_stride,
                                       int64_t rows, int64_t columns,
                                       const ColumnScaling<T>& scaling, double* sums,
                                       double* products) {
    if (scaling.negative_slope == T(1)) {
      AccumulateFrom<kMostVectors, false>(g, g_stride, x, x_stride, rows, 0, columns, scaling, sums,
                                          products);
    } else {
      AccumulateFrom<kMostVectors, true>(g, g_stride, x, x_stride, rows, 0, columns, scaling, sums,
                                         products);
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
  // Vectors of columns that are summed at a time: enough independent sums to hide the latency of an
  // addition, and no more than registers hold with the centers.
  static constexpr int kMostVectors = Lanes::kRegisters / 4 / kWideVectors;

  // Rows for which coefficients are loaded once.
  static constexpr int64_t kBlockRows = 4;

  // The coefficients of the columns of one vector.
  struct Coefficients {
    DIDACT_KERNEL_INLINE Coefficients(const ColumnScaling<T>& scaling, int64_t first, int64_t count)
        : center(LoadUpTo(scaling.center + first, count)),
          scale(LoadUpTo(scaling.scale + first, count)),
          shift(LoadUpTo(scaling.shift + first, count)) {}

    DIDACT_KERNEL_INLINE Batch Scaled(Batch centered) const {
      return Lanes::MultiplyAdd(scale, centered, shift);
    }

    // Returns the gradient with respect to z from that with respect to y.
    template <bool kActivated>
    DIDACT_KERNEL_INLINE Batch ScaledGradient(Batch centered, Batch gradient,
                                              Batch negative_slope) const {
      if constexpr (!kActivated) return gradient;
      return Lanes::ScaleUnlessPositive(Scaled(centered), gradient, negative_slope);
    }

    Batch center, scale, shift;
  };

  template <bool kActivated>
  static void Combine(const T* g, int64_t g_stride, const T* x, int64_t x_stride, int64_t rows,
                      int64_t columns, const ColumnScaling<T>& scaling, const T* factor,
                      const T* offset, T input_slope, T* out, int64_t out_stride) {
    const Batch negative_slope(scaling.negative_slope);
    const Batch slope(input_slope);
    const auto combine_block = [&](int64_t begin, int64_t end, int64_t j,
                                   int64_t count) __attribute__((always_inline)) {
      const Coefficients map(scaling, j, count);
      const Batch factors = LoadUpTo(factor + j, count);
      const Batch offsets = LoadUpTo(offset + j, count);
      for (int64_t i = begin; i < end; ++i) {
        const Batch value = LoadUpTo(x + i * x_stride + j, count);
        const Batch centered = value - map.center;
        const Batch gradient = map.template ScaledGradient<kActivated>(
            centered, LoadUpTo(g + i * g_stride + j, count), negative_slope);
        const Batch rest = Lanes::MultiplyAdd(factors, centered, offsets);
        const Batch combined = Lanes::MultiplyAdd(map.scale, gradient, rest);
        StoreUpTo(out + i * out_stride + j, Lanes::ScaleUnlessPositive(value, combined, slope),
                  count);
      }
    };
    ForEachBlock(rows, columns, combine_block);
  }

  static DIDACT_KERNEL_INLINE Batch LoadUpTo(const T* from, int64_t count) {
    return count < kWidth ? Lanes::LoadPartial(from, count) : Lanes::Load(from);
  }

  static DIDACT_KERNEL_INLINE void StoreUpTo(T* to, Batch value, int64_t count) {
    count < kWidth ? Lanes::StorePartial(to, value, count) : Lanes::Store(to, value);
  }

  // Accumulates the columns from `first` on, kVectors vectors at a time while there are so many, the
  // rest with fewer.
  template <int kVectors, bool kActivated>
  static void AccumulateFrom(const T* g, int64_t g_stride, const T* x, int64_t x_stride,
                             int64_t rows, int64_t first, int64_t columns,
                             const ColumnScaling<T>& scaling, double* sums, double* products) {
    constexpr int64_t kColumns = kVectors * kWidth;
    for (; columns - first >= (kVectors > 1 ? kColumns : 1); first += kColumns) {
      AccumulateGroup<kVectors, kActivated>(g + first, g_stride, x + first, x_stride, rows, first,
                                            columns - first < kColumns ? columns - first : kColumns,
                                            scaling, sums + first, products + first);
    }
    if constexpr (kVectors > 1) {
      AccumulateFrom<kVectors / 2, kActivated>(g, g_stride, x, x_stride, rows, first, columns,
                                               scaling, sums, products);
    }
  }

  // Accumulates `count` columns, from column `first` of `scaling` on. They fill kVectors vectors; a
  // single vector may be incomplete.
  template <int kVectors, bool kActivated>
  static DIDACT_KERNEL_INLINE void AccumulateGroup(const T* g, int64_t g_stride, const T* x,
                                                   int64_t x_stride, int64_t rows, int64_t first,
                                                   int64_t count, const ColumnScaling<T>& scaling,
                                                   double* sums, double* products) {
    constexpr int kWides = kVectors * kWideVectors;
    const int64_t width = kVectors > 1 ? kWidth : count;
    const Batch negative_slope(scaling.negative_slope);
    // Copies, so that an incomplete vector needs no special case.
    alignas(64) double sum_lanes[kVectors * kWidth] = {};
    alignas(64) double product_lanes[kVectors * kWidth] = {};
    for (int64_t c = 0; c < count; ++c) sum_lanes[c] = sums[c];
    for (int64_t c = 0; c < count; ++c) product_lanes[c] = products[c];
    Wide sum[kWides];
    Wide product[kWides];
    Wide middle[kWides];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      Widen(LoadUpTo(scaling.center + first + v * kWidth, width), middle + v * kWideVectors);
    }
#pragma GCC unroll 8
    for (int w = 0; w < kWides; ++w) {
      sum[w] = Wide::load_aligned(sum_lanes + w * kWideWidth);
      product[w] = Wide::load_aligned(product_lanes + w * kWideWidth);
    }
    for (int64_t i = 0; i < rows; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        Batch upstream = LoadUpTo(g + i * g_stride + v * kWidth, width);
        const Batch values = LoadUpTo(x + i * x_stride + v * kWidth, width);
        if constexpr (kActivated) {
          const Coefficients map(scaling, first + v * kWidth, width);
          upstream =
              map.template ScaledGradient<true>(values - map.center, upstream, negative_slope);
        }
        Wide gradient[kWideVectors];
        Wide value[kWideVectors];
        Widen(upstream, gradient);
        Widen(values, value);
#pragma GCC unroll 2
        for (int w = 0; w < kWideVectors; ++w) {
          const int place = v * kWideVectors + w;
          sum[place] += gradient[w];
          product[place] =
              WideLanes::MultiplyAdd(gradient[w], value[w] - middle[place], product[place]);
        }
      }
    }
#pragma GCC unroll 8
    for (int w = 0; w < kWides; ++w) {
      sum[w].store_aligned(sum_lanes + w * kWideWidth);
      product[w].store_aligned(product_lanes + w * kWideWidth);
    }
    for (int64_t c = 0; c < count; ++c) sums[c] = sum_lanes[c];
    for (int64_t c = 0; c < count; ++c) products[c] = product_lanes[c];
  }

  static DIDACT_KERNEL_INLINE void Widen(Batch value, Wide* wide) {
    Wide parts[kWideVectors];
    Lanes::Widen(value, parts);
#pragma GCC unroll 2
    for (int w = 0; w < kWideVectors; ++w) wide[w] = parts[w];
  }

  // Calls visit(begin, end, j, count) for blocks of rows begin, ..., end - 1 and one vector of
  // columns, which has the `count` columns from j on. `visit` must be inlined: a call would keep
  // pointers and coefficients in memory.
  template <class Visit>
  static DIDACT_KERNEL_INLINE void ForEachBlock(int64_t rows, int64_t columns, const Visit& visit) {
    const int64_t whole = columns / kWidth * kWidth;
    for (int64_t i = 0; i < rows; i += kBlockRows) {
      const int64_t end = rows - i < kBlockRows ? rows : i + kBlockRows;
      for (int64_t j = 0; j < whole; j += kWidth) visit(i, end, j, kWidth);
      if (whole < columns) visit(i, end, whole, columns - whole);
    }
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_INL_H_
