#include "didact/framework/kernels/reduction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "tests/kernels/levels.h"
#include "tests/kernels/test_data.h"

namespace didact {
namespace {

template <class T>
class ReductionTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ReductionTest, Precisions);

// Returns the tolerance for sums of `size` terms of magnitude up to `bound`, computed in double.
double Tolerance(int64_t size, double bound) {
  return static_cast<double>(size + 4) * bound * std::numeric_limits<double>::epsilon();
}

TYPED_TEST(ReductionTest, SumsOverArraysMatchTheScalarTwinInDouble) {
  using T = TypeParam;
  std::mt19937_64 generator(1);
  for (int64_t size = 0; size <= 9 * kMaxLanes<T> + 1; ++size) {
    for (int64_t offset = 0; offset < 4; ++offset) {
      const std::vector<T> x = RandomVector<T>(size + offset, generator);
      const std::vector<T> y = RandomVector<T>(size + offset, generator);
      long double dot = 0, squares = 0, differences = 0;
      for (int64_t i = offset; i < size + offset; ++i) {
        const long double a = x[i];
        const long double b = y[i];
        dot += a * b;
        squares += a * a;
        differences += (a - b) * (a - b);
      }
      const T* const p = x.data() + offset;
      const T* const q = y.data() + offset;
      EXPECT_NEAR(Dot(p, q, size), static_cast<double>(dot), Tolerance(size, 1));
      EXPECT_NEAR(SumOfSquares(p, size), static_cast<double>(squares), Tolerance(size, 1));
      EXPECT_NEAR(SumOfSquaredDifferences(p, q, size), static_cast<double>(differences),
                  Tolerance(size, 4));
    }
  }
}

TYPED_TEST(ReductionTest, SumsDoNotDependOnAlignment) {
  using T = TypeParam;
  std::mt19937_64 generator(2);
  const int64_t size = 101;
  const std::vector<T> x = RandomVector<T>(size, generator);
  const double expected = SumOfSquares(x.data(), size);
  for (int64_t offset = 1; offset < 4; ++offset) {
    std::vector<T> moved(offset, T(0));
    moved.insert(moved.end(), x.begin(), x.end());
    EXPECT_EQ(SumOfSquares(moved.data() + offset, size), expected);
  }
}

TYPED_TEST(ReductionTest, SumsPropagateNanAndInfinity) {
  using T = TypeParam;
  for (int64_t place = 0; place < 21; ++place) {
    std::vector<T> x(21, T(1));
    std::vector<T> zeros(21, T(0));
    x[place] = std::numeric_limits<T>::infinity();
    EXPECT_EQ(SumOfSquares(x.data(), 21), std::numeric_limits<double>::infinity());
    EXPECT_EQ(SumOfSquaredDifferences(x.data(), zeros.data(), 21),
              std::numeric_limits<double>::infinity());
    x[place] = std::numeric_limits<T>::quiet_NaN();
    EXPECT_TRUE(std::isnan(Dot(x.data(), zeros.data(), 21)));
  }
}

// Adds in the order that reduction.h guarantees.
template <class T>
double SumOfSquaresInOrder(const std::vector<T>& x) {
  double sums[16] = {};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = x[i];
    sums[i % 16] = MultiplyAdd(value, value, sums[i % 16]);
  }
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) sums[i] += sums[i + half];
  }
  return sums[0];
}

TYPED_TEST(ReductionTest, SumsAddInTheDocumentedOrder) {
  using T = TypeParam;
  std::mt19937_64 generator(6);
  for (int64_t size = 0; size <= 100; ++size) {
    const std::vector<T> x = RandomVector<T>(size, generator);
    EXPECT_EQ(SumOfSquares(x.data(), size), SumOfSquaresInOrder(x)) << "size " << size;
  }
}

