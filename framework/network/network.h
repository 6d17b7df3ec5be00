// A network: a list of layers, separate from the memory that a pass over samples needs.

#ifndef DIDACT_FRAMEWORK_NETWORK_NETWORK_H_
#define DIDACT_FRAMEWORK_NETWORK_NETWORK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Hidden layers h_l = f_l(W_l h_{l-1} + b_l), l = 0, 1, ..., with h_{-1} the input, where W_l is a
// matrix or a convolution and f_l may normalize and pool; and a final linear layer, which is fully
// connected and has no nonlinearity. Without biases, there are no b_l.
//
// Example, 100 inputs, 20 hidden nodes and 50 outputs, where MyTanh is an Activation:
//
//   std::vector<HiddenLayerPlan<double>> hidden;
//   hidden.push_back({20, {std::make_unique<MyTanh<double>>(), "my.Tanh", FieldPath()}});
//   Network<double> network(/*inputs=*/100, std::move(hidden), /*outputs=*/50);
//   network.view()[0].weight(/*node=*/3, /*input=*/7) = 0.5;
//
// Ownership: owns its layers. Views from view() stay valid as long as the network.
// Threads:   const methods may run concurrently.
template <class T>
class Network {
 public:
  // Sizes are >= 1, and CheckShapes accepts the hidden layers (layer_plan.h). Without `has_bias`,
  // no layer has biases. All weights, biases, shifts and running means are 0 at first, gains and
  // running variances 1. Throws: exceptions of activations (ConfiguredPlugin::Call).
  Network(const SampleShape& inputs, std::vector<HiddenLayerPlan<T>> hidden, int64_t outputs,
          bool has_bias = true);

  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const SampleShape& input_shape() const { return input_shape_; }
  int64_t inputs() const { return layers_.front()->inputs(); }
  int64_t outputs() const { return layers_.back()->outputs(); }
  // Numbers of nodes of the hidden layers.
  const std::vector<int64_t>& widths() const { return widths_; }
  // Shapes of the outputs of the hidden layers.
  const std::vector<SampleShape>& shapes() const { return shapes_; }

  // Number of layers: the hidden ones and the final one.
  int64_t layers() const { return static_cast<int64_t>(layers_.size()); }
  Layer<T>& layer(int64_t layer) { return *layers_[layer]; }
  const Layer<T>& layer(int64_t layer) const { return *layers_[layer]; }

  // True for each hidden layer whose nonlinearity is odd.
  absl::Span<const bool> odd() const { return odd_; }

  // The parameters as plugins see them.
  NetworkView<T> view() { return view_; }
  NetworkView<const T> view() const { return const_view_; }

 private:
  std::vector<std::unique_ptr<Layer<T>>> layers_;
  SampleShape input_shape_;
  std::vector<int64_t> widths_;
  std::vector<SampleShape> shapes_;
  absl::InlinedVector<bool, 8> odd_;
  std::vector<LayerView<T>> view_;
  std::vector<LayerView<const T>> const_view_;
};

// Lower bound on the bytes of the parameters of such a network.
template <class T>
double NetworkBytes(const SampleShape& inputs, const std::vector<HiddenLayerPlan<T>>& hidden,
                    int64_t outputs, bool has_bias = true);

extern template class Network<float>;
extern template class Network<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_NETWORK_H_
