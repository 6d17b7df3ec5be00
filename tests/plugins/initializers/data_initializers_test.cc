// Compares BalanceActivations and StandardizeOutput, which read a data set, with hand-computed
// values and with the medians and moments that they must establish.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/plugins/datasets/datasets.h"
#include "didact/plugins/initializers/initializers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/initializers/plain_pre_activations.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

using testing::ElementsAre;

constexpr char kData[] = "data { [didact/GaussianInputs] { dimension: 4 size: 3 } } ";

template <class T>
using Samples = std::vector<std::vector<T>>;

template <class T>
Samples<T> RandomSamples(int64_t count) {
  const RandomStream random(5, "samples");
  Samples<T> samples(count, std::vector<T>(4));
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < 4; ++j) {
      samples[i][j] = static_cast<T>(random.Normal(static_cast<uint64_t>(4 * i + j)));
    }
  }
  return samples;
}

// Applies an initializer to a network, with `samples` as those of the data set in its config.
template <class T>
absl::Status Apply(RegisterFunction initializer, const std::string& fields,
                   const Samples<T>& samples, TestNetwork<T>& network) {
  const auto plugin =
      BuildPlugin<Initializer<T>>(initializer, kData + fields, {RegisterGaussianInputs});
  if (!plugin.ok()) return plugin.status();
  PlainPreActivations<T> pre_activations(network, samples);
  return (*plugin)->Apply({RandomStream(1, "initializer"), {}, &pre_activations},
                          network.weights());
}

// Returns a column of the pre-activations of a layer, in ascending order.
template <class T>
std::vector<T> Sorted(const TestNetwork<T>& network, const Samples<T>& samples, int64_t layer,
                      int64_t node) {
  PlainPreActivations<T> pre_activations(network, samples);
  const ArrayView<const T> matrix = pre_activations.Compute(layer);
  std::vector<T> column;
  for (int64_t i = 0; i < matrix.shape(0); ++i) column.push_back(matrix(i, node));
  std::sort(column.begin(), column.end());
  return column;
}

template <class T>
class DataInitializers : public testing::Test {
 protected:
  static constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

  DataInitializers() { network_.Randomize(1), before_.Randomize(1); }

