// Reductions, written once for every element type and instruction set.

#ifndef DIDACT_FRAMEWORK_KERNELS_REDUCTION_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_REDUCTION_INL_H_

#include <cstdint>

#include "framework/kernels/simd-inl.h"

namespace didact {

template <class T, class Arch>
class ReductionKernels {
 public:
  static double Dot(const T* x, const T* y, int64_t size) {
    return Sum(x, y, size,
               [](Wide left, Wide right, Wide sum) { return xsimd::fma(left, right, sum); });
  }

  static double SumOfSquaredDifferences(const T* x, const T* y, int64_t size) {
    return Sum(x, y, size, [](Wide left, Wide right, Wide sum) {
      const Wide difference = left - right;
      return xsimd::fma(difference, difference, sum);
    });
  }

  static void ColumnSums(const T* x, int64_t stride, int64_t rows, int64_t columns, T alpha,
                         bool accumulate, T* out) {
    const Batch factor(alpha);
    int64_t j = 0;
    for (; j + kVectors * kWidth <= columns; j += kVectors * kWidth) {
      Batch sums[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[v] = Batch(T(0));
      for (int64_t i = 0; i < rows; ++i) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[v] += Lanes::Load(x + i * stride + j + v * kWidth);
      }
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        T* const to = out + j + v * kWidth;
        Lanes::Store(to,
                     accumulate ? xsimd::fma(factor, sums[v], Lanes::Load(to)) : factor * sums[v]);
      }
    }
    for (; j < columns; j += kWidth) {
      const int64_t count = columns - j;
      Batch sum(T(0));
      for (int64_t i = 0; i < rows; ++i) sum += LoadUpTo(x + i * stride + j, count);
      StoreUpTo(out + j,
                accumulate ? xsimd::fma(factor, sum, LoadUpTo(out + j, count)) : factor * sum,
                count);
    }
  }

  static void AccumulateColumnSums(const T* x, int64_t stride, int64_t rows, int64_t columns,
                                   double* sums) {
    AccumulateColumns(x, stride, rows, columns, nullptr, sums,
                      [](Wide value, Wide, Wide sum) { return sum + value; });
  }

  static void AccumulateColumnSquares(const T* x, int64_t stride, int64_t rows, int64_t columns,
                                      const double* centers, double* sums) {
    AccumulateColumns(x, stride, rows, columns, centers, sums,
                      [](Wide value, Wide center, Wide sum) {
                        const Wide difference = value - center;
                        return xsimd::fma(difference, difference, sum);
                      });
  }

 private:
  using Lanes = Simd<T, Arch>;
  using Batch = typename Lanes::Batch;
  using Wide = xsimd::batch<double, Arch>;
  static constexpr int64_t kWidth = Lanes::kWidth;
  static constexpr int kWideVectors = Lanes::kWideVectors;
  static constexpr int64_t kWideWidth = kWidth / kWideVectors;
  // Vectors in flight: enough independent sums to hide the latency of an addition.
  static constexpr int kVectors = 4;

  static DIDACT_KERNEL_INLINE Batch LoadUpTo(const T* from, int64_t count) {
    return count < kWidth ? Lanes::LoadPartial(from, count) : Lanes::Load(from);
  }
  static DIDACT_KERNEL_INLINE void StoreUpTo(T* to, Batch value, int64_t count) {
    if (count < kWidth) return Lanes::StorePartial(to, value, count);
    Lanes::Store(to, value);
  }

  // The sum of terms that `add` adds to a running sum. Element i goes to lane i % kWidth of running
  // sum (i / kWidth) % kVectors; at the end the running sums are added in ascending order and then
  // their lanes.
  template <class Add>
  static DIDACT_KERNEL_INLINE double Sum(const T* x, const T* y, int64_t size, Add add) {
    Wide sums[kVectors][kWideVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
#pragma GCC unroll 2
      for (int w = 0; w < kWideVectors; ++w) sums[v][w] = Wide(0.0);
    }
    int64_t i = 0;
    for (; i + kVectors * kWidth <= size; i += kVectors * kWidth) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        AddTerms(Lanes::Load(x + i + v * kWidth), Lanes::Load(y + i + v * kWidth), add, sums[v]);
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const int64_t rest = size - i - v * kWidth;
      if (rest <= 0) break;
      AddTerms(LoadUpTo(x + i + v * kWidth, rest), LoadUpTo(y + i + v * kWidth, rest), add,
               sums[v]);
    }
    Wide total = sums[0][0];
#pragma GCC unroll 8
    for (int s = 1; s < kVectors * kWideVectors; ++s) {
      total += sums[s / kWideVectors][s % kWideVectors];
    }
    return xsimd::hadd(total);
  }

  template <class Add>
  static DIDACT_KERNEL_INLINE void AddTerms(Batch x, Batch y, Add add, Wide (&sums)[kWideVectors]) {
    Wide left[kWideVectors];
    Wide right[kWideVectors];
    Lanes::Widen(x, left);
    Lanes::Widen(y, right);
#pragma GCC unroll 2
    for (int w = 0; w < kWideVectors; ++w) sums[w] = add(left[w], right[w], sums[w]);
  }

  // sums[j] = add(x[i, j], centers[j], sums[j]) for i = 0, 1, ..., in that order.
  template <class Add>
  static DIDACT_KERNEL_INLINE void AccumulateColumns(const T* x, int64_t stride, int64_t rows,
                                                     int64_t columns, const double* centers,
                                                     double* sums, Add add) {
    for (int64_t j = 0; j < columns; j += kWidth) {
      const int64_t count = columns - j < kWidth ? columns - j : kWidth;
      // Through copies, so that an incomplete vector is no special case.
      alignas(64) double center_lanes[kWidth] = {};
      alignas(64) double sum_lanes[kWidth] = {};
      for (int64_t i = 0; i < count; ++i) sum_lanes[i] = sums[j + i];
      if (centers != nullptr) {
        for (int64_t i = 0; i < count; ++i) center_lanes[i] = centers[j + i];
      }
      Wide center[kWideVectors];
      Wide sum[kWideVectors];
#pragma GCC unroll 2
      for (int w = 0; w < kWideVectors; ++w) {
        center[w] = Wide::load_aligned(center_lanes + w * kWideWidth);
        sum[w] = Wide::load_aligned(sum_lanes + w * kWideWidth);
      }
      for (int64_t i = 0; i < rows; ++i) {
        Wide value[kWideVectors];
        Lanes::Widen(LoadUpTo(x + i * stride + j, count), value);
#pragma GCC unroll 2
        for (int w = 0; w < kWideVectors; ++w) sum[w] = add(value[w], center[w], sum[w]);
      }
#pragma GCC unroll 2
      for (int w = 0; w < kWideVectors; ++w) sum[w].store_aligned(sum_lanes + w * kWideWidth);
      for (int64_t i = 0; i < count; ++i) sums[j + i] = sum_lanes[i];
    }
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_REDUCTION_INL_H_
