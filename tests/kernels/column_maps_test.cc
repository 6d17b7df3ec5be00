#include "didact/framework/kernels/column_maps.h"

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
class ColumnMapsTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ColumnMapsTest, Precisions);

// Matrices of all widths up to several vectors, in rows that are further apart than their width.
template <class T>
struct Case {
  Case(int64_t rows, int64_t columns, std::mt19937_64& generator)
      : rows(rows),
        columns(columns),
        g_stride(columns + 1),
        x_stride(columns + 2),
        stride(columns + 3),
        g(RandomVector<T>(rows * g_stride, generator)),
        x(RandomVector<T>(rows * x_stride, generator)),
        center(RandomVector<T>(columns, generator)),
        scale(RandomVector<T>(columns, generator)),
        slope(RandomVector<T>(columns, generator)),
        shift(RandomVector<T>(columns, generator)) {}

  int64_t rows, columns, g_stride, x_stride, stride;
  std::vector<T> g, x, center, scale, slope, shift;
};

template <class T, class Check>
void ForEachCase(const Check& check) {
  std::mt19937_64 generator(1);
  for (int64_t columns = 0; columns <= 2 * kMaxLanes<T> + 3; ++columns) {
    for (const int64_t rows : {0, 1, 4}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      check(Case<T>(rows, columns, generator));
    }
  }
}

TYPED_TEST(ColumnMapsTest, ScalesEveryColumnByItsOwnCoefficients) {
  using T = TypeParam;
  ForEachCase<T>([](const Case<T>& c) {
    std::vector<T> out(c.rows * c.stride, T(777));
    ScaleColumns(c.x.data(), c.x_stride, c.rows, c.columns, c.center.data(), c.scale.data(),
                 c.shift.data(), out.data(), c.stride);
    for (int64_t i = 0; i < c.rows; ++i) {
      for (int64_t j = 0; j < c.stride; ++j) {
        const T actual = out[i * c.stride + j];
        if (j >= c.columns) {
          EXPECT_EQ(actual, T(777));
          continue;
        }
        const T centered = c.x[i * c.x_stride + j] - c.center[j];
        EXPECT_EQ(actual, MultiplyAdd(c.scale[j], centered, c.shift[j]));
      }
    }
  });
}

TYPED_TEST(ColumnMapsTest, CombinesTwoMatricesByTheCoefficientsOfEveryColumn) {
  using T = TypeParam;
  ForEachCase<T>([](const Case<T>& c) {
    std::vector<T> out(c.rows * c.stride, T(777));
    CombineColumns(c.g.data(), c.g_stride, c.x.data(), c.x_stride, c.rows, c.columns,
                   c.scale.data(), c.center.data(), c.slope.data(), c.shift.data(), out.data(),
                   c.stride);
    // In place.
    std::vector<T> g = c.g;
    CombineColumns(g.data(), c.g_stride, c.x.data(), c.x_stride, c.rows, c.columns, c.scale.data(),
                   c.center.data(), c.slope.data(), c.shift.data(), g.data(), c.g_stride);
    for (int64_t i = 0; i < c.rows; ++i) {
      for (int64_t j = 0; j < c.stride; ++j) {
        const T actual = out[i * c.stride + j];
        if (j >= c.columns) {
          EXPECT_EQ(actual, T(777));
          continue;
        }
        const T centered = c.x[i * c.x_stride + j] - c.center[j];
        const T rest = MultiplyAdd(c.slope[j], centered, c.shift[j]);
        EXPECT_EQ(actual, MultiplyAdd(c.scale[j], c.g[i * c.g_stride + j], rest));
        EXPECT_EQ(g[i * c.g_stride + j], actual);
      }
    }
  });
}

TYPED_TEST(ColumnMapsTest, AddsSumsAndProductsOfColumnsInDouble) {
  using T = TypeParam;
  ForEachCase<T>([](const Case<T>& c) {
    std::vector<double> sums(c.columns, 0.5);
    std::vector<double> products(c.columns, -0.5);
    AccumulateColumnProducts(c.g.data(), c.g_stride, c.x.data(), c.x_stride, c.rows, c.columns,
                             c.center.data(), sums.data(), products.data());
    for (int64_t j = 0; j < c.columns; ++j) {
      double sum = 0.5;
      double product = -0.5;
      for (int64_t i = 0; i < c.rows; ++i) {
        const double g = c.g[i * c.g_stride + j];
        const double x = c.x[i * c.x_stride + j];
        sum += g;
        product = MultiplyAdd(g, x - c.center[j], product);
      }
      EXPECT_EQ(sums[j], sum);
      EXPECT_EQ(products[j], product);
    }
  });
}

TYPED_TEST(ColumnMapsTest, PropagateNan) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> x = {nan, 1};
  const std::vector<T> coefficients = {0, 0};
  std::vector<T> out(2);
  ScaleColumns(x.data(), 2, 1, 2, coefficients.data(), coefficients.data(), coefficients.data(),
               out.data(), 2);
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[1], 0);
}

}  // namespace
}  // namespace didact