  TestNetwork<T> network_{{4, 6, 5, 3}};
  TestNetwork<T> before_{{4, 6, 5, 3}};  // the same numbers
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(DataInitializers, Precisions);

TYPED_TEST(DataInitializers, BalanceActivationsSubtractsTheLowerMedian) {
  TestNetwork<TypeParam> network({1, 2, 1});
  network.weight(0)(0, 0) = 1;
  network.weight(0)(1, 0) = -2;
  network.bias(0)(0) = 0.5;
  network.bias(1)(0) = 7;
  // Pre-activations of node 0: 1.5, 10.5, 2.5, 3.5; of node 1: -2, -20, -4, -6.
  const Samples<TypeParam> samples = {{1}, {10}, {2}, {3}};
  ASSERT_TRUE(Apply(RegisterBalanceActivations, "", samples, network).ok());
  EXPECT_THAT(network.Bias(0), ElementsAre(0.5 - 2.5, 6));
  EXPECT_THAT(network.Bias(1), ElementsAre(7));
  // Of an odd number of samples, the median is the middle one.
  ASSERT_TRUE(Apply(RegisterBalanceActivations, "", {{1}, {10}, {3}}, network).ok());
  EXPECT_THAT(network.Bias(0), ElementsAre(-3, 6));
  EXPECT_EQ(network.weight(0)(1, 0), -2);
}

// Medians of all layers are 0 at once only if each layer is balanced with the new biases of the
// layers below.
TYPED_TEST(DataInitializers, BalanceActivationsWorksFromTheInputOn) {
  const Samples<TypeParam> samples = RandomSamples<TypeParam>(50);
  ASSERT_TRUE(Apply(RegisterBalanceActivations, "layer: [1, 0]", samples, this->network_).ok());
  for (const int64_t layer : {0, 1}) {
    for (int64_t node = 0; node < this->network_.bias(layer).shape(0); ++node) {
      const std::vector<TypeParam> column = Sorted(this->network_, samples, layer, node);
      EXPECT_NEAR(column[24], 0, 30 * this->kEpsilon);
      EXPECT_GT(column[25], 100 * this->kEpsilon);
    }
    EXPECT_NE(this->network_.Bias(layer), this->before_.Bias(layer));
    EXPECT_EQ(this->network_.Row(layer, 1), this->before_.Row(layer, 1));
  }
  EXPECT_EQ(this->network_.Bias(2), this->before_.Bias(2));
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

TYPED_TEST(DataInitializers, BalanceActivationsChangesSelectedHiddenLayers) {
  const Samples<TypeParam> samples = RandomSamples<TypeParam>(9);
  ASSERT_TRUE(Apply(RegisterBalanceActivations, "layer: 1", samples, this->network_).ok());
  EXPECT_EQ(this->network_.Bias(0), this->before_.Bias(0));
  EXPECT_NEAR(Sorted(this->network_, samples, 1, 2)[4], 0, 30 * this->kEpsilon);
  EXPECT_EQ(Apply(RegisterBalanceActivations, "layer: 2", samples, this->network_).message(),
            "layer[0]: must be a layer, 0 to 1, got 2");
}

TYPED_TEST(DataInitializers, StandardizeOutputDividesByTheUnbiasedStandardDeviation) {
  TestNetwork<TypeParam> network({1, 2});
  network.weight(0)(0, 0) = 2;
  network.weight(0)(1, 0) = -1;
  network.bias(0)(0) = 1;
  // The outputs are 3, 7, 11 and -1, -3, -5: means 7 and -3, standard deviations 4 and 2.
  ASSERT_TRUE(Apply(RegisterStandardizeOutput, "", {{1}, {3}, {5}}, network).ok());
  EXPECT_THAT(network.Values(), ElementsAre(0.5, -1.5, -0.5, 1.5));
}

TYPED_TEST(DataInitializers, StandardizeOutputChangesTheFinalLayerOnly) {
  const Samples<TypeParam> samples = RandomSamples<TypeParam>(40);
  ASSERT_TRUE(Apply(RegisterStandardizeOutput, "", samples, this->network_).ok());
  for (int64_t k = 0; k < 3; ++k) {
    double sum = 0;
    double squares = 0;
    for (const TypeParam output : Sorted(this->network_, samples, 2, k)) {
      sum += static_cast<double>(output);
      squares += static_cast<double>(output) * output;
    }
    EXPECT_NEAR(sum / 40, 0, 30 * this->kEpsilon);
    EXPECT_NEAR(squares / 39, 1, 30 * this->kEpsilon);
  }
  for (const int64_t layer : {0, 1}) {
    EXPECT_EQ(this->network_.Row(layer, 2), this->before_.Row(layer, 2));
    EXPECT_EQ(this->network_.Bias(layer), this->before_.Bias(layer));
  }
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

TYPED_TEST(DataInitializers, StandardizeOutputNeedsOutputsThatVary) {
  const auto message = [](const Samples<TypeParam>& samples, TestNetwork<TypeParam>& network) {
    return std::string(Apply(RegisterStandardizeOutput, "", samples, network).message());
  };
  const auto needs = [](const std::string& got, int output) {
    return absl::StrCat(
        "needs outputs whose standard deviation over the samples of data is positive and finite, "
        "got ",
        got, " for output ", output);
  };
  TestNetwork<TypeParam> network({1, 3});
  network.weight(0)(1, 0) = 1;
  // Sums of three such numbers are rounded, so that their mean is another number.
  network.bias(0)(0) = static_cast<TypeParam>(0.1);
  EXPECT_EQ(message({{1}, {2}, {3}}, network), needs("0", 0) + "\n" + needs("0", 2));
  EXPECT_EQ(network.weight(0)(1, 0), 1);

  EXPECT_EQ(message({{1}}, network), "data: must have at least 2 samples, got 1");
}

TEST(StandardizeOutput, NeedsAFiniteStandardDeviation) {
  TestNetwork<double> network({1, 1});
  network.weight(0)(0, 0) = std::numeric_limits<double>::max() / 2;
  EXPECT_EQ(Apply(RegisterStandardizeOutput, "", {{1}, {-1}}, network).message(),
            "needs outputs whose standard deviation over the samples of data is positive and "
            "finite, got inf for output 0");
}

TYPED_TEST(DataInitializers, NeedBiases) {
  std::vector<LayerView<TypeParam>> layers(this->network_.weights().begin(),
                                           this->network_.weights().end());
  for (LayerView<TypeParam>& layer : layers) layer.bias = {};
  const auto message = [&](RegisterFunction initializer) {
    const auto plugin =
        BuildPlugin<Initializer<TypeParam>>(initializer, kData, {RegisterGaussianInputs});
    PlainPreActivations<TypeParam> pre_activations(this->network_, RandomSamples<TypeParam>(4));
    return std::string(
        (*plugin)->Apply({RandomStream(1, "initializer"), {}, &pre_activations}, layers).message());
  };
  EXPECT_EQ(message(RegisterBalanceActivations),
            "needs biases, but layer 0 has none; remove it, or bias: false of the network");
  EXPECT_EQ(message(RegisterStandardizeOutput),
            "needs biases, but the final layer has none; remove it, or bias: false of the network");
  EXPECT_EQ(this->network_.Values(), this->before_.Values());
}

TYPED_TEST(DataInitializers, NameADataSet) {
  for (const RegisterFunction initializer :
       {RegisterBalanceActivations, RegisterStandardizeOutput}) {
    const auto plugin =
        BuildPlugin<Initializer<TypeParam>>(initializer, kData, {RegisterGaussianInputs});
    ASSERT_TRUE(plugin.ok()) << plugin.status();
    ASSERT_NE((*plugin)->data(), nullptr);
    EXPECT_EQ((*plugin)->data()->name(), "didact.GaussianInputs");
    EXPECT_EQ((*plugin)->data()->path().path(), "data");
    const auto without_data =
        BuildPlugin<Initializer<TypeParam>>(initializer, "", {RegisterGaussianInputs});
    EXPECT_THAT(
        std::string(without_data.status().message()),
        testing::StartsWith("data: must be given, such as data { [didact/GaussianInputs] {"));
    EXPECT_EQ(BuildPlugin<Initializer<TypeParam>>(
                  initializer, "data { [didact/GaussianInputs] { dimension: -1 size: 3 } }",
                  {RegisterGaussianInputs})
                  .status()
                  .message(),
              "data.dimension: must be >= 1 and <= 100000000, got -1");
  }
}

}  // namespace
}  // namespace didact
