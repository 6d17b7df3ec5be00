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

long double Value(long double x) { return x; }
long double Derivative(long double) { return 1; }

template <class T>
class IdentityTest : public testing::Test {
 protected:
  std::unique_ptr<Activation<T>> activation_ =
      BuildPlugin<Activation<T>>(RegisterIdentity, "").value();
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(IdentityTest, Precisions);

TYPED_TEST(IdentityTest, IsItsArgument) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, ApplyActivation(*this->activation_, x), Value, 0);
}

TYPED_TEST(IdentityTest, HasSlopeOne) {
  const std::vector<TypeParam> x = ActivationArguments<TypeParam>();
  ExpectClose(x, DerivativeOf(*this->activation_, x), Derivative, 0);
}

TYPED_TEST(IdentityTest, SaysThatItIsOdd) { EXPECT_TRUE(this->activation_->is_odd()); }

TYPED_TEST(IdentityTest, TreatsEveryElementAlike) { ExpectElementwise(*this->activation_); }

TYPED_TEST(IdentityTest, NanGivesNan) { ExpectNanGivesNan(*this->activation_); }

TYPED_TEST(IdentityTest, IsPiecewiseLinearWithoutAKink) {
  EXPECT_EQ(this->activation_->negative_slope(), TypeParam(1));
  EXPECT_THAT(this->activation_->kinks(), testing::IsEmpty());
}

}  // namespace
}  // namespace didact