TYPED_TEST(ReductionTest, SquaredErrorAndGradientAreThoseOfEachRow) {
  using T = TypeParam;
  std::mt19937_64 generator(7);
  const T factor = T(0.3);
  for (int64_t columns = 0; columns <= 2 * kMaxLanes<T> + 17; ++columns) {
    for (const int64_t rows : {0, 1, 3}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      const int64_t x_stride = columns + 1, y_stride = columns + 2, stride = columns + 3;
      const std::vector<T> x = RandomVector<T>(rows * x_stride, generator);
      const std::vector<T> y = RandomVector<T>(rows * y_stride, generator);
      std::vector<T> gradient(rows * stride, T(777));
      const double sum = SquaredErrorAndGradient(factor, x.data(), x_stride, y.data(), y_stride,
                                                 rows, columns, gradient.data(), stride);
      double expected = 0;
      for (int64_t i = 0; i < rows; ++i) {
        const T* const left = x.data() + i * x_stride;
        const T* const right = y.data() + i * y_stride;
        expected += SumOfSquaredDifferences(left, right, columns);
        for (int64_t j = 0; j < stride; ++j) {
          EXPECT_EQ(gradient[i * stride + j], j < columns ? factor * (left[j] - right[j]) : T(777));
        }
      }
      EXPECT_EQ(sum, expected);
      EXPECT_EQ(SquaredErrorAndGradient(factor, x.data(), x_stride, y.data(), y_stride, rows,
                                        columns, static_cast<T*>(nullptr), 0),
                expected);
      std::vector<T> in_place = x;
      EXPECT_EQ(SquaredErrorAndGradient(factor, in_place.data(), x_stride, y.data(), y_stride, rows,
                                        columns, in_place.data(), x_stride),
                expected);
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t j = 0; j < columns; ++j) {
          EXPECT_EQ(in_place[i * x_stride + j], gradient[i * stride + j]);
        }
      }
    }
  }
}

TYPED_TEST(ReductionTest, ColumnFunctionsMatchTheScalarTwin) {
  using T = TypeParam;
  std::mt19937_64 generator(3);
  for (int64_t columns = 0; columns <= 4 * kMaxLanes<T> + 1; ++columns) {
    for (const int64_t rows : {0, 1, 2, 7}) {
      for (int64_t offset = 0; offset < 4; ++offset) {
        SCOPED_TRACE(testing::Message() << rows << " x " << columns << " offset " << offset);
        const int64_t stride = columns + offset;
        const std::vector<T> x =
            RandomVector<T>(rows == 0 ? 0 : (rows - 1) * stride + columns, generator);
        const std::vector<T> before = RandomVector<T>(columns, generator);
        const std::vector<double> centers = RandomVector<double>(columns, generator);

        std::vector<T> overwritten(columns, std::numeric_limits<T>::quiet_NaN());
        ColumnSums(x.data(), stride, rows, columns, T(-0.5), false, overwritten.data());
        std::vector<T> accumulated = before;
        ColumnSums(x.data(), stride, rows, columns, T(-0.5), true, accumulated.data());
        std::vector<double> sums(before.begin(), before.end());
        AccumulateColumnSums(x.data(), stride, rows, columns, sums.data());
        std::vector<double> squares(before.begin(), before.end());
        AccumulateColumnSquares(x.data(), stride, rows, columns, nullptr, squares.data());
        std::vector<double> centered(before.begin(), before.end());
        AccumulateColumnSquares(x.data(), stride, rows, columns, centers.data(), centered.data());
        std::vector<double> means(columns, 777.0);
        ColumnMeans(x.data(), stride, rows, columns, means.data());

        for (int64_t j = 0; j < columns; ++j) {
          long double sum = 0, square = 0, difference = 0;
          for (int64_t i = 0; i < rows; ++i) {
            const long double value = x[i * stride + j];
            sum += value;
            square += value * value;
            difference += (value - centers[j]) * (value - centers[j]);
          }
          const double coarse = static_cast<double>(rows + 4) * kEpsilon<T>;
          EXPECT_NEAR(overwritten[j], static_cast<double>(-0.5L * sum), coarse);
          EXPECT_NEAR(accumulated[j], static_cast<double>(before[j] - 0.5L * sum), coarse);
          EXPECT_NEAR(sums[j], static_cast<double>(before[j] + sum), Tolerance(rows, 1));
          EXPECT_NEAR(squares[j], static_cast<double>(before[j] + square), Tolerance(rows, 1));
          EXPECT_NEAR(centered[j], static_cast<double>(before[j] + difference), Tolerance(rows, 4));
          EXPECT_NEAR(means[j], rows == 0 ? 0.0 : static_cast<double>(sum / rows),
                      Tolerance(rows, 1));
        }
      }
    }
  }
}

TYPED_TEST(ReductionTest, ColumnStatisticsGiveTheSameBitsBlockByBlock) {
  using T = TypeParam;
  std::mt19937_64 generator(4);
  const int64_t rows = 57, columns = 13;
  const std::vector<T> x = RandomVector<T>(rows * columns, generator);
  const std::vector<double> centers = RandomVector<double>(columns, generator);
  std::vector<double> sums(columns, 0.0), squares(columns, 0.0);
  AccumulateColumnSums(x.data(), columns, rows, columns, sums.data());
  AccumulateColumnSquares(x.data(), columns, rows, columns, centers.data(), squares.data());
  std::vector<double> split_sums(columns, 0.0), split_squares(columns, 0.0);
  for (int64_t first = 0; first < rows; first += 10) {
    const int64_t part = std::min<int64_t>(10, rows - first);
    const T* const block = x.data() + first * columns;
    AccumulateColumnSums(block, columns, part, columns, split_sums.data());
    AccumulateColumnSquares(block, columns, part, columns, centers.data(), split_squares.data());
  }
  EXPECT_EQ(split_sums, sums);
  EXPECT_EQ(split_squares, squares);
}

