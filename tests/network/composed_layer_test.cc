// Tests a composed layer as plugins, files and optimizers see it. layers_test tests its results.

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/pass.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/network/plain_layers.h"

namespace didact {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr BatchNormPlan kAffine = {true, false};
constexpr ConvolutionPlan kKernel = {3, 1, 1};

class VisitedArrays final : public StateVisitor {
 public:
  using StateVisitor::Visit;
  void Visit(absl::string_view name, AnyArrayView array) override {
    names.emplace_back(name);
    arrays.push_back(array);
  }

  std::vector<std::string> names;
  std::vector<AnyArrayView> arrays;
};

std::vector<float> ElementsOf(const ArrayView<float>& array) {
  std::vector<float> elements;
  for (int64_t i = 0; i < array.size(); ++i) elements.push_back(array(i));
  return elements;
}

TEST(ComposedLayer, CountsTheMemoryForTheSourcesOfMaxima) {
  const auto bytes = [](bool is_maximum) {
    Network<double> network(
        SampleShape(1, 4, 4),
        PlansOf<double>(
            {{.width = 3, .convolution = kKernel, .pooling = PoolingPlan{is_maximum, 2, 2}}}),
        2);
    return PassBytes(network, /*capacity=*/5);
  };
  // For each of 5 samples, 4 positions and 3 channels, the row of the largest element.
  EXPECT_EQ(bytes(true) - bytes(false), 5 * 4 * 3 * sizeof(int64_t));
}

TEST(ComposedLayer, BeginsWithTheIdentityAsNormalization) {
  Network<float> network(4, PlansOf<float>({{.width = 3, .batch_norm = kAffine}}), 2);
  const LayerView<float>& view = network.view()[0];
  EXPECT_THAT(ElementsOf(view.gain), Each(1));
  EXPECT_THAT(ElementsOf(view.shift), Each(0));
  EXPECT_THAT(ElementsOf(view.running_mean), Each(0));
  EXPECT_THAT(ElementsOf(view.running_variance), Each(1));
  EXPECT_EQ(view.gain.shape(0), 3);
  EXPECT_TRUE(network.view()[1].running_mean.empty());
}

TEST(ComposedLayer, HasNoGainIfItIsNotAffine) {
  Network<float> network(
      4, PlansOf<float>({{.width = 3, .batch_norm = BatchNormPlan{false, false}}}), 2);
  EXPECT_TRUE(network.view()[0].gain.empty());
  EXPECT_TRUE(network.view()[0].shift.empty());
  EXPECT_EQ(network.view()[0].running_mean.shape(0), 3);
  EXPECT_EQ(network.layer(0).parameters().blocks().size(), 1u);
}

TEST(ComposedLayer, VisitsItsStateUnderPyTorchsNames) {
  Network<float> network(
      SampleShape(2, 5, 4),
      PlansOf<float>({{.width = 3, .convolution = kKernel, .batch_norm = kAffine}}), 2);
  VisitedArrays state;
  network.layer(0).VisitState(state);
  EXPECT_THAT(state.names, ElementsAre("weight", "bias", "bn.weight", "bn.bias", "bn.running_mean",
                                       "bn.running_var"));
  const LayerView<float>& view = network.view()[0];
  EXPECT_EQ(state.arrays[2].data(), view.gain.data());
  EXPECT_EQ(state.arrays[3].data(), view.shift.data());
  EXPECT_EQ(state.arrays[4].data(), view.running_mean.data());
  EXPECT_EQ(state.arrays[5].data(), view.running_variance.data());
  ASSERT_EQ(state.arrays[0].rank(), 4);
  EXPECT_EQ(state.arrays[0].shape(0), 3);
  EXPECT_EQ(state.arrays[0].shape(1), 2);
  EXPECT_EQ(state.arrays[0].shape(2), 3);
  EXPECT_EQ(state.arrays[0].shape(3), 3);
}

TEST(ComposedLayer, ShowsAKernelAsRowsOfFanInWeightsToo) {
  Network<float> network(SampleShape(2, 5, 4),
                         PlansOf<float>({{.width = 3, .convolution = kKernel}}), 2);
  const LayerView<float>& view = network.view()[0];
  ASSERT_EQ(view.weight.rank(), 2);
  ASSERT_EQ(view.weight.shape(1), 18);
  EXPECT_EQ(view.positions, 20);
  for (int64_t o = 0; o < 3; ++o) {
    for (int64_t j = 0; j < 18; ++j) view.weight(o, j) = static_cast<float>(100 * o + j);
  }
  std::vector<float> elements(view.kernel.size());
  CopyToBytes(view.kernel, reinterpret_cast<char*>(elements.data()));
  for (int64_t o = 0; o < 3; ++o) {
    for (int64_t j = 0; j < 18; ++j) EXPECT_EQ(elements[18 * o + j], 100 * o + j);
  }
}

TEST(ComposedLayer, ShowsEveryParameterOnceInItsBlocks) {
  Network<float> network(
      SampleShape(2, 5, 4),
      PlansOf<float>({{.width = 3, .convolution = kKernel, .batch_norm = kAffine}}), 2);
  LayerParameters<float> gradient = network.layer(0).MakeParameters();
  ASSERT_EQ(gradient.blocks().size(), 2u);
  float next = 1;
  int64_t count = 0;
  ForEachParameterElement(gradient.view(), [&](float& element) {
    element = next++;
    ++count;
  });
  double sum = 0;
  int64_t in_blocks = 0;
  for (const Matrix<float>& block : gradient.blocks()) {
    in_blocks += block.rows() * block.columns();
    for (int64_t i = 0; i < block.rows(); ++i) {
      for (const float element : block.row(i)) sum += element;
    }
  }
  EXPECT_EQ(in_blocks, count);
  EXPECT_EQ(sum, count * (count + 1) / 2);
  EXPECT_TRUE(gradient.view().running_mean.empty());
}

TEST(ComposedLayer, NeedsTwoSamplesOnlyIfItNormalizesWithoutPositions) {
  Network<float> network(
      SampleShape(1, 4, 4),
      PlansOf<float>({{.width = 3, .convolution = kKernel, .batch_norm = kAffine},
                      {.width = 3, .batch_norm = kAffine},
                      {.width = 3}}),
      2);
  EXPECT_EQ(network.layer(0).least_training_batch(), 1);
  EXPECT_EQ(network.layer(1).least_training_batch(), 2);
  EXPECT_EQ(network.layer(2).least_training_batch(), 1);
}

TEST(ComposedLayer, IsOddIfItsNonlinearityIsAndItTakesNoMaximum) {
  const PoolingPlan maximum = {true, 2, 2};
  const PoolingPlan mean = {false, 2, 2};
  Network<float> network(
      SampleShape(1, 8, 8),
      PlansOf<float>({{.width = 3, .convolution = kKernel, .pooling = maximum},
                      {.width = 3, .convolution = kKernel, .batch_norm = kAffine, .pooling = mean},
                      {.width = 3, .batch_norm = kAffine, .activation = PlainActivation::kLeaky}}),
      2);
  EXPECT_THAT(network.odd(), ElementsAre(false, true, false));
}

// The first of two equal values, in rows.
TEST(ComposedLayer, GivesTheGradientOfAMaximumToTheFirstOfEqualValues) {
  Network<double> network(SampleShape(1, 2, 2),
                          PlansOf<double>({{.width = 1,
                                            .convolution = ConvolutionPlan{1, 1, 0},
                                            .pooling = PoolingPlan{true, 2, 2}}}),
                          1);
  network.view()[0].weight(0, 0) = 1;
  network.view()[1].weight(0, 0) = 1;
  Matrix<double> inputs(1, 4);
  const double values[] = {-1, 0.5, 0.5, 0.25};
  for (int64_t j = 0; j < 4; ++j) inputs(0, j) = values[j];
  Pass<double> pass(network, 1);
  pass.Forward(SampleRows<double>(inputs, 0, 1));
  EXPECT_EQ(pass.outputs()(0, 0), std::tanh(0.5));
  pass.output_gradient()(0, 0) = 1;
  pass.Backward(0);
  const ArrayView<const double> gradient = pass.gradients()[0];
  ASSERT_EQ(gradient.shape(0), 4);
  EXPECT_EQ(gradient(0, 0), 0);
  EXPECT_GT(gradient(1, 0), 0);
  EXPECT_EQ(gradient(2, 0), 0);
  EXPECT_EQ(gradient(3, 0), 0);
}

TEST(ComposedLayer, AMaximumOfNanIsNan) {
  Network<double> network(SampleShape(1, 2, 2),
                          PlansOf<double>({{.width = 1,
                                            .convolution = ConvolutionPlan{1, 1, 0},
                                            .pooling = PoolingPlan{true, 2, 2}}}),
                          1);
  network.view()[0].weight(0, 0) = 1;
  network.view()[1].weight(0, 0) = 1;
  for (int64_t place = 0; place < 4; ++place) {
    Matrix<double> inputs(1, 4);
    inputs(0, place) = std::numeric_limits<double>::quiet_NaN();
    Pass<double> pass(network, 1);
    pass.Forward(SampleRows<double>(inputs, 0, 1));
    EXPECT_TRUE(std::isnan(pass.outputs()(0, 0))) << place;
  }
}

// A float cannot hold the mean of these numbers, 2^22 + 4 / 3.
TEST(ComposedLayer, NormalizesLargeMeansInFloat) {
  Network<float> network(
      1, PlansOf<float>({{.width = 1, .batch_norm = BatchNormPlan{false, true}}}), 1);
  network.view()[0].weight(0, 0) = 1;
  network.view()[1].weight(0, 0) = 1;
  const double offsets[] = {0, 1, 3};
  Matrix<float> inputs(3, 1);
  for (int64_t i = 0; i < 3; ++i) inputs(i, 0) = static_cast<float>(4194304 + offsets[i]);
  Pass<float> pass(network, 3);
  pass.Forward(SampleRows<float>(inputs, 0, 3), PassMode::kTraining);
  for (int64_t i = 0; i < 3; ++i) {
    const double expected = std::tanh((offsets[i] - 4.0 / 3) / std::sqrt(14.0 / 9 + 1e-5));
    EXPECT_NEAR(pass.outputs()(i, 0), expected, 1e-6);
  }
}

}  // namespace
}  // namespace didact
