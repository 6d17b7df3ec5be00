#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "didact/plugins/initializers/initializers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/initializers/apply_initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

using testing::Each;

template <class T>
class SeparatedWeightsTest : public testing::Test {
 protected:
  static std::string Message(const std::string& config, const std::vector<int64_t>& sizes) {
    TestNetwork<T> network(sizes);
    return std::string(ApplyInitializer(RegisterSeparatedWeights, config, network).message());
  }

  // Expects all rows of a layer to differ, and none to be zero.
  static void ExpectSeparated(const TestNetwork<T>& network, int64_t layer) {
    std::set<std::vector<T>> rows;
    for (int64_t i = 0; i < network.weight(layer).shape(0); ++i) rows.insert(network.Row(layer, i));
    EXPECT_EQ(static_cast<int64_t>(rows.size()), network.weight(layer).shape(0));
    EXPECT_EQ(rows.count(std::vector<T>(network.weight(layer).shape(1), T(0))), 0u);
  }
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SeparatedWeightsTest, Precisions);

TYPED_TEST(SeparatedWeightsTest, DifferInEveryPairOfNodes) {
  TestNetwork<TypeParam> network({10, 50, 30});
  network.Randomize(1);
  ASSERT_TRUE(
      ApplyInitializer(RegisterSeparatedWeights, "choice: [-1, -0.5, 0, 0.5, 1]", network).ok());
  for (const int64_t layer : {0, 1}) {
    this->ExpectSeparated(network, layer);
    EXPECT_THAT(network.Bias(layer), Each(0));
    for (int64_t i = 0; i < network.weight(layer).shape(0); ++i) {
      EXPECT_THAT(network.Row(layer, i), Each(testing::AnyOf(-1, -0.5, 0, 0.5, 1)));
    }
  }
  EXPECT_TRUE(network.PaddingIsIntact());
}

// All of the 3^3 - 1 rows of three values that exist are requested; and all 2^4 of two values
// without 0.
TYPED_TEST(SeparatedWeightsTest, AreFoundDownToTheLast) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    TestNetwork<TypeParam> three({3, 26});
    ASSERT_TRUE(ApplyInitializer(RegisterSeparatedWeights, "choice: [-1, 0, 1]", three, seed).ok());
    this->ExpectSeparated(three, 0);
    TestNetwork<TypeParam> two({4, 16});
    ASSERT_TRUE(ApplyInitializer(RegisterSeparatedWeights, "choice: [0.5, 1]", two, seed).ok());
    this->ExpectSeparated(two, 0);
  }
}

TYPED_TEST(SeparatedWeightsTest, CannotBeMoreThanThereAre) {
  EXPECT_EQ(this->Message("choice: [-1, 0, 1]", {3, 27}),
            "choice: must have values for 27 different fan-in weights of the nodes of layer 0 (3 "
            "inputs each), got "
            "values for 26 besides 0");
  EXPECT_EQ(this->Message("choice: [0.5, 1, 1, 0.5]", {4, 16, 3, 17}),
            "choice: must have values for 17 different fan-in weights of the nodes of layer 2 (3 "
            "inputs each), got "
            "values for 8");
  EXPECT_EQ(this->Message("choice: [0, -0]", {4, 1}),
            "choice: must have values for 1 different fan-in weights of the nodes of layer 0 (4 "
            "inputs each), got "
            "values for 0 besides 0");
  EXPECT_EQ(this->Message("choice: [2]", {1, 2}),
            "choice: must have values for 2 different fan-in weights of the nodes of layer 0 (1 "
            "input each), got "
            "values for 1");
}

// 9^200 rows do not fit any integer type.
TYPED_TEST(SeparatedWeightsTest, AreCountedWithoutOverflow) {
  TestNetwork<TypeParam> network({200, 3});
  EXPECT_TRUE(ApplyInitializer(RegisterSeparatedWeights,
                               "choice: [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]", network)
                  .ok());
}

