// Forward and backward passes of a network over a batch of samples.

#ifndef DIDACT_FRAMEWORK_NETWORK_PASS_H_
#define DIDACT_FRAMEWORK_NETWORK_PASS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "framework/base/workers.h"
#include "framework/kernels/matrix.h"
#include "framework/network/layer.h"
#include "framework/network/network.h"
#include "framework/network/sample_rows.h"

namespace didact {

// What a pass computes and the backward pass reads again. Memory is allocated at construction, for
// batches of up to `capacity` samples; passes allocate nothing. The network must outlive it.
//
// Threads: one pass at a time.
// Throws:  what activations do (ConfiguredPlugin::Call).
// Numerics: a sample's results do not depend on the other samples of the batch; weight gradients
//           are sums over the batch in ascending order.
template <class T>
class Pass {
 public:
  Pass(const Network<T>& network, int64_t capacity);

  int64_t capacity() const { return capacity_; }

  // Has large products computed by several cores, from now on; null for the caller alone. Results
  // stay the same, bit for bit. `workers` must outlive the pass or be replaced.
  void UseWorkers(Workers* workers) { workers_ = workers; }

  // Computes activations and outputs of the samples in `inputs` [batch, inputs], batch <= capacity.
  void Forward(SampleRows<T> inputs);
  // The same for the samples `rows` of `samples`, which it also copies to the first rows of `batch`
  // [>= batch, inputs], where the backward pass finds them. Faster than gathering them first: the
  // product computes while they arrive.
  void ForwardGathered(const Matrix<T>& samples, absl::Span<const int64_t> rows, Matrix<T>& batch);

  // After Forward, from output_gradient() [batch, outputs] (written by the caller): the gradients
  // with respect to the pre-activations of every layer from `lowest_layer` on.
  void Backward(int64_t lowest_layer);

  // After Backward, for a layer >= lowest_layer: adds `factor` times the gradient with respect to
  // the layer's parameters to `gradient`, or, unless `accumulate`, overwrites it.
  void ParameterGradient(int64_t layer, T factor, bool accumulate,
                         LayerParameters<T>& gradient) const;

  // Of the last batch: one matrix [batch, width] per hidden layer, after the nonlinearity.
  absl::Span<const ArrayView<const T>> activations() const { return activation_views_; }
  // [batch, outputs].
  ArrayView<const T> outputs() const { return layers_.back()->activations().view(); }
  // [batch, outputs], to be filled before Backward.
  ArrayView<T> output_gradient() { return layers_.back()->gradient().view().rows(0, inputs_.rows); }
  // One matrix [batch, width] per layer, the final one included; layers below the last Backward's
  // lowest_layer hold nothing of use.
  absl::Span<const ArrayView<const T>> gradients() const { return gradient_views_; }

 private:
  void ForwardLayers(const SampleRows<T>& inputs);

  int64_t inputs_per_sample_;
  int64_t capacity_;
  Workers* workers_ = nullptr;
  std::vector<std::unique_ptr<LayerPass<T>>> layers_;
  SampleRows<T> inputs_;  // of the last batch, for the backward pass
  std::vector<ArrayView<const T>> activation_views_;
  std::vector<ArrayView<const T>> gradient_views_;
};

// Bytes that a pass of this capacity takes at least.
template <class T>
double PassBytes(const Network<T>& network, int64_t capacity);

extern template class Pass<float>;
extern template class Pass<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_PASS_H_
