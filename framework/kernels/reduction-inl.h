// Reductions, written once for every element type and instruction set.

#ifndef DIDACT_FRAMEWORK_KERNELS_REDUCTION_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_REDUCTION_INL_H_

#include <cstdint>

#include "didact/framework/kernels/simd-inl.h"

namespace didact {

template <class T, class Arch>
class ReductionKernels {
 public:
  static double Dot(const T* x, const T* y, int64_t size) {
    return Sum(
        x, y, size,
        [](Wide left, Wide right, Wide sum) { return WideLanes::MultiplyAdd(left, right, sum); },
        [](int64_t, Batch, Batch) {});
  }

  static double SumOfSquaredDifferences(const T* x, const T* y, int64_t size) {
    return Sum(x, y, size, AddSquaredDifference, [](int64_t, Batch, Batch) {});
  }

  static double SquaredErrorAndGradient(T factor, const T* x, int64_t x_stride, const T* y,
                                        int64_t y_stride, int64_t rows, int64_t columns,
                                        T* gradient, int64_t gradient_stride) {
    double sum = 0;
    if (gradient == nullptr) {
      for (int64_t i = 0; i < rows; ++i) {
        sum += SumOfSquaredDifferences(x + i * x_stride, y + i * y_stride, columns);
      }
      return sum;
    }
    const Batch scale(factor);
    for (int64_t i = 0; i < rows; ++i) {
      T* const out = gradient + i * gradient_stride;
      sum += Sum(x + i * x_stride, y + i * y_stride, columns, AddSquaredDifference,
                 [out, columns, scale](int64_t j, Batch left, Batch right) {
                   StoreUpTo(out + j, scale * (left - right), columns - j);
                 });
    }
    return sum;
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
        Lanes::Store(to, accumulate ? Lanes::MultiplyAdd(factor, sums[v], Lanes::Load(to))
                                    : factor * sums[v]);
      }
    }
    for (; j < columns; j += kWidth) {
      const int64_t count = columns - j;
      Batch sum(T(0));
      for (int64_t i = 0; i < rows; ++i) sum += LoadUpTo(x + i * stride + j, count);
      StoreUpTo(
          out + j,
          accumulate ? Lanes::MultiplyAdd(factor, sum, LoadUpTo(out + j, count)) : factor * sum,
          count);
    }
  }

  static void AccumulateColumnSums(const T* x, int64_t stride, int64_t rows, int64_t columns,
                                   double* sums) {
    AccumulateColumns(x, stride, rows, columns, nullptr, sums,
                      [](Wide value, Wide, Wide sum, int64_t, int64_t) { return sum + value; });
  }

  static void AccumulateColumnSquares(const T* x, int64_t stride, int64_t rows, int64_t columns,
                                      const double* centers, double* sums) {
    AccumulateColumns(x, stride, rows, columns, centers, sums,
                      [](Wide value, Wide center, Wide sum, int64_t, int64_t) {
                        return AddSquaredDifference(value, center, sum);
                      });
  }

  static void CenterColumns(const T* x, int64_t stride, int64_t rows, int64_t columns,
                            const double* centers, double* centered, int64_t centered_stride,
                            double* squares) {
    AccumulateColumns(x, stride, rows, columns, centers, squares,
                      [=](Wide value, Wide center, Wide sum, int64_t i, int64_t j) {
                        const Wide difference = value - center;
                        double* const to = centered + i * centered_stride + j;
                        if (columns - j >= kWideWidth) {
                          WideLanes::Store(to, difference);
                        } else if (columns > j) {
                          WideLanes::StorePartial(to, difference, columns - j);
                        }
                        return WideLanes::MultiplyAdd(difference, difference, sum);
                      });
  }

 private:
  using Lanes = Simd<T, Arch>;
  using Batch = typename Lanes::Batch;
  using WideLanes = Simd<double, Arch>;
  using Wide = typename WideLanes::Batch;
  static constexpr int64_t kWidth = Lanes::kWidth;
  static constexpr int kWideVectors = Lanes::kWideVectors;
  static constexpr int64_t kWideWidth = kWidth / kWideVectors;
  // Number of running sums in a sum over an array, on every instruction set. Another value would
  // change results.
  static constexpr int64_t kRunningSums = 16;
  static constexpr int kSumVectors = kRunningSums / kWideWidth;
  static_assert(kRunningSums % kWidth == 0, "Vectors of elements begin at running sums");
  // Vectors in flight: enough independent sums to hide the latency of an addition.
  static constexpr int kVectors = 4;

  static DIDACT_KERNEL_INLINE Batch LoadUpTo(const T* from, int64_t count) {
    return count < kWidth ? Lanes::LoadPartial(from, count) : Lanes::Load(from);
  }
  static DIDACT_KERNEL_INLINE void StoreUpTo(T* to, Batch value, int64_t count) {
    if (count < kWidth) return Lanes::StorePartial(to, value, count);
    Lanes::Store(to, value);
  }

  static DIDACT_KERNEL_INLINE Wide AddSquaredDifference(Wide left, Wide right, Wide sum) {
    const Wide difference = left - right;
    return WideLanes::MultiplyAdd(difference, difference, sum);
  }

  // Returns the sum of terms, each of which `add` adds to a running sum. Element i belongs to
  // running sum i % kRunningSums; at the end the running sums are added in pairs half of them
  // apart, until one is left. Calls visit(i, x[i...], y[i...]) for every vector; the last may be
  // filled up with zeros.
  template <class Add, class Visit>
  static DIDACT_KERNEL_INLINE double Sum(const T* x, const T* y, int64_t size, Add add,
                                         Visit visit) {
    Wide sums[kSumVectors];
#pragma GCC unroll 8
    for (int s = 0; s < kSumVectors; ++s) sums[s] = Wide(0.0);
    int64_t i = 0;
    for (; i + kRunningSums <= size; i += kRunningSums) {
#pragma GCC unroll 8
      for (int s = 0; s < kSumVectors; s += kWideVectors) {
        const int64_t place = i + s * kWideWidth;
        const Batch left = Lanes::Load(x + place);
        const Batch right = Lanes::Load(y + place);
        visit(place, left, right);
        AddTerms(left, right, add, sums + s);
      }
    }
#pragma GCC unroll 8
    for (int s = 0; s < kSumVectors; s += kWideVectors) {
      const int64_t place = i + s * kWideWidth;
      if (place >= size) break;
      const Batch left = LoadUpTo(x + place, size - place);
      const Batch right = LoadUpTo(y + place, size - place);
      visit(place, left, right);
      AddTerms(left, right, add, sums + s);
    }
#pragma GCC unroll 8
    for (int half = kSumVectors / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
      for (int s = 0; s < half; ++s) sums[s] += sums[s + half];
    }
    // If all terms are negative and vanish, a whole vector of them sums to -0, but the zeros that
    // fill up an incomplete vector turn it into +0. Adding 0 makes the result independent of the
    // vector width.
    return WideLanes::SumOfLanes(sums[0]) + 0.0;
  }

  template <class Add>
  static DIDACT_KERNEL_INLINE void AddTerms(Batch x, Batch y, Add add, Wide* sums) {
    Wide left[kWideVectors];
    Wide right[kWideVectors];
    Lanes::Widen(x, left);
    Lanes::Widen(y, right);
#pragma GCC unroll 2
    for (int w = 0; w < kWideVectors; ++w) sums[w] = add(left[w], right[w], sums[w]);
  }

  // sums[j] = add(x[i, j], centers[j], sums[j], i, j) for i = 0, 1, ..., in that order. `add`
  // processes several columns at a time; its last argument is the first of them.
  template <class Add>
  static DIDACT_KERNEL_INLINE void AccumulateColumns(const T* x, int64_t stride, int64_t rows,
                                                     int64_t columns, const double* centers,
                                                     double* sums, Add add) {
    static_assert(kVectors == 4, "one case per number of vectors");
    for (int64_t j = 0; j < columns; j += kVectors * kWidth) {
      const int64_t count = columns - j;
      if (count > 3 * kWidth) {
        AccumulateGroup<4>(x, stride, rows, j, count, centers, sums, add);
      } else if (count > 2 * kWidth) {
        AccumulateGroup<3>(x, stride, rows, j, count, centers, sums, add);
      } else if (count > kWidth) {
        AccumulateGroup<2>(x, stride, rows, j, count, centers, sums, add);
      } else {
        AccumulateGroup<1>(x, stride, rows, j, count, centers, sums, add);
      }
    }
  }

  // Accumulates the columns from `first` on, `rest` of which are left, as far as they fit into
  // kGroup vectors; the last of these may be incomplete.
  template <int kGroup, class Add>
  static DIDACT_KERNEL_INLINE void AccumulateGroup(const T* x, int64_t stride, int64_t rows,
                                                   int64_t first, int64_t rest,
                                                   const double* centers, double* sums, Add add) {
    constexpr int kWides = kGroup * kWideVectors;
    const int64_t count = rest < kGroup * kWidth ? rest : kGroup * kWidth;
    const int64_t tail = count - (kGroup - 1) * kWidth;
    // Copies, so that an incomplete vector needs no special case.
    alignas(64) double center_lanes[kGroup * kWidth] = {};
    alignas(64) double sum_lanes[kGroup * kWidth] = {};
    for (int64_t i = 0; i < count; ++i) sum_lanes[i] = sums[first + i];
    if (centers != nullptr) {
      for (int64_t i = 0; i < count; ++i) center_lanes[i] = centers[first + i];
    }
    Wide center[kWides];
    Wide sum[kWides];
#pragma GCC unroll 8
    for (int w = 0; w < kWides; ++w) {
      center[w] = Wide::load_aligned(center_lanes + w * kWideWidth);
      sum[w] = Wide::load_aligned(sum_lanes + w * kWideWidth);
    }
    for (int64_t i = 0; i < rows; ++i) {
      const T* const row = x + i * stride + first;
      Wide value[kWides];
#pragma GCC unroll 4
      for (int v = 0; v < kGroup; ++v) {
        Widen(v + 1 < kGroup ? Lanes::Load(row + v * kWidth) : LoadUpTo(row + v * kWidth, tail),
              value + v * kWideVectors);
      }
#pragma GCC unroll 8
      for (int w = 0; w < kWides; ++w) {
        sum[w] = add(value[w], center[w], sum[w], i, first + w * kWideWidth);
      }
    }
#pragma GCC unroll 8
    for (int w = 0; w < kWides; ++w) sum[w].store_aligned(sum_lanes + w * kWideWidth);
    for (int64_t i = 0; i < count; ++i) sums[first + i] = sum_lanes[i];
  }

  static DIDACT_KERNEL_INLINE void Widen(Batch value, Wide* wide) {
    Wide parts[kWideVectors];
    Lanes::Widen(value, parts);
#pragma GCC unroll 2
    for (int w = 0; w < kWideVectors; ++w) wide[w] = parts[w];
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_REDUCTION_INL_H_
