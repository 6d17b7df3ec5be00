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

// The results of a forward pass, which the backward pass reads again. Memory is allocated at
// construction, for batches of up to `capacity` samples; passes allocate nothing. The network must
// outlive it.
//
// Threads:  one pass at a time.
// Throws:   exceptions of activations (ConfiguredPlugin::Call).
// Numerics: a sample's results do not depend on the other samples of the batch; weight gradients
//           are sums over the batch in ascending order.
template <class T>
class Pass {
 public:
  Pass(const Network<T>& network, int64_t capacity);

  int64_t capacity() const { return capacity_; }

  // From now on, lets `workers` compute parts of large products; null for the caller alone. Results
  // stay bitwise identical. `workers` must outlive the pass or be replaced.
  void UseWorkers(Workers* workers) { workers_ = workers; }

  // Computes activations and outputs of the samples in `inputs` [batch, inputs], batch <= capacity.
  void Forward(SampleRows<T> inputs);
  // Computes activations and outputs of the samples `rows` of `samples`, and copies these samples
  // to the first rows of `batch` [>= batch, inputs], where the backward pass finds them. Faster
  // than gathering them first, since computation and memory accesses overlap.
  void ForwardGathered(const Matrix<T>& samples, absl::Span<const int64_t> rows, Matrix<T>& batch);

  // Computes the gradients with respect to the pre-activations of every layer from `lowest_layer`
  // on. Call Forward first and write output_gradient() [batch, outputs].
  void Backward(int64_t lowest_layer);

  // Adds `factor` times the gradient with respect to the parameters of a layer >= lowest_layer to
  // `gradient`, or overwrites `gradient` unless `accumulate`. Call Backward first.
  void ParameterGradient(int64_t layer, T factor, bool accumulate,
                         LayerParameters<T>& gradient) const;

  // Activations of the last batch, after the nonlinearity: one matrix [batch, width] per hidden
  // layer.
  absl::Span<const ArrayView<const T>> activations() const { return activation_views_; }
  // [batch, outputs].
  ArrayView<const T> outputs() const { return layers_.back()->activations().view(); }
  // [batch, outputs], written by the caller before Backward.
  ArrayView<T> output_gradient() { return layers_.back()->gradient().view().rows(0, inputs_.rows); }
  // One matrix [batch, width] per layer, including the final one; undefined for layers below
  // lowest_layer of the last Backward.
  absl::Span<const ArrayView<const T>> gradients() const { return gradient_views_; }

 private:
  void ForwardLayers(const SampleRows<T>& inputs);

  int64_t inputs_per_sample_;
  int64_t capacity_;
  Workers* workers_ = nullptr;
  std::vector<std::unique_ptr<LayerPass<T>>> layers_;
  SampleRows<T> inputs_;  // the last batch, for the backward pass
  std::vector<ArrayView<const T>> activation_views_;
  std::vector<ArrayView<const T>> gradient_views_;
};

// Lower bound on the bytes of a pass of this capacity.
template <class T>
double PassBytes(const Network<T>& network, int64_t capacity);

extern template class Pass<float>;
extern template class Pass<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_PASS_H_
