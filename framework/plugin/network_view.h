// The parameters of a network as plugins see them.

#ifndef DIDACT_FRAMEWORK_PLUGIN_NETWORK_VIEW_H_
#define DIDACT_FRAMEWORK_PLUGIN_NETWORK_VIEW_H_

#include <cstdint>
#include <type_traits>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"

namespace didact {

// The effect of a parameter: it multiplies an input of its node (weight) or is added to the sum
// (bias), or it multiplies the node's normalized value (gain) or is added to it (shift).
enum class ParameterRole { kWeight, kBias, kGain, kShift };

// Views of the parameters of one layer. The first dimension of each is `nodes`; an array that the
// layer does not have, such as the bias in a network with `bias: false`, is empty: rank 0, extents
// 0, no elements. Strides depend on the layer (rows need not be dense), so access elements through
// the views or through `AsTensor` (framework/kernels/xtensor_view.h).
template <class T>
struct LayerView {
  int64_t nodes = 0;      // hidden units; channels of a convolution; outputs of the final layer
  int64_t positions = 1;  // outputs per node (after pooling), computed with the same parameters
  // [nodes, fan-in]. The fan-in weights that belong to one node of the layer below are side by
  // side: those of a convolution are in the order channel, kernel row, kernel column; those of a
  // fully connected layer above a convolution in the order channel, row, column.
  ArrayView<T> weight;
  ArrayView<T> bias;   // [nodes]
  ArrayView<T> gain;   // [nodes]
  ArrayView<T> shift;  // [nodes]
  // The weight of a convolution in PyTorch's shape, [nodes, channels below, rows, columns]: the
  // same elements as `weight`. Empty for a fully connected layer.
  ArrayView<T> kernel;
  // Statistics of a normalization, [nodes], which training steps move and no optimizer changes.
  ArrayView<T> running_mean;
  ArrayView<T> running_variance;

  LayerView() = default;

  // A layer without normalization whose nodes have one position.
  LayerView(const ArrayView<T>& weight, const ArrayView<T>& bias)
      : nodes(weight.shape(0)), weight(weight), bias(bias) {}

  // Writable views convert to read-only ones.
  template <class U = T, class = std::enable_if_t<std::is_const_v<U>>>
  LayerView(const LayerView<std::remove_const_t<T>>& other)
      : nodes(other.nodes),
        positions(other.positions),
        weight(other.weight),
        bias(other.bias),
        gain(other.gain),
        shift(other.shift),
        kernel(other.kernel),
        running_mean(other.running_mean),
        running_variance(other.running_variance) {}

  // The weight in PyTorch's shape.
  const ArrayView<T>& shaped_weight() const { return kernel.rank() > 0 ? kernel : weight; }

  // Calls visit(ParameterRole, const ArrayView<T>&) for every parameter that the layer has, in the
  // order of the roles and in PyTorch's shapes.
  template <class Visit>
  void ForEachParameter(const Visit& visit) const {
    if (weight.rank() > 0) visit(ParameterRole::kWeight, shaped_weight());
    if (bias.rank() > 0) visit(ParameterRole::kBias, bias);
    if (gain.rank() > 0) visit(ParameterRole::kGain, gain);
    if (shift.rank() > 0) visit(ParameterRole::kShift, shift);
  }
};

// The layers of a network, from the first hidden layer to the final linear layer.
template <class T>
using NetworkView = absl::Span<const LayerView<T>>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_NETWORK_VIEW_H_
