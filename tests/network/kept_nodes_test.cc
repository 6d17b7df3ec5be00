// Tests that a network of the nodes that are kept computes what the whole network computes when the
// other nodes have fan-out weights of 0.

#include "didact/framework/network/kept_nodes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/pass.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/network_view.h"
#include "gtest/gtest.h"
#include "tests/network/plain_layers.h"

namespace didact {
namespace {

using Nodes = std::vector<std::vector<int64_t>>;

constexpr int64_t kSamples = 5;

struct PruningCase {
  PlainPlan plan;
  Nodes kept;
};

std::vector<PruningCase> Cases() {
  const ConvolutionPlan padded = {3, 1, 1};
  const ConvolutionPlan strided = {2, 2, 1};
  const BatchNormPlan after = {true, false};
  const BatchNormPlan before = {true, true};
  return {
      {{"dense", 4, {{.width = 5}, {.width = 6}, {.width = 3}}, 2}, {{1, 2, 4}, {0, 5}, {2}}},
      {{"normalized",
        4,
        {{.width = 5, .batch_norm = after}, {.width = 4, .batch_norm = before}},
        3},
       {{0, 3}, {1, 2, 3}}},
      {{"convolutions",
        {2, 5, 6},
        {{.width = 4, .convolution = padded, .batch_norm = after},
         {.width = 5, .convolution = strided, .pooling = PoolingPlan{true, 2, 1}},
         {.width = 6, .batch_norm = before}},
        2},
       {{1, 3}, {0, 2, 4}, {0, 1, 4, 5}}},
      {{"convolution_to_outputs", {3, 4, 5}, {{.width = 5, .convolution = padded}}, 3, false},
       {{2, 4}}},
  };
}

// Sets the fan-out weights of the nodes that are not kept to 0. A fully connected layer reads images
// in the order channel, row, column, so that each node has as many columns as positions.
template <class T>
void ClearOthers(const Nodes& kept, Network<T>& network) {
  for (size_t l = 0; l < kept.size(); ++l) {
    const LayerView<T>& below = network.view()[l];
    const LayerView<T>& above = network.view()[l + 1];
    for (int64_t node = 0; node < below.nodes; ++node) {
      if (std::count(kept[l].begin(), kept[l].end(), node) > 0) continue;
      for (int64_t i = 0; i < above.nodes; ++i) {
        if (above.kernel.rank() > 0) {
          const ArrayView<T>& kernel = above.kernel;
          for (int64_t y = 0; y < kernel.shape(2); ++y) {
            for (int64_t x = 0; x < kernel.shape(3); ++x) {
              kernel.data()[i * kernel.stride(0) + node * kernel.stride(1) + y * kernel.stride(2) +
                            x * kernel.stride(3)] = 0;
            }
          }
        } else {
          for (int64_t p = 0; p < below.positions; ++p) {
            above.weight(i, node * below.positions + p) = 0;
          }
        }
      }
    }
  }
}

template <class T>
std::vector<double> OutputsOf(const Network<T>& network) {
  Matrix<T> samples(kSamples, network.inputs());
  const RandomStream random(3, "samples");
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t j = 0; j < network.inputs(); ++j) {
      samples(i, j) = static_cast<T>(random.Normal(i * network.inputs() + j));
    }
  }
  Pass<T> pass(network, kSamples);
  pass.Forward(SampleRows<T>(samples, 0, kSamples));
  std::vector<double> outputs;
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t j = 0; j < network.outputs(); ++j) outputs.push_back(pass.outputs()(i, j));
  }
  return outputs;
}

template <class T>
void ExpectSameOutputs(double tolerance) {
  for (const PruningCase& test : Cases()) {
    SCOPED_TRACE(test.plan.name);
    const std::unique_ptr<Network<T>> whole = MakePlainNetwork<T>(test.plan);
    ClearOthers(test.kept, *whole);
    PlainPlan smaller_plan = test.plan;
    for (size_t l = 0; l < test.kept.size(); ++l) {
      smaller_plan.hidden[l].width = static_cast<int64_t>(test.kept[l].size());
    }
    Network<T> smaller(smaller_plan.input, PlansOf<T>(smaller_plan.hidden), smaller_plan.outputs,
                       smaller_plan.has_bias);
    CopyKeptNodes<T>(std::as_const(*whole).view(), test.kept, smaller.view());
    const std::vector<double> expected = OutputsOf(*whole);
    const std::vector<double> outputs = OutputsOf(smaller);
    ASSERT_EQ(outputs.size(), expected.size());
    for (size_t i = 0; i < outputs.size(); ++i) {
      EXPECT_NEAR(outputs[i], expected[i], tolerance * (1 + std::fabs(expected[i])));
    }
  }
}

TEST(KeptNodes, ComputeWhatTheNetworkDoesWithoutTheFanOutOfTheOthers) {
  ExpectSameOutputs<double>(1e-12);
  ExpectSameOutputs<float>(1e-4);
}

TEST(KeptNodes, HaveTheParametersOfTheNodesWithTheirNumbers) {
  const PlainPlan plan = {"dense", 2, {{.width = 3, .batch_norm = BatchNormPlan{true, true}}}, 2};
  const std::unique_ptr<Network<double>> whole = MakePlainNetwork<double>(plan);
  PlainPlan smaller_plan = plan;
  smaller_plan.hidden[0].width = 2;
  Network<double> smaller(2, PlansOf<double>(smaller_plan.hidden), 2);
  CopyKeptNodes<double>(std::as_const(*whole).view(), Nodes{{0, 2}}, smaller.view());
  const LayerView<double>& from = whole->view()[0];
  const LayerView<double>& to = smaller.view()[0];
  for (const auto& [copy, node] : {std::pair(0, 0), std::pair(1, 2)}) {
    EXPECT_EQ(to.weight(copy, 0), from.weight(node, 0));
    EXPECT_EQ(to.weight(copy, 1), from.weight(node, 1));
    EXPECT_EQ(to.bias(copy), from.bias(node));
    EXPECT_EQ(to.gain(copy), from.gain(node));
    EXPECT_EQ(to.shift(copy), from.shift(node));
    EXPECT_EQ(to.running_mean(copy), from.running_mean(node));
    EXPECT_EQ(to.running_variance(copy), from.running_variance(node));
    for (int64_t i = 0; i < 2; ++i) {
      EXPECT_EQ(smaller.view()[1].weight(i, copy), whole->view()[1].weight(i, node));
    }
  }
  for (int64_t i = 0; i < 2; ++i) EXPECT_EQ(smaller.view()[1].bias(i), whole->view()[1].bias(i));
}

}  // namespace
}  // namespace didact
