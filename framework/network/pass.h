// Forward and backward passes of a network over a batch of samples.

#ifndef DIDACT_FRAMEWORK_NETWORK_PASS_H_
#define DIDACT_FRAMEWORK_NETWORK_PASS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "framework/base/workers.h"
#include "framework/kernels/gemm_arguments.h"
#include "framework/kernels/matrix.h"
#include "framework/network/network.h"

namespace didact {

// Some consecutive rows of a Matrix, padding included.
template <class T>
struct SampleRows {
  const T* data = nullptr;
  int64_t stride = 0;
  int64_t rows = 0;
  int64_t columns = 0;

  SampleRows(const Matrix<T>& matrix, int64_t first, int64_t count)
      : data(matrix.data() + first * matrix.stride()),
        stride(matrix.stride()),
        rows(count),
        columns(matrix.columns()) {}

  ArrayView<const T> view() const { return ArrayView<const T>(data, {rows, columns}, {stride, 1}); }
};

// What a pass computes and the backward pass reads again. Memory is allocated at construction, for
// batches of up to `capacity` samples; passes allocate nothing.
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

  // After Backward, for a layer >= lowest_layer: adds `factor` times the weight gradient to `block`
  // [in + 1, out], or, unless `accumulate`, overwrites it.
  void WeightGradient(int64_t layer, T factor, bool accumulate, Matrix<T>& block) const;

  // Of the last batch: one matrix [batch, width] per hidden layer, after the nonlinearity.
  absl::Span<const ArrayView<const T>> activations() const { return activation_views_; }
  // [batch, outputs].
  ArrayView<const T> outputs() const { return outputs_.view().rows(0, batch_); }
  // [batch, outputs], to be filled before Backward.
  ArrayView<T> output_gradient() { return gradients_.back().view().rows(0, batch_); }
  // One matrix [batch, width] per layer, the final one included; layers below the last Backward's
  // lowest_layer hold nothing of use.
  absl::Span<const ArrayView<const T>> gradients() const { return gradient_views_; }

 private:
  // `gemm` has the first layer's A: the inputs.
  void ForwardLayers(GemmArguments<T> gemm);

  const Network<T>& network_;
  int64_t capacity_;
  Workers* workers_ = nullptr;
  int64_t batch_ = 0;
  const T* inputs_ = nullptr;
  int64_t inputs_stride_ = 0;

  // Only for layers whose activation is not fused into the product; else empty.
  std::vector<Matrix<T>> pre_activations_;
  std::vector<Matrix<T>> activations_;
  Matrix<T> outputs_;
  // Of the loss with respect to pre-activations (the final layer: outputs).
  std::vector<Matrix<T>> gradients_;
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
