// The parameters of a network as plugins see them.

#ifndef DIDACT_FRAMEWORK_PLUGIN_NETWORK_VIEW_H_
#define DIDACT_FRAMEWORK_PLUGIN_NETWORK_VIEW_H_

#include <cstdint>
#include <type_traits>

#include "absl/types/span.h"
#include "framework/base/array_view.h"

namespace didact {

// What a parameter does to the pre-activations of its node: multiply what the node reads (weight),
// be added (bias), or multiply and be added after a normalization (gain, shift).
enum class ParameterRole { kWeight, kBias, kGain, kShift };

// The parameters of one layer, seen in place. Each has a first dimension of `nodes`; an array that
// the layer does not have is empty. The strides are the layer's affair (rows need not be dense), so
// address elements through the views or through `AsTensor` (framework/kernels/xtensor_view.h).
template <class T>
struct LayerView {
  int64_t nodes = 0;      // hidden units; channels of a convolution; outputs of the final layer
  int64_t positions = 1;  // at which every node is computed with the same parameters
  ArrayView<T> weight;    // [nodes, fan-in]
  ArrayView<T> bias;      // [nodes]
  ArrayView<T> gain;      // [nodes]
  ArrayView<T> shift;     // [nodes]

  LayerView() = default;

  // A layer without normalization whose nodes have one position.
  LayerView(const ArrayView<T>& weight, const ArrayView<T>& bias)
      : nodes(weight.shape(0)), weight(weight), bias(bias) {}

  // Parameters that may be written may be read.
  template <class U = T, class = std::enable_if_t<std::is_const_v<U>>>
  LayerView(const LayerView<std::remove_const_t<T>>& other)
      : nodes(other.nodes),
        positions(other.positions),
        weight(other.weight),
        bias(other.bias),
        gain(other.gain),
        shift(other.shift) {}

  // Calls visit(ParameterRole, const ArrayView<T>&) for every parameter that the layer has, in the
  // order of the roles.
  template <class Visit>
  void ForEachParameter(const Visit& visit) const {
    if (weight.rank() > 0) visit(ParameterRole::kWeight, weight);
    if (bias.rank() > 0) visit(ParameterRole::kBias, bias);
    if (gain.rank() > 0) visit(ParameterRole::kGain, gain);
    if (shift.rank() > 0) visit(ParameterRole::kShift, shift);
  }
};

// The layers of a network from the input on: the hidden layers, then the final linear layer.
template <class T>
using NetworkView = absl::Span<const LayerView<T>>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_NETWORK_VIEW_H_