// If zeros are so frequent that other rows are never drawn, the result is an error and not an
// endless search.
TYPED_TEST(SeparatedWeightsTest, AreNotSearchedForEver) {
  std::string config = "choice: 1";
  for (int i = 0; i < 100000; ++i) config += " choice: 0";
  EXPECT_EQ(this->Message(config, {1, 1}),
            "choice: must make different fan-in weights likely, got only 0 for the 1 nodes of "
            "layer 0 in 1100 draws");
}

// Two doubles that round to the same float make one row in float, but two in double.
TEST(SeparatedWeights, DifferAsRounded) {
  const std::string config = "choice: [1, 1.00000000001]";
  TestNetwork<double> in_double({1, 2});
  EXPECT_TRUE(ApplyInitializer(RegisterSeparatedWeights, config, in_double).ok());
  TestNetwork<float> in_float({1, 2});
  EXPECT_EQ(ApplyInitializer(RegisterSeparatedWeights, config, in_float).message(),
            "choice: must have values for 2 different fan-in weights of the nodes of layer 0 (1 "
            "input each), got "
            "values for 1");
}

// Among n = 200000 draws, a value of probability p occurs p n times, with standard deviation sqrt(n
// p (1 - p)). The bound is six of them: a false alarm for 4e-9 of all seeds; this seed is fixed.
TEST(SeparatedWeights, AreTheSameInANetworkWithoutBiases) {
  TestNetwork<double> with_biases({6, 3, 2});
  TestNetwork<double> without({6, 3, 2}, /*has_bias=*/false);
  ASSERT_TRUE(ApplyInitializer(RegisterSeparatedWeights, "choice: [-1, 0, 1]", with_biases).ok());
  ASSERT_TRUE(ApplyInitializer(RegisterSeparatedWeights, "choice: [-1, 0, 1]", without).ok());
  EXPECT_EQ(without.Row(0, 2), with_biases.Row(0, 2));
  EXPECT_EQ(without.Row(1, 1), with_biases.Row(1, 1));
  EXPECT_TRUE(without.PaddingIsIntact());
}

TEST(SeparatedWeights, AreAsFrequentAsInTheList) {
  TestNetwork<double> network({1000, 200});
  ASSERT_TRUE(ApplyInitializer(RegisterSeparatedWeights, "choice: [1, 2, 2, 3]", network).ok());
  std::map<double, double> counts;
  for (int64_t i = 0; i < 200; ++i) {
    for (const double weight : network.Row(0, i)) ++counts[weight];
  }
  EXPECT_NEAR(counts[1], 50000, 6 * std::sqrt(200000 * 0.25 * 0.75));
  EXPECT_NEAR(counts[2], 100000, 6 * std::sqrt(200000 * 0.25));
  EXPECT_NEAR(counts[3], 50000, 6 * std::sqrt(200000 * 0.25 * 0.75));
}

TEST(SeparatedWeights, DoNotDependOnTheWidthOfOtherLayers) {
  TestNetwork<double> narrow({6, 3, 5, 2});
  TestNetwork<double> wide({6, 30, 5, 2});
  ASSERT_TRUE(ApplyInitializer(RegisterSeparatedWeights, "choice: [-1, 1, 2]", narrow).ok());
  ASSERT_TRUE(ApplyInitializer(RegisterSeparatedWeights, "choice: [-1, 1, 2]", wide).ok());
  EXPECT_EQ(narrow.Row(0, 2), wide.Row(0, 2));
  EXPECT_EQ(narrow.Row(2, 1), wide.Row(2, 1));
}

TYPED_TEST(SeparatedWeightsTest, RefuseBadConfigs) {
  EXPECT_EQ(this->Message("", {3, 4}),
            "choice: must be given at least once, such as choice: [-1, -0.75, -0.5, -0.25, 0, "
            "0.25, 0.5, 0.75, 1]");
  EXPECT_EQ(this->Message("choice: [1, nan]", {3, 4}), "choice[1]: must be finite, got nan");
  EXPECT_EQ(this->Message("choice: 1 layer: 5", {3, 4}),
            "layer[0]: must be a layer, 0 to 0, got 5");
}

}  // namespace
}  // namespace didact
