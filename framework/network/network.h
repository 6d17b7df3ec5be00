// A fully connected network: its weights and its activations, without anything that a pass over
// samples needs.

#ifndef DIDACT_FRAMEWORK_NETWORK_NETWORK_H_
#define DIDACT_FRAMEWORK_NETWORK_NETWORK_H_

#include <cstdint>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "framework/kernels/matrix.h"
#include "framework/plugin/activation.h"
#include "framework/plugin/configured_plugin.h"
#include "framework/plugin/weights.h"

namespace didact {

// A hidden layer before it has weights.
template <class T>
struct HiddenLayerPlan {
  int64_t width = 0;
  ConfiguredPlugin<Activation<T>> activation;
};

// Hidden layers h_l = f_l(W_l h_{l-1} + b_l), l = 0, 1, ..., with h_{-1} the input, and a final
// linear layer.
//
// Layout:    a layer's weights are one block [in + 1, out], transposed with regard to the weight
//            [out, in] that plugins and files see, with the bias as its last row: the forward pass
//            and the weight gradient then stream over whole rows of it.
// Ownership: owns weights and activations. Views from weights() stay good until the network dies.
// Threads:   const methods may run concurrently.
template <class T>
class Network {
 public:
  // All weights are 0. Sizes are >= 1. Throws: what activations do (ConfiguredPlugin::Call).
  Network(int64_t inputs, std::vector<HiddenLayerPlan<T>> hidden, int64_t outputs);

  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return blocks_.back().columns(); }
  // Widths of the hidden layers.
  const std::vector<int64_t>& widths() const { return widths_; }
  // Hidden layers and the final one.
  int64_t layers() const { return static_cast<int64_t>(blocks_.size()); }

  // Block [in + 1, out] of layer l.
  Matrix<T>& block(int64_t layer) { return blocks_[layer]; }
  const Matrix<T>& block(int64_t layer) const { return blocks_[layer]; }

  // The nonlinearity of hidden layer l.
  const ConfiguredPlugin<Activation<T>>& activation(int64_t layer) const {
    return activations_[layer];
  }
  // True for each hidden layer whose nonlinearity is odd.
  absl::Span<const bool> odd() const { return odd_; }

  // The weights as plugins see them.
  NetworkWeights<T> weights() { return weights_; }
  NetworkWeights<const T> weights() const { return const_weights_; }

 private:
  int64_t inputs_;
  std::vector<int64_t> widths_;
  std::vector<ConfiguredPlugin<Activation<T>>> activations_;
  absl::InlinedVector<bool, 8> odd_;
  std::vector<Matrix<T>> blocks_;
  std::vector<LayerWeights<T>> weights_;
  std::vector<LayerWeights<const T>> const_weights_;
};

// The weight and bias inside a block [in + 1, out].
template <class T>
LayerWeights<T> WeightsOfBlock(Matrix<T>& block);

extern template class Network<float>;
extern template class Network<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_NETWORK_H_
