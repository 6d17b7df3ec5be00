#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <vector>

#include "didact/framework/plugin/activation.h"
#include "didact/plugins/activations/activations.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/activations/activation_check.h"
#include "tests/plugins/build_plugin.h"

namespace didact {
namespace {

long double Value(long double x) { return std::tanh(x); }
long double Derivative(long double x) { return 1 / (std::cosh(x) * std::cosh(x)); }

template <class T>
class TanhTest : public testing::Test {
 protected:
  std::unique_ptr<Activation<T>> activation_ = BuildPlugin<Activation<T>>(RegisterTanh, "").value();
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(TanhTest, Precisions);

TYPED_TEST(TanhTest, IsTheHyperbolicTangent) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, ApplyActivation(*this->activation_, x), Value, 2);
}

// The error is relative to the slope's own scale, 1: where tanh x is rounded to 1, 1 - tanh^2 x has
// no significant digits.
TYPED_TEST(TanhTest, IsOneMinusTheSquareOfTheValue) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  const std::vector<TypeParam> slopes = DerivativeOf(*this->activation_, x);
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(slopes[i], static_cast<double>(Derivative(x[i])),
                4 * std::numeric_limits<TypeParam>::epsilon())
        << x[i];
  }
}

TYPED_TEST(TanhTest, SaysThatItIsOdd) { EXPECT_TRUE(this->activation_->is_odd()); }

TYPED_TEST(TanhTest, TreatsEveryElementAlike) { ExpectElementwise(*this->activation_); }

TYPED_TEST(TanhTest, NanGivesNan) { ExpectNanGivesNan(*this->activation_); }

TYPED_TEST(TanhTest, HasItsLimitsAtInfinity) {
  const TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
  EXPECT_THAT(ApplyActivation(*this->activation_, {-infinity, infinity}),
              testing::ElementsAre(-1, 1));
  EXPECT_THAT(DerivativeOf(*this->activation_, {-infinity, infinity}), testing::ElementsAre(0, 0));
}

TYPED_TEST(TanhTest, IsNotPiecewiseLinear) {
  EXPECT_EQ(this->activation_->negative_slope(), std::nullopt);
  EXPECT_THAT(this->activation_->kinks(), testing::IsEmpty());
}

}  // namespace
}  // namespace didact
