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

long double Value(long double x) { return x > 0 ? x : 0; }
long double Derivative(long double x) { return x > 0 ? 1 : 0; }

template <class T>
class ReluTest : public testing::Test {
 protected:
  std::unique_ptr<Activation<T>> activation_ = BuildPlugin<Activation<T>>(RegisterRelu, "").value();
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ReluTest, Precisions);

TYPED_TEST(ReluTest, IsTheLargerOfItsArgumentAndZero) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, ApplyActivation(*this->activation_, x), Value, 0);
}

TYPED_TEST(ReluTest, PassesNothingAtZeroAndBelow) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, DerivativeOf(*this->activation_, x), Derivative, 0);
}

TYPED_TEST(ReluTest, TreatsEveryElementAlike) { ExpectElementwise(*this->activation_); }

TYPED_TEST(ReluTest, NanGivesNan) { ExpectNanGivesNan(*this->activation_); }

TYPED_TEST(ReluTest, IsPiecewiseLinearWithAKinkAtZero) {
  EXPECT_EQ(this->activation_->negative_slope(), TypeParam(0));
  EXPECT_THAT(this->activation_->kinks(), testing::ElementsAre(0));
}

TYPED_TEST(ReluTest, DoesNotHideThatATrainingDiverged) {
  const TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
  const std::vector<TypeParam> values = ApplyActivation(*this->activation_, {-infinity, infinity});
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], infinity);
}

}  // namespace
}  // namespace didact
