// Compares rows of unit norm, in every layout, with a plain loop in 80-bit arithmetic.

#include "didact/framework/kernels/normalize_rows.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "gtest/gtest.h"
#include "tests/kernels/test_data.h"

namespace didact {
namespace {

template <class T>
class NormalizeRowsTest : public testing::Test {
 protected:
  // Compares with the definition. Elements between the rows must not change.
  static void Check(int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride,
                    double epsilon, bool with_bias) {
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns) + ", strides " +
                 std::to_string(row_stride) + ", " + std::to_string(column_stride));
    std::mt19937_64 generator(rows * 1000 + columns);
    std::vector<T> elements =
        RandomVector<T>(rows * row_stride + columns * column_stride + 1, generator);
    std::vector<T> bias = RandomVector<T>(rows, generator);
    std::vector<T> expected = elements;
    std::vector<T> expected_bias = bias;
    for (int64_t i = 0; i < rows; ++i) {
      long double squares = 0;
      for (int64_t j = 0; j < columns; ++j) {
        const long double element = elements[i * row_stride + j * column_stride];
        squares += element * element;
      }
      const long double divisor = std::sqrt(squares) + epsilon;
      for (int64_t j = 0; j < columns; ++j) {
        T& element = expected[i * row_stride + j * column_stride];
        element = static_cast<T>(element / divisor);
      }
      if (with_bias) expected_bias[i] = static_cast<T>(expected_bias[i] / divisor);
    }
    NormalizeRows(ArrayView<T>(elements.data(), {rows, columns}, {row_stride, column_stride}),
                  with_bias ? ArrayView<T>(bias.data(), {rows}) : ArrayView<T>(), epsilon);
    for (size_t k = 0; k < elements.size(); ++k) {
      ASSERT_NEAR(elements[k], expected[k], 3 * kEpsilon<T> * std::fabs(expected[k]))
          << "element " << k;
    }
    for (int64_t i = 0; i < rows; ++i) {
      ASSERT_NEAR(bias[i], expected_bias[i], 2 * kEpsilon<T> * std::fabs(expected_bias[i]))
          << "bias " << i;
    }
  }
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(NormalizeRowsTest, Precisions);

TYPED_TEST(NormalizeRowsTest, FollowsTheDefinitionInEveryLayout) {
  for (const int64_t rows : {1, 2, 7, 8, 63, 64, 65, 130}) {
    for (const int64_t columns : {1, 3, 16, 37}) {
      for (const double epsilon : {0.0, 1e-5}) {
        this->Check(rows, columns, columns + 5, 1, epsilon, epsilon > 0);  // dense rows
        this->Check(rows, columns, 1, rows + 3, epsilon, epsilon > 0);     // interleaved rows
        this->Check(rows, columns, 2 * columns + 1, 2, epsilon, true);     // neither
      }
    }
  }
}

// Returns the normalized row of each layout that is processed differently.
template <class T>
std::vector<std::vector<T>> InEveryLayout(const std::vector<T>& row, double epsilon) {
  const int64_t columns = static_cast<int64_t>(row.size());
  std::vector<std::vector<T>> results;
  for (const auto& [row_stride, column_stride] :
       {std::pair<int64_t, int64_t>(columns, 1), {1, 2}, {2, 3}}) {
    std::vector<T> elements(3 * columns);
    const ArrayView<T> view(elements.data(), {1, columns}, {row_stride, column_stride});
    for (int64_t j = 0; j < columns; ++j) view(0, j) = row[j];
    NormalizeRows(view, ArrayView<T>(), epsilon);
    results.emplace_back();
    for (int64_t j = 0; j < columns; ++j) results.back().push_back(view(0, j));
  }
  return results;
}

TYPED_TEST(NormalizeRowsTest, LeavesZeros) {
  for (const double epsilon : {0.0, 1e-5}) {
    for (const auto& row : InEveryLayout<TypeParam>({0, 0, 0}, epsilon))
      EXPECT_EQ(row, (std::vector<TypeParam>{0, 0, 0}));
  }
}

TYPED_TEST(NormalizeRowsTest, KnowsNoTooLargeOrTooSmall) {
  const TypeParam tiny = std::numeric_limits<TypeParam>::min();
  const TypeParam huge = std::numeric_limits<TypeParam>::max() / 8;
  const TypeParam smallest = std::numeric_limits<TypeParam>::denorm_min();
  for (const TypeParam size : {tiny, huge, 16 * smallest}) {
    for (const auto& row : InEveryLayout<TypeParam>({3 * size, 0, -4 * size}, 0)) {
      EXPECT_NEAR(row[0], 0.6, 2 * kEpsilon<TypeParam>) << size;
      EXPECT_EQ(row[1], 0) << size;
      EXPECT_NEAR(row[2], -0.8, 2 * kEpsilon<TypeParam>) << size;
    }
  }
}

// A training that diverged must not appear sound.
TYPED_TEST(NormalizeRowsTest, MakesRowsNanThatAreNotFinite) {
  for (const TypeParam bad :
       {std::numeric_limits<TypeParam>::infinity(), std::numeric_limits<TypeParam>::quiet_NaN()}) {
    for (const auto& row : InEveryLayout<TypeParam>({1, bad, 2}, 0)) {
      for (const TypeParam element : row) EXPECT_TRUE(std::isnan(element));
    }
  }
}

}  // namespace
}  // namespace didact
