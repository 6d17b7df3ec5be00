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

// The rectifier, another piecewise-linear activation, and none.
constexpr double kSlopes[] = {0, 0.25, 1};

template <class T>
T Activated(T gate, T value, T negative_slope) {
  return gate > 0 ? value : negative_slope * value;
}

// Matrices of all widths up to twice the columns that any kernel processes together, in rows that
// are further apart than their width.
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
        shift(RandomVector<T>(columns, generator)),
        factor(RandomVector<T>(columns, generator)),
        offset(RandomVector<T>(columns, generator)) {}

  ColumnScaling<T> Scaling(double negative_slope) const {
    return {center.data(), scale.data(), shift.data(), static_cast<T>(negative_slope)};
  }
  T Centered(int64_t i, int64_t j) const { return x[i * x_stride + j] - center[j]; }
  T Scaled(int64_t i, int64_t j) const { return MultiplyAdd(scale[j], Centered(i, j), shift[j]); }

  int64_t rows, columns, g_stride, x_stride, stride;
  std::vector<T> g, x, center, scale, shift, factor, offset;
};

template <class T, class Check>
void ForEachCase(const Check& check) {
  std::mt19937_64 generator(1);
  for (int64_t columns = 0; columns <= 131; ++columns) {
    for (const int64_t rows : {0, 1, 4}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      check(Case<T>(rows, columns, generator));
    }
  }
}

TYPED_TEST(ColumnMapsTest, ScalesEveryColumnByItsOwnCoefficients) {
  using T = TypeParam;
  ForEachCase<T>([](const Case<T>& c) {
    for (const double slope : kSlopes) {
      std::vector<T> out(c.rows * c.stride, T(777));
      ScaleColumns(c.x.data(), c.x_stride, c.rows, c.columns, c.Scaling(slope), out.data(),
                   c.stride);
      for (int64_t i = 0; i < c.rows; ++i) {
        for (int64_t j = 0; j < c.stride; ++j) {
          const T expected = j < c.columns
                                 ? Activated(c.Scaled(i, j), c.Scaled(i, j), static_cast<T>(slope))
                                 : T(777);
          EXPECT_EQ(out[i * c.stride + j], expected);
        }
      }
    }
  });
}

TYPED_TEST(ColumnMapsTest, CombinesTwoMatricesByTheCoefficientsOfEveryColumn) {
  using T = TypeParam;
  ForEachCase<T>([](const Case<T>& c) {
    for (const double slope : kSlopes) {
      const T after = static_cast<T>(slope);
      const T before = static_cast<T>(1 - slope);
      std::vector<T> out(c.rows * c.stride, T(777));
      CombineColumns(c.g.data(), c.g_stride, c.x.data(), c.x_stride, c.rows, c.columns,
                     c.Scaling(slope), c.factor.data(), c.offset.data(), before, out.data(),
                     c.stride);
      std::vector<T> in_place = c.g;
      CombineColumns(in_place.data(), c.g_stride, c.x.data(), c.x_stride, c.rows, c.columns,
                     c.Scaling(slope), c.factor.data(), c.offset.data(), before, in_place.data(),
                     c.g_stride);
      for (int64_t i = 0; i < c.rows; ++i) {
        for (int64_t j = 0; j < c.stride; ++j) {
          const T actual = out[i * c.stride + j];
          if (j >= c.columns) {
            EXPECT_EQ(actual, T(777));
            continue;
          }
          const T gradient = Activated(c.Scaled(i, j), c.g[i * c.g_stride + j], after);
          const T rest = MultiplyAdd(c.factor[j], c.Centered(i, j), c.offset[j]);
          const T combined = MultiplyAdd(c.scale[j], gradient, rest);
          EXPECT_EQ(actual, Activated(c.x[i * c.x_stride + j], combined, before));
          EXPECT_EQ(in_place[i * c.g_stride + j], actual);
        }
      }
    }
  });
}

TYPED_TEST(ColumnMapsTest, AddsSumsAndProductsOfColumnsInDouble) {
  using T = TypeParam;
  ForEachCase<T>([](const Case<T>& c) {
    for (const double slope : kSlopes) {
      std::vector<double> sums(c.columns, 0.5);
      std::vector<double> products(c.columns, -0.5);
      AccumulateColumnProducts(c.g.data(), c.g_stride, c.x.data(), c.x_stride, c.rows, c.columns,
                               c.Scaling(slope), sums.data(), products.data());
      for (int64_t j = 0; j < c.columns; ++j) {
        double sum = 0.5;
        double product = -0.5;
        for (int64_t i = 0; i < c.rows; ++i) {
          const double gradient =
              Activated(c.Scaled(i, j), c.g[i * c.g_stride + j], static_cast<T>(slope));
          const double x = c.x[i * c.x_stride + j];
          sum += gradient;
          product = MultiplyAdd(gradient, x - c.center[j], product);
        }
        EXPECT_EQ(sums[j], sum);
        EXPECT_EQ(products[j], product);
      }
    }
  });
}

TYPED_TEST(ColumnMapsTest, PropagateNan) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> x = {nan, 1};
  const std::vector<T> coefficients = {0, 0};
  std::vector<T> out(2);
  ScaleColumns(x.data(), 2, 1, 2,
               ColumnScaling<T>{coefficients.data(), coefficients.data(), coefficients.data()},
               out.data(), 2);
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[1], 0);
}

}  // namespace
}  // namespace didact
