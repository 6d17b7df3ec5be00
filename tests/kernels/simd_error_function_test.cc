// Compares the error function with the C library's in 80-bit arithmetic.

#include "didact/framework/kernels/simd_error_function.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace didact {
namespace {

template <class T>
class SimdErrorFunction : public testing::Test {
 protected:
  static T Erf(T x) { return SimdErf(xsimd::batch<T>(x)).get(0); }
  static T Erfc(T x) { return SimdErfc(xsimd::batch<T>(x)).get(0); }

  // Returns the largest relative error over [low, high], in units of epsilon.
  template <class Function>
  static double LargestError(T (*function)(T), Function expected, double low, double high) {
    double largest = 0;
    for (int i = 0; i <= 20000; ++i) {
      const T x = static_cast<T>(low + (high - low) * i / 20000);
      const long double wanted = expected(static_cast<long double>(x));
      if (wanted == 0) continue;
      const long double error = std::fabs((function(x) - wanted) / wanted);
      largest = std::max(largest, static_cast<double>(error) / std::numeric_limits<T>::epsilon());
    }
    return largest;
  }
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SimdErrorFunction, Precisions);

TYPED_TEST(SimdErrorFunction, IsWithinThreeUnitsInTheLastPlace) {
  const auto erf = [](long double x) { return std::erf(x); };
  EXPECT_LE(this->LargestError(this->Erf, erf, -7, 7), 3);
  EXPECT_LE(this->LargestError(this->Erf, erf, -0.6, 0.6), 3);
  EXPECT_LE(this->LargestError(this->Erf, erf, 1e-30, 1e-3), 3);
}

TYPED_TEST(SimdErrorFunction, ComplementKeepsItsDigitsInTheTail) {
  const auto erfc = [](long double x) { return std::erfc(x); };
  EXPECT_LE(this->LargestError(this->Erfc, erfc, -7, 7), 4);
  // erfc(9.1) and erfc(26.5) are about the smallest normal numbers.
  EXPECT_LE(this->LargestError(this->Erfc, erfc, 0, sizeof(TypeParam) == 4 ? 9.1 : 26.5), 4);
}

TYPED_TEST(SimdErrorFunction, IsOddAndHasItsLimits) {
  const TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
  const TypeParam largest = std::numeric_limits<TypeParam>::max();
  EXPECT_EQ(this->Erf(0), 0);
  for (const TypeParam x : {TypeParam(0.25), TypeParam(0.5), TypeParam(3)})
    EXPECT_EQ(this->Erf(-x), -this->Erf(x));
  for (const TypeParam x : {TypeParam(100), largest, infinity}) {
    EXPECT_EQ(this->Erf(x), 1);
    EXPECT_EQ(this->Erf(-x), -1);
    EXPECT_EQ(this->Erfc(x), 0);
    EXPECT_EQ(this->Erfc(-x), 2);
  }
  EXPECT_TRUE(std::isnan(this->Erf(std::numeric_limits<TypeParam>::quiet_NaN())));
  EXPECT_TRUE(std::isnan(this->Erfc(std::numeric_limits<TypeParam>::quiet_NaN())));
}

}  // namespace
}  // namespace didact
