#include "didact/framework/kernels/xtensor_view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/matrix.h"
#include "tests/kernels/test_data.h"
#include "xtensor/xmath.hpp"
#include "xtensor/xnoalias.hpp"
#include "xtensor/xoperation.hpp"

namespace didact {
namespace {

template <class T>
class XtensorViewTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(XtensorViewTest, Precisions);

// The vectorised functions of this pairing of xtensor and xsimd must agree with the scalar ones.
TYPED_TEST(XtensorViewTest, ExpressionsOverSpansMatchScalarFunctions) {
  using T = TypeParam;
  std::mt19937_64 generator(1);
  for (int64_t size = 0; size <= 2 * kMaxLanes<T> + 1; ++size) {
    for (int64_t offset = 0; offset < 4; ++offset) {
      std::vector<T> input = RandomVector<T>(size + offset, generator);
      for (T& value : input) value *= T(6);
      std::vector<T> output(size + offset, T(777));
      const auto x = AsTensor(absl::MakeConstSpan(input).subspan(offset));
      auto y = AsTensor(absl::MakeSpan(output).subspan(offset));
      const auto check = [&](auto twin, const char* name, double ulps = 4) {
        for (int64_t i = offset; i < size + offset; ++i) {
          const double expected = twin(static_cast<double>(input[i]));
          ASSERT_NEAR(output[i], expected, ulps * kEpsilon<T> * (1 + std::abs(expected)))
              << name << " of " << input[i] << ", size " << size << ", offset " << offset;
        }
        for (int64_t i = 0; i < offset; ++i) ASSERT_EQ(output[i], T(777));
      };
      xt::noalias(y) = xt::tanh(x);
      check([](double v) { return std::tanh(v); }, "tanh");
      xt::noalias(y) = xt::erf(x);
      // xsimd 8.1 is off by up to 34 units in the last place of a double near 2.2.
      check([](double v) { return std::erf(v); }, "erf", 40);
      xt::noalias(y) = xt::exp(x);
      check([](double v) { return std::exp(v); }, "exp");
      xt::noalias(y) = xt::log1p(xt::exp(x));
      check([](double v) { return std::log1p(std::exp(v)); }, "log1p of exp");
      xt::noalias(y) = xt::where(x > T(0), x, T(0.1) * x);
      check([](double v) { return v > 0 ? v : static_cast<double>(T(0.1)) * v; }, "where");
    }
  }
}

TYPED_TEST(XtensorViewTest, ExpressionsOverMatricesRespectStrides) {
  using T = TypeParam;
  Matrix<T> matrix(5, 7);
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 7; ++j) matrix(i, j) = static_cast<T>(10 * i + j);
  }
  Matrix<T> transposed(7, 5);
  auto target = AsTensor(transposed.view());
  xt::noalias(target) = T(2) * AsTensor(matrix.view().transposed());
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 7; ++j) EXPECT_EQ(transposed(j, i), T(2) * matrix(i, j));
  }
  for (int64_t j = 0; j < 7; ++j) EXPECT_EQ(transposed.data()[j * transposed.stride() + 5], T(0));
}

TYPED_TEST(XtensorViewTest, ExpressionsChangeAMatrixWhereItLies) {
  using T = TypeParam;
  Matrix<T> matrix(5, 7);
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 7; ++j) matrix(i, j) = static_cast<T>(10 * i + j);
  }
  const std::vector<T> divisors = {1, 2, 4, 8, 16};
  auto transposed = AsTensor(matrix.view().transposed());
  xt::noalias(transposed) = T(3) * transposed;
  xt::noalias(transposed) = transposed / AsTensor(absl::MakeConstSpan(divisors));
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 7; ++j) {
      EXPECT_EQ(matrix(i, j), T(3) * static_cast<T>(10 * i + j) / divisors[i]);
    }
    EXPECT_EQ(matrix.data()[i * matrix.stride() + 7], T(0));
  }
}

TYPED_TEST(XtensorViewTest, TakesViewsOfNothing) {
  using T = TypeParam;
  EXPECT_EQ(AsTensor(absl::Span<T>()).size(), 0u);
  Matrix<T> matrix(0, 3);
  EXPECT_EQ(AsTensor(matrix.view()).size(), 0u);
}

}  // namespace
}  // namespace didact
