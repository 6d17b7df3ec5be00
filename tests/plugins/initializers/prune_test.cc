// Compares Prune with hand-computed choices of nodes.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/weakest_nodes.h"
#include "didact/plugins/initializers/initializers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/initializers/apply_initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Returns the nodes of a layer of `nodes` nodes that are chosen by the weights [2, columns] of the
// layer above, which are given row by row.
std::vector<int64_t> Weakest(std::vector<double> weight, int64_t nodes, double ratio) {
  const int64_t columns = static_cast<int64_t>(weight.size()) / 2;
  double bias[2] = {};
  return WeakestNodes(LayerView<double>(ArrayView<double>(weight.data(), {2, columns}),
                                        ArrayView<double>(bias, {2})),
                      nodes, ratio);
}

TEST(WeakestNodes, HaveTheSmallestMeanAbsoluteFanOut) {
  // Means: 3, 1, 2, 0.5. Without absolute values, node 0 would be the weakest.
  const std::vector<double> weight = {-3, 1, 2, 0.5,  //
                                      -3, 1, 2, 0.5};
  EXPECT_THAT(Weakest(weight, 4, 0.25), ElementsAre(3));
  EXPECT_THAT(Weakest(weight, 4, 0.75), ElementsAre(3, 1, 2));
  EXPECT_THAT(Weakest(weight, 4, 0), IsEmpty());
  EXPECT_THAT(Weakest(weight, 4, 1), ElementsAre(3, 1, 2, 0));
}

TEST(WeakestNodes, AreTheFirstOfEqualOnes) {
  EXPECT_THAT(Weakest({1, 2, 1, 1, 2,  //
                       1, 2, 1, 1, 2},
                      5, 0.8),
              ElementsAre(0, 2, 3, 1));
}

// As int(K * ratio) of the reference: 100 * 0.29 is 28.999999999999996 in double.
TEST(WeakestNodes, AreAsManyAsTheTruncatedProduct) {
  const std::vector<double> weight(200, 1);
  EXPECT_EQ(Weakest(weight, 100, 0.29).size(), 28);
  EXPECT_EQ(Weakest(weight, 100, 0.3).size(), 30);
  EXPECT_EQ(Weakest(weight, 100, 0.999).size(), 99);
  EXPECT_EQ(Weakest(weight, 100, 0.009).size(), 0);
}

// The columns of a node with several positions, or of one that a convolution reads, are
// consecutive.
TEST(WeakestNodes, AddUpAllTheirColumns) {
  // Nodes 0, 1 and 2 have the columns {0, 1}, {2, 3} and {4, 5}, with sums 8, 6 and 7.
  EXPECT_THAT(Weakest({4, 0, 1, 2, 0, 0,  //
                       4, 0, 1, 2, 0, 7},
                      3, 0.67),
              ElementsAre(1, 2));
}

template <class T>
class PruneTest : public testing::Test {};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(PruneTest, Precisions);

TYPED_TEST(PruneTest, SetsTheFanOutOfTheWeakestNodesToZero) {
  TestNetwork<TypeParam> network({4, 6, 5, 3});
  network.Randomize(1);
  TestNetwork<TypeParam> before({4, 6, 5, 3});
  before.Randomize(1);
  ASSERT_TRUE(ApplyInitializer(RegisterPrune, "ratio: [0.5, 0.41]", network).ok());

  for (const int64_t layer : {1, 2}) {
    const int64_t pruned = layer == 1 ? 3 : 2;
    for (int64_t j = 0; j < network.weight(layer).shape(1); ++j) {
      // A node is pruned if fewer than `pruned` nodes are weaker.
      const auto strength = [&](int64_t node) {
        double sum = 0;
        for (int64_t i = 0; i < before.weight(layer).shape(0); ++i) {
          sum += std::fabs(static_cast<double>(before.weight(layer)(i, node)));
        }
        return sum;
      };
      int64_t weaker = 0;
      for (int64_t other = 0; other < network.weight(layer).shape(1); ++other) {
        weaker += strength(other) < strength(j) ? 1 : 0;
      }
      for (int64_t i = 0; i < network.weight(layer).shape(0); ++i) {
        EXPECT_EQ(network.weight(layer)(i, j), weaker < pruned ? 0 : before.weight(layer)(i, j));
      }
    }
  }
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(network.Row(0, i), before.Row(0, i));
  for (int64_t l = 0; l < 3; ++l) EXPECT_EQ(network.Bias(l), before.Bias(l));
  EXPECT_TRUE(network.PaddingIsIntact());
}

// A layer of 2 nodes with 3 positions each, before a fully connected layer.
TYPED_TEST(PruneTest, SetsAllPositionsOfANodeToZero) {
  std::vector<TypeParam> below = {1, 1};
  std::vector<TypeParam> above = {2, 2, 2, 1, 3, 1,  //
                                  2, 2, 2, 1, 3, 1};
  std::vector<TypeParam> bias = {5, 5};
  std::vector<LayerView<TypeParam>> layers = {
      {ArrayView<TypeParam>(below.data(), {2, 1}), ArrayView<TypeParam>(bias.data(), {2})},
      {ArrayView<TypeParam>(above.data(), {2, 6}), ArrayView<TypeParam>(bias.data(), {2})}};
  layers[0].positions = 3;
  const auto prune = BuildPlugin<Initializer<TypeParam>>(RegisterPrune, "ratio: 0.5");
  ASSERT_TRUE(prune.ok()) << prune.status();
  ASSERT_TRUE((*prune)->Apply({RandomStream(1, "initializer"), {}}, layers).ok());
  EXPECT_THAT(above, ElementsAre(2, 2, 2, 0, 0, 0, 2, 2, 2, 0, 0, 0));
}

TYPED_TEST(PruneTest, NeedsARatioForEachHiddenLayer) {
  TestNetwork<TypeParam> network({4, 6, 5, 3});
  const auto message = [&](const std::string& config) {
    return std::string(ApplyInitializer(RegisterPrune, config, network).message());
  };
  EXPECT_EQ(message(""), "ratio: must be given at least once, such as ratio: [0.5]");
  EXPECT_EQ(message("ratio: 0.5"), "ratio: must have one number for each hidden layer, 2, got 1");
  EXPECT_EQ(message("ratio: [0.5, 0.5, 0.5]"),
            "ratio: must have one number for each hidden layer, 2, got 3");
  EXPECT_EQ(message("ratio: [0.5, 1.5]"), "ratio[1]: must be >= 0 and <= 1, got 1.5");
}

}  // namespace
}  // namespace didact
