// Tests GaussianWeights and UniformFanIn: the random number of each weight, and the moments of the
// weights.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/plugins/initializers/initializers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/initializers/apply_initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

using testing::Each;

template <class T>
class RandomWeights : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(RandomWeights, Precisions);

// Returns mean and mean square of all weights of a network of one layer.
template <class T>
std::pair<double, double> Moments(const TestNetwork<T>& network) {
  double sum = 0;
  double squares = 0;
  for (int64_t i = 0; i < network.weight(0).shape(0); ++i) {
    for (const T weight : network.Row(0, i)) {
      sum += weight;
      squares += static_cast<double>(weight) * weight;
    }
  }
  const double count = static_cast<double>(network.weight(0).size());
  return {sum / count, squares / count};
}

TYPED_TEST(RandomWeights, AreNumberedByLayerRowAndColumn) {
  TestNetwork<TypeParam> network({3, 4, 2});
  network.Randomize(1);
  ASSERT_TRUE(ApplyInitializer(RegisterGaussianWeights, "stddev: 0.5", network, 7).ok());
  const RandomStream random(7, "initializer");
  TypeParam normal;
  FillNormals(random.Split(uint64_t{0}), 2 * 3 + 1, absl::MakeSpan(&normal, 1));
  EXPECT_EQ(network.weight(0)(2, 1), TypeParam(0.5) * normal);
  FillNormals(random.Split(uint64_t{1}), 1 * 4 + 3, absl::MakeSpan(&normal, 1));
  EXPECT_EQ(network.weight(1)(1, 3), TypeParam(0.5) * normal);
  EXPECT_THAT(network.Bias(0), Each(0));
  EXPECT_THAT(network.Bias(1), Each(0));
  EXPECT_TRUE(network.PaddingIsIntact());
}

TYPED_TEST(RandomWeights, AreTheSameInANetworkWithoutBiases) {
  for (const auto initializer :
       {RegisterGaussianWeights, RegisterUniformFanIn, RegisterOrthogonalWeights}) {
    TestNetwork<TypeParam> with_biases({6, 3, 5, 2});
    TestNetwork<TypeParam> without({6, 3, 5, 2}, /*has_bias=*/false);
    ASSERT_TRUE(ApplyInitializer(initializer, "", with_biases).ok());
    ASSERT_TRUE(ApplyInitializer(initializer, "", without).ok());
    for (int64_t l = 0; l < 3; ++l) EXPECT_EQ(without.Row(l, 1), with_biases.Row(l, 1));
    EXPECT_TRUE(without.PaddingIsIntact());
  }
}

// Widening one layer does not change the numbers of its other nodes or of other layers.
TYPED_TEST(RandomWeights, DoNotDependOnTheWidthOfOtherLayers) {
  for (const auto initializer : {RegisterGaussianWeights, RegisterUniformFanIn}) {
    TestNetwork<TypeParam> narrow({6, 3, 5, 2});
    TestNetwork<TypeParam> wide({6, 30, 5, 2});
    ASSERT_TRUE(ApplyInitializer(initializer, "", narrow).ok());
    ASSERT_TRUE(ApplyInitializer(initializer, "", wide).ok());
    EXPECT_EQ(narrow.Row(0, 2), wide.Row(0, 2));
    EXPECT_EQ(narrow.Row(2, 1), wide.Row(2, 1));
    EXPECT_EQ(narrow.Bias(2), wide.Bias(2));
  }
}

TYPED_TEST(RandomWeights, ChangeSelectedLayersOnly) {
  for (const auto initializer : {RegisterGaussianWeights, RegisterUniformFanIn}) {
    TestNetwork<TypeParam> network({3, 4, 5, 2});
    ASSERT_TRUE(ApplyInitializer(initializer, "layer: 1", network).ok());
    EXPECT_THAT(network.Row(0, 0), Each(0));
    EXPECT_NE(network.weight(1)(0, 0), 0);
    EXPECT_THAT(network.Row(2, 0), Each(0));
  }
}

// For n = 200000 weights of variance v, the mean has standard deviation sqrt(v / n), the mean
// square of normal numbers v sqrt(2 / n), of uniform ones v sqrt(0.8 / n). The bounds are six of
// them: a false alarm for 2e-9 of all seeds; this seed is fixed.
TYPED_TEST(RandomWeights, HaveTheirMoments) {
  constexpr double kCount = 200000;
  TestNetwork<TypeParam> network({1000, 200});
  ASSERT_TRUE(ApplyInitializer(RegisterGaussianWeights, "stddev: 0.25", network).ok());
  auto [mean, square] = Moments(network);
  double variance = 0.0625;
  EXPECT_NEAR(mean, 0, 6 * std::sqrt(variance / kCount));
  EXPECT_NEAR(square, variance, 6 * variance * std::sqrt(2 / kCount));

  ASSERT_TRUE(ApplyInitializer(RegisterUniformFanIn, "", network).ok());
  std::tie(mean, square) = Moments(network);
  variance = 1.0 / 3000;
  EXPECT_NEAR(mean, 0, 6 * std::sqrt(variance / kCount));
  EXPECT_NEAR(square, variance, 6 * variance * std::sqrt(0.8 / kCount));
  double largest = 0;
  for (const TypeParam value : network.Values())
    largest = std::max(largest, std::fabs(static_cast<double>(value)));
  // The probability that none of 200200 numbers in [-b, b] is above 0.9999 b is exp(-20).
  EXPECT_LE(largest, 1 / std::sqrt(1000.0) * (1 + 1e-7));
  EXPECT_GE(largest, 0.9999 / std::sqrt(1000.0));
  EXPECT_NE(network.bias(0)(0), 0);
  EXPECT_NE(network.bias(0)(0), network.weight(0)(0, 0));
}

template <class T>
std::string Message(RegisterFunction initializer, const std::string& config) {
  TestNetwork<T> network({3, 4, 2});
  return std::string(ApplyInitializer(initializer, config, network).message());
}

TYPED_TEST(RandomWeights, RefuseALayerThatIsNotThere) {
  EXPECT_EQ(Message<TypeParam>(RegisterGaussianWeights, "layer: [0, 2]"),
            "layer[1]: must be a layer, 0 to 1, got 2");
  EXPECT_EQ(Message<TypeParam>(RegisterUniformFanIn, "layer: 9"),
            "layer[0]: must be a layer, 0 to 1, got 9");
}

TYPED_TEST(RandomWeights, NameEveryFieldOutOfRange) {
  EXPECT_EQ(Message<TypeParam>(RegisterGaussianWeights, "stddev: -1 layer: -3"),
            "stddev: must be >= 0, got -1\nlayer[0]: must be >= 0, got -3");
}

}  // namespace
}  // namespace didact
