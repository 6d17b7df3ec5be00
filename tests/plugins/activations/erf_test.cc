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

long double Value(long double x) { return std::erf(x / std::numbers::sqrt2_v<long double>); }
long double Derivative(long double x) {
  return std::sqrt(2 / std::numbers::pi_v<long double>) * std::exp(-x * x / 2);
}

template <class T>
class ErfTest : public testing::Test {
 protected:
  std::unique_ptr<Activation<T>> activation_ = BuildPlugin<Activation<T>>(RegisterErf, "").value();
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ErfTest, Precisions);

TYPED_TEST(ErfTest, IsTheErrorFunctionOfXOverRootTwo) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, ApplyActivation(*this->activation_, x), Value, 4);
}

TYPED_TEST(ErfTest, IsTwiceTheNormalDensity) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  // The argument of exp, x^2 / 2, is rounded by half a unit at most. It is 72 at the ends, so that
  // exp turns this into 36 units, and more where x^2 was rounded before.
  ExpectClose(x, DerivativeOf(*this->activation_, x), Derivative, 80);
}

TYPED_TEST(ErfTest, SaysThatItIsOdd) { EXPECT_TRUE(this->activation_->is_odd()); }

TYPED_TEST(ErfTest, TreatsEveryElementAlike) { ExpectElementwise(*this->activation_); }

TYPED_TEST(ErfTest, NanGivesNan) { ExpectNanGivesNan(*this->activation_); }

TYPED_TEST(ErfTest, HasItsLimitsAtInfinity) {
  const TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
  EXPECT_THAT(ApplyActivation(*this->activation_, {-infinity, infinity}),
              testing::ElementsAre(-1, 1));
  EXPECT_THAT(DerivativeOf(*this->activation_, {-infinity, infinity}), testing::ElementsAre(0, 0));
}

TYPED_TEST(ErfTest, IsNotPiecewiseLinear) {
  EXPECT_EQ(this->activation_->negative_slope(), std::nullopt);
  EXPECT_THAT(this->activation_->kinks(), testing::IsEmpty());
}

}  // namespace
}  // namespace didact