// Numbers whose means are far from zero, and from each other, compared with their spread.
TYPED_TEST(ReductionTest, MeansAndVariancesOfColumnsAreThoseOfAllRows) {
  using T = TypeParam;
  std::mt19937_64 generator(5);
  for (const int64_t rows : {0, 1, 127, 128, 129, 300, 1000}) {
    for (const int64_t columns : {0, 1, 64, 255, 256, 300}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      const int64_t stride = columns + 3;
      std::vector<T> x = RandomVector<T>(rows * stride, generator);
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t j = 0; j < columns; ++j) {
          x[i * stride + j] += static_cast<T>(1000 + j + (i < 200 ? 0 : 2));
        }
      }
      std::vector<double> means(columns + 1, 777.0), variances(columns + 1, 777.0);
      ColumnMeansAndVariances(x.data(), stride, rows, columns, means.data(), variances.data());
      for (int64_t j = 0; j < columns; ++j) {
        long double mean = 0, variance = 0;
        for (int64_t i = 0; i < rows; ++i)
          mean += x[i * stride + j] / static_cast<long double>(rows);
        for (int64_t i = 0; i < rows; ++i) {
          const long double difference = x[i * stride + j] - mean;
          variance += difference * difference / static_cast<long double>(rows);
        }
        ASSERT_NEAR(means[j], static_cast<double>(mean), 1e-11);
        ASSERT_NEAR(variances[j], static_cast<double>(variance), 1e-11);
      }
      EXPECT_EQ(means[columns], 777.0);
      EXPECT_EQ(variances[columns], 777.0);
    }
  }
}

TYPED_TEST(ReductionTest, CenteredColumnsAreExactAndTheirSquaresThoseOfTheColumns) {
  using T = TypeParam;
  std::mt19937_64 generator(4);
  const int64_t rows = 9;
  for (int64_t columns = 0; columns <= 70; ++columns) {
    const int64_t stride = columns + 3;
    const std::vector<T> x = RandomVector<T>(rows * stride, generator);
    const std::vector<double> centers = RandomVector<double>(columns, generator);
    std::vector<double> squares(columns, 0.5), expected_squares = squares;
    std::vector<double> centered(rows * stride, 777.0);
    CenterColumns(x.data(), stride, rows, columns, centers.data(), centered.data(), stride,
                  squares.data());
    AccumulateColumnSquares(x.data(), stride, rows, columns, centers.data(),
                            expected_squares.data());
    EXPECT_EQ(squares, expected_squares);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < stride; ++j) {
        const double expected =
            j < columns ? static_cast<double>(x[i * stride + j]) - centers[j] : 777.0;
        ASSERT_EQ(centered[i * stride + j], expected) << columns << ": " << i << ", " << j;
      }
    }
  }
}

TYPED_TEST(ReductionTest, RowNormsMatchTheScalarTwin) {
  using T = TypeParam;
  std::mt19937_64 generator(5);
  const int64_t rows = 4, columns = 23, stride = 25;
  const std::vector<T> x = RandomVector<T>(rows * stride, generator);
  std::vector<double> norms(rows, 777.0);
  RowNorms(x.data(), stride, rows, columns, norms.data());
  for (int64_t i = 0; i < rows; ++i) {
    long double sum = 0;
    for (int64_t j = 0; j < columns; ++j) {
      sum += static_cast<long double>(x[i * stride + j]) * x[i * stride + j];
    }
    EXPECT_NEAR(norms[i], static_cast<double>(std::sqrt(sum)), Tolerance(columns, 1));
  }
}

TEST(Reduction, StatisticsOfFloatsAreFormedInDouble) {
  // In float, 1 + 2^-30 rounds to 1.
  const std::vector<float> x = {1.0f, std::ldexp(1.0f, -15)};
  EXPECT_EQ(SumOfSquares(x.data(), 2), 1.0 + std::ldexp(1.0, -30));
  std::vector<double> sums = {0.0};
  const std::vector<float> column = {1.0f, std::ldexp(1.0f, -30)};
  AccumulateColumnSums(column.data(), 1, 2, 1, sums.data());
  EXPECT_EQ(sums[0], 1.0 + std::ldexp(1.0, -30));
}

}  // namespace
}  // namespace didact
