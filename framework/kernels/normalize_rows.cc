#include "didact/framework/kernels/normalize_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/types/span.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/framework/kernels/simd_map.h"

namespace didact {
namespace {

// Sums of squares outside this range may have lost terms to overflow or underflow.
constexpr double kSmallestSum = 1e-280;
constexpr double kLargestSum = 1e280;

// Divisors outside this range may have no reciprocal that is a normal float.
constexpr double kSmallestDivisor = 1e-30;
constexpr double kLargestDivisor = 1e30;

// Number of rows processed together if they lie side by side in memory.
constexpr int64_t kBlock = 64;

// Returns ||row i||, whatever its size: 0 only if all elements are; NaN if one is not finite.
template <class T>
double ScaledNorm(const ArrayView<T>& weight, int64_t i) {
  double largest = 0;
  for (int64_t j = 0; j < weight.shape(1); ++j) {
    const double magnitude = std::fabs(static_cast<double>(weight(i, j)));
    if (!std::isfinite(magnitude)) return std::numeric_limits<double>::quiet_NaN();
    largest = std::max(largest, magnitude);
  }
  if (largest == 0) return 0;
  double sum = 0;
  for (int64_t j = 0; j < weight.shape(1); ++j) {
    const double ratio = weight(i, j) / largest;
    sum += ratio * ratio;
  }
  return largest * std::sqrt(sum);
}

// The scaling of one row.
template <class T>
struct RowScale {
  double divisor;  // 1 for a row that is left unchanged
  T factor;        // 1 / divisor, or 1 if the row has been divided already
};

template <class T>
RowScale<T> ScaleOfRow(const ArrayView<T>& weight, int64_t i, double sum_of_squares,
                       double epsilon) {
  const bool ordinary = sum_of_squares >= kSmallestSum && sum_of_squares <= kLargestSum;
  const double divisor = (ordinary ? std::sqrt(sum_of_squares) : ScaledNorm(weight, i)) + epsilon;
  if (divisor == 0) return {1, T(1)};
  if (divisor >= kSmallestDivisor && divisor <= kLargestDivisor) {
    return {divisor, static_cast<T>(1 / divisor)};
  }
  for (int64_t j = 0; j < weight.shape(1); ++j) {
    weight(i, j) = static_cast<T>(weight(i, j) / divisor);
  }
  return {divisor, T(1)};
}

template <class T>
void DivideBias(const ArrayView<T>& bias, int64_t i, double divisor) {
  if (!bias.empty()) bias(i) = static_cast<T>(bias(i) / divisor);
}

// Scales rows that lie one after the other.
template <class T>
void NormalizeDenseRows(ArrayView<T> weight, ArrayView<T> bias, double epsilon) {
  const int64_t columns = weight.shape(1);
  for (int64_t i = 0; i < weight.shape(0); ++i) {
    T* row = weight.data() + i * weight.stride(0);
    const RowScale<T> scale = ScaleOfRow(weight, i, SumOfSquares(row, columns), epsilon);
    Scale(scale.factor, row, row, columns);
    DivideBias(bias, i, scale.divisor);
  }
}

// Scales rows that lie side by side, as in a layer stored as [in, out].
template <class T>
void NormalizeInterleavedRows(ArrayView<T> weight, ArrayView<T> bias, double epsilon) {
  using Batch = xsimd::batch<T>;
  const int64_t stride = weight.stride(1);
  for (int64_t first = 0; first < weight.shape(0); first += kBlock) {
    const int64_t count = std::min(kBlock, weight.shape(0) - first);
    T* block = weight.data() + first;
    double sums[kBlock] = {};
    AccumulateColumnSquares(block, stride, weight.shape(1), count, nullptr, sums);
    T factors[kBlock];
    for (int64_t i = 0; i < count; ++i) {
      const RowScale<T> scale = ScaleOfRow(weight, first + i, sums[i], epsilon);
      factors[i] = scale.factor;
      DivideBias(bias, first + i, scale.divisor);
    }
    for (int64_t j = 0; j < weight.shape(1); ++j) {
      const absl::Span<T> elements(block + j * stride, count);
      SimdMap(
          elements, [](Batch element, Batch factor) { return element * factor; }, elements,
          absl::Span<const T>(factors, count));
    }
  }
}

template <class T>
void NormalizeAnyRows(ArrayView<T> weight, ArrayView<T> bias, double epsilon) {
  if (weight.stride(1) == 1) return NormalizeDenseRows(weight, bias, epsilon);
  if (weight.stride(0) == 1) return NormalizeInterleavedRows(weight, bias, epsilon);
  for (int64_t i = 0; i < weight.shape(0); ++i) {
    double sum = 0;
    for (int64_t j = 0; j < weight.shape(1); ++j) {
      const double element = weight(i, j);
      sum += element * element;
    }
    const RowScale<T> scale = ScaleOfRow(weight, i, sum, epsilon);
    for (int64_t j = 0; j < weight.shape(1); ++j) weight(i, j) *= scale.factor;
    DivideBias(bias, i, scale.divisor);
  }
}

}  // namespace

void NormalizeRows(ArrayView<float> weight, ArrayView<float> bias, double epsilon) {
  NormalizeAnyRows(weight, bias, epsilon);
}

void NormalizeRows(ArrayView<double> weight, ArrayView<double> bias, double epsilon) {
  NormalizeAnyRows(weight, bias, epsilon);
}

}  // namespace didact
