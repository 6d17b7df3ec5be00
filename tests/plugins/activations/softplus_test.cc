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

constexpr long double kSharpness = 4;
long double Value(long double x) { return std::log1p(std::exp(kSharpness * x)) / kSharpness; }
long double Derivative(long double x) { return 1 / (1 + std::exp(-kSharpness * x)); }

template <class T>
class SoftplusTest : public testing::Test {
 protected:
  std::unique_ptr<Activation<T>> activation_ =
      BuildPlugin<Activation<T>>(RegisterSoftplus, "sharpness: 4").value();
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SoftplusTest, Precisions);

TYPED_TEST(SoftplusTest, IsTheLogarithmOfOnePlusTheExponential) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, ApplyActivation(*this->activation_, x), Value, 4);
}

TYPED_TEST(SoftplusTest, IsTheLogisticFunction) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, DerivativeOf(*this->activation_, x), Derivative, 4);
}

TYPED_TEST(SoftplusTest, TreatsEveryElementAlike) { ExpectElementwise(*this->activation_); }

TYPED_TEST(SoftplusTest, NanGivesNan) { ExpectNanGivesNan(*this->activation_); }

TYPED_TEST(SoftplusTest, HasItsLimitsAtInfinity) {
  const TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
  EXPECT_THAT(ApplyActivation(*this->activation_, {-infinity, infinity}),
              testing::ElementsAre(0, infinity));
  EXPECT_THAT(DerivativeOf(*this->activation_, {-infinity, infinity}), testing::ElementsAre(0, 1));
}

TYPED_TEST(SoftplusTest, IsNotPiecewiseLinear) {
  EXPECT_EQ(this->activation_->negative_slope(), std::nullopt);
  EXPECT_THAT(this->activation_->kinks(), testing::IsEmpty());
}

TYPED_TEST(SoftplusTest, DoesNotOverflowFarOut) {
  const TypeParam far = std::numeric_limits<TypeParam>::max() / 2;
  EXPECT_THAT(ApplyActivation(*this->activation_, {-far, far}), testing::ElementsAre(0, far));
  EXPECT_THAT(DerivativeOf(*this->activation_, {-far, far}), testing::ElementsAre(0, 1));
}

TEST(Softplus, HasSharpnessOneByDefault) {
  const auto activation = BuildPlugin<Activation<double>>(RegisterSoftplus, "");
  ASSERT_TRUE(activation.ok()) << activation.status();
  EXPECT_DOUBLE_EQ(ApplyActivation(**activation, {0.0})[0], std::numbers::ln2);
}

TEST(Softplus, RefusesASharpnessOutOfRange) {
  const auto message = [](const std::string& config) {
    return std::string(
        BuildPlugin<Activation<double>>(RegisterSoftplus, config).status().message());
  };
  EXPECT_EQ(message("sharpness: 0"), "sharpness: must be >= 1e-06 and <= 1000000, got 0");
  EXPECT_EQ(message("sharpness: 1e7"), "sharpness: must be >= 1e-06 and <= 1000000, got 10000000");
}

}  // namespace
}  // namespace didact
