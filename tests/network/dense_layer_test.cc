// Tests a fully connected layer by itself: its parameters as plugins and as optimizers see them.
// pass_test tests the results of a pass.

#include "didact/framework/network/dense_layer.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr int64_t kInputs = 5;
constexpr int64_t kOutputs = 3;

template <class T>
class Square final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    for (size_t i = 0; i < activation.size(); ++i) {
      activation[i] = pre_activation[i] * pre_activation[i];
    }
  }
  void MultiplyByDerivative(absl::Span<const T> pre_activation, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] *= 2 * pre_activation[i];
  }
};

template <class T>
ConfiguredPlugin<Activation<T>> MakeSquare() {
  return {std::make_unique<Square<T>>(), "my.Square", FieldPath()};
}

template <class T>
class DenseLayerTest : public testing::Test {
 protected:
  DenseLayerTest() : layer_(kInputs, kOutputs, MakeSquare<T>()) {}

  DenseLayer<T> layer_;
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(DenseLayerTest, Precisions);

TYPED_TEST(DenseLayerTest, ShowsEveryNumberOfItsBlockOnceInPlaceAsWeightAndBias) {
  const LayerView<TypeParam>& view = this->layer_.parameters().view();
  EXPECT_EQ(view.nodes, kOutputs);
  EXPECT_EQ(view.positions, 1);
  EXPECT_TRUE(view.gain.empty());
  EXPECT_TRUE(view.shift.empty());
  ASSERT_EQ(view.weight.rank(), 2);
  EXPECT_EQ(view.weight.shape(0), kOutputs);
  EXPECT_EQ(view.weight.shape(1), kInputs);
  ASSERT_EQ(view.bias.rank(), 1);
  EXPECT_EQ(view.bias.shape(0), kOutputs);
  // The weight from input i to node o is 10 i + o + 1; the bias follows as a last row of such
  // weights.
  for (int64_t o = 0; o < kOutputs; ++o) {
    for (int64_t i = 0; i < kInputs; ++i)
      view.weight(o, i) = static_cast<TypeParam>(10 * i + o + 1);
    view.bias(o) = static_cast<TypeParam>(10 * kInputs + o + 1);
  }
  std::vector<Matrix<TypeParam>>& blocks = this->layer_.parameters().blocks();
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(&this->layer_.block(), &blocks[0]);
  ASSERT_EQ(blocks[0].rows(), kInputs + 1);
  ASSERT_EQ(blocks[0].columns(), kOutputs);
  for (int64_t i = 0; i <= kInputs; ++i) {
    EXPECT_THAT(blocks[0].row(i), ElementsAre(10 * i + 1, 10 * i + 2, 10 * i + 3));
    // Padding must remain zero.
    for (int64_t p = kOutputs; p < blocks[0].stride(); ++p)
      EXPECT_EQ(blocks[0].row(i).data()[p], 0);
  }
  blocks[0](4, 2) = -1;
  blocks[0](5, 1) = -2;
  EXPECT_EQ(view.weight(2, 4), -1);
  EXPECT_EQ(view.bias(1), -2);
}

TYPED_TEST(DenseLayerTest, MakesParametersThatAreZerosOfItsShapeAndMemoryOfTheirOwn) {
  this->layer_.parameters().view().weight(1, 2) = 7;
  LayerParameters<TypeParam> gradient = this->layer_.MakeParameters();
  ASSERT_EQ(gradient.blocks().size(), 1u);
  EXPECT_EQ(gradient.blocks()[0].rows(), kInputs + 1);
  EXPECT_EQ(gradient.blocks()[0].columns(), kOutputs);
  EXPECT_THAT(gradient.blocks()[0].storage(), Each(0));
  gradient.view().weight(1, 2) = 3;
  EXPECT_EQ(gradient.blocks()[0](2, 1), 3);
  EXPECT_EQ(this->layer_.parameters().view().weight(1, 2), 7);

  // Views remain valid if parameters are moved.
  const LayerView<TypeParam> view = gradient.view();
  const LayerParameters<TypeParam> moved = std::move(gradient);
  view.bias(0) = 4;
  EXPECT_EQ(moved.blocks()[0](kInputs, 0), 4);
  EXPECT_EQ(moved.view().weight(1, 2), 3);
}

TYPED_TEST(DenseLayerTest, HasAWeightAloneWithoutABias) {
  DenseLayer<TypeParam> layer(kInputs, kOutputs, MakeSquare<TypeParam>(), /*has_bias=*/false);
  EXPECT_FALSE(layer.has_bias());
  EXPECT_TRUE(this->layer_.has_bias());
  EXPECT_EQ(layer.inputs(), kInputs);
  EXPECT_EQ(layer.outputs(), kOutputs);
  const LayerView<TypeParam>& view = layer.parameters().view();
  EXPECT_EQ(view.nodes, kOutputs);
  EXPECT_TRUE(view.bias.empty());
  EXPECT_EQ(view.bias.rank(), 0);
  EXPECT_EQ(layer.block().rows(), kInputs);
  const LayerParameters<TypeParam> gradient = layer.MakeParameters();
  EXPECT_EQ(gradient.blocks()[0].rows(), kInputs);
  EXPECT_TRUE(gradient.view().bias.empty());
  std::vector<ParameterRole> roles;
  view.ForEachParameter(
      [&](ParameterRole role, const ArrayView<TypeParam>&) { roles.push_back(role); });
  EXPECT_THAT(roles, ElementsAre(ParameterRole::kWeight));
  const Matrix<TypeParam>& block = layer.block();
  const double taken = static_cast<double>(block.rows() * block.stride()) * sizeof(TypeParam);
  EXPECT_LE(DenseLayer<TypeParam>::ParameterBytes(kInputs, kOutputs, /*has_bias=*/false), taken);
}

TYPED_TEST(DenseLayerTest, IsTrainedUntilItIsSaidNotToBe) {
  EXPECT_TRUE(this->layer_.is_trained());
  this->layer_.set_trained(false);
  EXPECT_FALSE(this->layer_.is_trained());
}

TYPED_TEST(DenseLayerTest, IsLinearWithoutAnActivation) {
  EXPECT_NE(this->layer_.activation(), nullptr);
  EXPECT_FALSE(this->layer_.is_odd());
  const DenseLayer<TypeParam> linear(kInputs, kOutputs, std::nullopt);
  EXPECT_EQ(linear.activation(), nullptr);
  EXPECT_EQ(linear.negative_slope(), std::nullopt);
  EXPECT_TRUE(linear.is_odd());
  EXPECT_EQ(linear.inputs(), kInputs);
  EXPECT_EQ(linear.outputs(), kOutputs);
}

TYPED_TEST(DenseLayerTest, TakesAtLeastTheBytesThatItSays) {
  const Matrix<TypeParam>& block = this->layer_.block();
  const double taken = static_cast<double>(block.rows() * block.stride()) * sizeof(TypeParam);
  EXPECT_LE(DenseLayer<TypeParam>::ParameterBytes(kInputs, kOutputs), taken);
  EXPECT_GE(DenseLayer<TypeParam>::ParameterBytes(kInputs, kOutputs), 0.5 * taken);
  // The number of bytes exceeds an int64.
  EXPECT_GE(DenseLayer<TypeParam>::ParameterBytes(std::ldexp(1.0, 62), std::ldexp(1.0, 62)),
            std::ldexp(1.0, 126));
}

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

TYPED_TEST(DenseLayerTest, VisitsItsParametersAsStateInPlace) {
  VisitedArrays state;
  this->layer_.VisitState(state);
  ASSERT_THAT(state.names, ElementsAre("weight", "bias"));
  const LayerView<TypeParam>& view = this->layer_.parameters().view();
  EXPECT_EQ(state.arrays[0].data(), view.weight.data());
  EXPECT_EQ(state.arrays[0].stride(1), view.weight.stride(1));
  EXPECT_EQ(state.arrays[1].data(), view.bias.data());

  DenseLayer<TypeParam> without(kInputs, kOutputs, std::nullopt, /*has_bias=*/false);
  VisitedArrays weight;
  without.VisitState(weight);
  EXPECT_THAT(weight.names, ElementsAre("weight"));
}

TYPED_TEST(DenseLayerTest, IsSeenInPlaceByTheNetworkThatOwnsIt) {
  std::vector<HiddenLayerPlan<TypeParam>> hidden;
  hidden.push_back({4, MakeSquare<TypeParam>()});
  hidden.push_back({6, MakeSquare<TypeParam>()});
  Network<TypeParam> network(kInputs, std::move(hidden), kOutputs);
  ASSERT_EQ(network.layers(), 3);
  ASSERT_EQ(network.view().size(), 3u);
  const NetworkView<const TypeParam> readable = std::as_const(network).view();
  for (int64_t l = 0; l < 3; ++l) {
    const LayerView<TypeParam>& view = network.layer(l).parameters().view();
    EXPECT_EQ(network.view()[l].weight.data(), view.weight.data());
    EXPECT_EQ(network.view()[l].bias.data(), view.bias.data());
    EXPECT_EQ(readable[l].weight.data(), view.weight.data());
    EXPECT_EQ(readable[l].bias.data(), view.bias.data());
    EXPECT_EQ(network.layer(l).inputs(), l == 0 ? kInputs : network.widths()[l - 1]);
  }
  EXPECT_THAT(network.widths(), ElementsAre(4, 6));
  EXPECT_EQ(network.outputs(), kOutputs);
  EXPECT_THAT(network.odd(), ElementsAre(false, false));
}

}  // namespace
}  // namespace didact
