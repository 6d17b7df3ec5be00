// Forward and backward passes of a network over a batch of samples.
//
// 1. A Pass is constructed for a network and a largest batch, and allocates all of its memory.
// 2. Forward computes activations and outputs.
// 3. For gradients, the caller writes output_gradient(), calls Backward once, and ParameterGradient
//    for each layer whose gradient it needs, or ReadParameterGradient if it need not keep it. A
//    step of plain gradient descent passes the layer's own parameters as `gradient`.
// 4. A training step ends with UpdateStatistics, which normalizations need.
//
// Example, a step of gradient descent on half the squared error, rate 0.1:
//
//   Pass<double> pass(network, /*capacity=*/16);
//   pass.Forward(SampleRows<double>(inputs, /*first=*/0, /*count=*/16), PassMode::kTraining);
//   const ArrayView<double> gradient = pass.output_gradient();  // [16, outputs]
//   for (int64_t i = 0; i < gradient.shape(0); ++i) {
//     for (int64_t k = 0; k < gradient.shape(1); ++k) {
//       gradient(i, k) = (pass.outputs()(i, k) - targets(i, k)) / 16;
//     }
//   }
//   pass.Backward(/*lowest_layer=*/0);
//   for (int64_t l = 0; l < network.layers(); ++l) {
//     pass.ParameterGradient(l, /*factor=*/-0.1, /*accumulate=*/true,
//                            network.layer(l).parameters());
//   }
//   pass.UpdateStatistics(network);

#ifndef DIDACT_FRAMEWORK_NETWORK_PASS_H_
#define DIDACT_FRAMEWORK_NETWORK_PASS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/sample_rows.h"

namespace didact {

// The results of a forward pass, which the backward pass reads again. Memory is allocated at
// construction, for batches of up to `capacity` samples; passes allocate nothing. The network must
// outlive the pass, and so must the inputs of Forward until the last ParameterGradient.
//
// Threads:  one call at a time.
// Throws:   exceptions of activations (ConfiguredPlugin::Call).
// Numerics: in evaluation mode, a sample's results do not depend on the other samples of the batch;
// weight gradients are sums over the batch in ascending order.
template <class T>
class Pass {
 public:
  // Backward and what follows it need the scope kForwardAndBackward.
  Pass(const Network<T>& network, int64_t capacity,
       PassScope scope = PassScope::kForwardAndBackward);

  int64_t capacity() const { return capacity_; }

  // From now on, lets `workers` compute parts of large products; null for the caller alone. Results
  // stay bitwise identical. `workers` must outlive the pass or be replaced.
  void UseWorkers(Workers* workers) { workers_ = workers; }

  // Computes activations and outputs of the samples in `inputs` [batch, inputs], batch <= capacity.
  // In training mode, layers that are trained normalize by the statistics of the batch.
  void Forward(SampleRows<T> inputs, PassMode mode = PassMode::kEvaluation);
  // Computes activations and outputs of the samples `rows` of `samples`, and copies these samples
  // to the first rows of `batch` [>= batch, inputs], where the backward pass finds them. Faster
  // than gathering them first, since computation and memory accesses overlap.
  void ForwardGathered(const Matrix<T>& samples, absl::Span<const int64_t> rows, Matrix<T>& batch,
                       PassMode mode = PassMode::kEvaluation);

  // Computes the gradients with respect to the pre-activations of the layers `lowest_layer` and
  // above. Before it, call Forward and write output_gradient() [batch, outputs].
  void Backward(int64_t lowest_layer);

  // Adds `factor` times the gradient with respect to the parameters of `layer`, not below the
  // lowest_layer of the last Backward, to `gradient` if `accumulate`; otherwise overwrites
  // `gradient` with it.
  void ParameterGradient(int64_t layer, T factor, bool accumulate,
                         LayerParameters<T>& gradient) const;

  // Computes the gradient with respect to the parameters of `layer` and calls `read` for parts of
  // it (LayerPass::ReadParameterGradient); `gradient` is memory that it may use.
  void ReadParameterGradient(int64_t layer, LayerParameters<T>& gradient,
                             ReadGradientPart<T> read) const;

  // Moves the running statistics of `network`, that of the constructor, towards those of the last
  // batch, if that was in training mode.
  void UpdateStatistics(Network<T>& network) const;

  // Outputs of the hidden layers for the last batch: one matrix [batch * positions, nodes] each.
  absl::Span<const ArrayView<const T>> activations() const { return activation_views_; }
  // [batch, outputs].
  ArrayView<const T> outputs() const { return layers_.back()->activations().view(); }
  // [batch, outputs], written by the caller before Backward.
  ArrayView<T> output_gradient() { return layers_.back()->gradient().view().rows(0, inputs_.rows); }
  // Gradients with respect to pre-activations, one matrix [batch * positions, nodes] per layer,
  // including the final one; undefined for layers below lowest_layer of the last Backward. The
  // positions are those before pooling.
  absl::Span<const ArrayView<const T>> gradients() const { return gradient_views_; }

 private:
  // Returns what `layer` read in the last Forward.
  SampleRows<T> InputsOf(int64_t layer) const {
    return layer == 0 ? inputs_ : layers_[layer - 1]->activations();
  }
  void ForwardLayers(const SampleRows<T>& inputs, PassMode mode);

  int64_t inputs_per_sample_;
  int64_t capacity_;
  Workers* workers_ = nullptr;
  std::vector<std::unique_ptr<LayerPass<T>>> layers_;
  SampleRows<T> inputs_;  // the last batch, for the backward pass
  std::vector<ArrayView<const T>> activation_views_;
  std::vector<ArrayView<const T>> gradient_views_;
};

// Lower bound on the bytes of a pass of this capacity and scope.
template <class T>
double PassBytes(const Network<T>& network, int64_t capacity,
                 PassScope scope = PassScope::kForwardAndBackward);

extern template class Pass<float>;
extern template class Pass<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_PASS_H_
