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

// Both precisions represent this slope exactly.
long double Value(long double x) { return x > 0 ? x : 0.125L * x; }
long double Derivative(long double x) { return x > 0 ? 1 : 0.125L; }

template <class T>
class LeakyReluTest : public testing::Test {
 protected:
  std::unique_ptr<Activation<T>> activation_ =
      BuildPlugin<Activation<T>>(RegisterLeakyRelu, "negative_slope: 0.125").value();
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(LeakyReluTest, Precisions);

TYPED_TEST(LeakyReluTest, ScalesWhatIsNotPositive) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, ApplyActivation(*this->activation_, x), Value, 0);
}

TYPED_TEST(LeakyReluTest, HasTheNegativeSlopeAlsoAtZero) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, DerivativeOf(*this->activation_, x), Derivative, 0);
}

TYPED_TEST(LeakyReluTest, TreatsEveryElementAlike) { ExpectElementwise(*this->activation_); }

TYPED_TEST(LeakyReluTest, NanGivesNan) { ExpectNanGivesNan(*this->activation_); }

TYPED_TEST(LeakyReluTest, IsPiecewiseLinearWithAKinkAtZero) {
  EXPECT_EQ(this->activation_->negative_slope(), TypeParam(0.125));
  EXPECT_THAT(this->activation_->kinks(), testing::ElementsAre(0));
}

TEST(LeakyRelu, HasTheDefaultSlope) {
  const auto activation = BuildPlugin<Activation<double>>(RegisterLeakyRelu, "");
  ASSERT_TRUE(activation.ok()) << activation.status();
  EXPECT_EQ((*activation)->negative_slope(), 0.01);
}

TEST(LeakyRelu, RefusesASlopeOutOfRange) {
  const auto message = [](const std::string& config) {
    return std::string(
        BuildPlugin<Activation<double>>(RegisterLeakyRelu, config).status().message());
  };
  EXPECT_EQ(message("negative_slope: 1"), "negative_slope: must be >= 0 and < 1, got 1");
  EXPECT_EQ(message("negative_slope: -0.5"), "negative_slope: must be >= 0 and < 1, got -0.5");
  EXPECT_EQ(message("negative_slope: nan"), "negative_slope: must be finite, got nan");
}

}  // namespace
}  // namespace didact
