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

long double Phi(long double x) { return std::erfc(-x / std::numbers::sqrt2_v<long double>) / 2; }
long double Value(long double x) { return x * Phi(x); }
long double Derivative(long double x) {
  return Phi(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi_v<long double>);
}

template <class T>
class GeluTest : public testing::Test {
 protected:
  std::unique_ptr<Activation<T>> activation_ = BuildPlugin<Activation<T>>(RegisterGelu, "").value();
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(GeluTest, Precisions);

TYPED_TEST(GeluTest, IsXTimesTheNormalDistributionFunction) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  // At -12, erfc turns one unit in its argument, x / sqrt 2, into 144 units. The argument is
  // rounded twice.
  ExpectClose(x, ApplyActivation(*this->activation_, x), Value, 300);
}

// The error is relative to the slope's own scale, 1, because the slope changes its sign near -0.75.
TYPED_TEST(GeluTest, MatchesTheClosedForm) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  const std::vector<TypeParam> slopes = DerivativeOf(*this->activation_, x);
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(slopes[i], static_cast<double>(Derivative(x[i])),
                8 * std::numeric_limits<TypeParam>::epsilon())
        << x[i];
  }
}

TYPED_TEST(GeluTest, TreatsEveryElementAlike) { ExpectElementwise(*this->activation_); }

TYPED_TEST(GeluTest, NanGivesNan) { ExpectNanGivesNan(*this->activation_); }

TYPED_TEST(GeluTest, HasItsLimitsAtInfinity) {
  const TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
  EXPECT_THAT(ApplyActivation(*this->activation_, {-infinity, infinity}),
              testing::ElementsAre(0, infinity));
  EXPECT_THAT(DerivativeOf(*this->activation_, {-infinity, infinity}), testing::ElementsAre(0, 1));
}

TYPED_TEST(GeluTest, IsNotPiecewiseLinear) {
  EXPECT_EQ(this->activation_->negative_slope(), std::nullopt);
  EXPECT_THAT(this->activation_->kinks(), testing::IsEmpty());
}

}  // namespace
}  // namespace didact
