#include "framework/network/pass.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "framework/kernels/elementwise.h"
#include "framework/kernels/reduction.h"
#include "framework/network/parallel_gemm.h"
#include "framework/plugin/activation.h"

namespace didact {
namespace {

template <class T>
std::optional<T> NegativeSlope(const Network<T>& network, int64_t layer) {
  return network.activation(layer).Call("negative_slope", &Activation<T>::negative_slope);
}

}  // namespace

template <class T>
Pass<T>::Pass(const Network<T>& network, int64_t capacity)
    : network_(network), capacity_(capacity), outputs_(capacity, network.outputs()) {
  for (size_t l = 0; l < network.widths().size(); ++l) {
    const int64_t width = network.widths()[l];
    const bool fused = NegativeSlope(network, static_cast<int64_t>(l)).has_value();
    pre_activations_.push_back(fused ? Matrix<T>() : Matrix<T>(capacity, width));
    activations_.emplace_back(capacity, width);
    gradients_.emplace_back(capacity, width);
  }
  gradients_.emplace_back(capacity, network.outputs());
  activation_views_.resize(activations_.size());
  gradient_views_.resize(gradients_.size());
}

template <class T>
void Pass<T>::Forward(SampleRows<T> inputs) {
  assert(inputs.rows <= capacity_ && inputs.columns == network_.inputs());
  batch_ = inputs.rows;
  inputs_ = inputs.data;
  inputs_stride_ = inputs.stride;

  GemmArguments<T> first;
  first.a = inputs_;
  first.a_row_stride = inputs_stride_;
  ForwardLayers(first);
}

template <class T>
void Pass<T>::ForwardGathered(const Matrix<T>& samples, absl::Span<const int64_t> rows,
                              Matrix<T>& batch) {
  assert(static_cast<int64_t>(rows.size()) <= std::min(capacity_, batch.rows()));
  assert(samples.columns() == network_.inputs() && batch.columns() == network_.inputs());
  batch_ = static_cast<int64_t>(rows.size());
  inputs_ = batch.data();
  inputs_stride_ = batch.stride();

  GemmArguments<T> first;
  first.a = samples.data();
  first.a_row_stride = samples.stride();
  first.a_rows = rows.data();
  ForwardLayers(first);
  GatherRows(samples.data(), samples.stride(), samples.columns(), rows.data(), batch_, batch.data(),
             batch.stride());
}

template <class T>
void Pass<T>::ForwardLayers(GemmArguments<T> gemm) {
  gemm.padded = true;
  for (int64_t l = 0; l < network_.layers(); ++l) {
    const Matrix<T>& block = network_.block(l);
    const bool hidden = l + 1 < network_.layers();
    const std::optional<T> slope = hidden ? NegativeSlope(network_, l) : std::optional<T>();
    Matrix<T>& product = !hidden ? outputs_ : slope ? activations_[l] : pre_activations_[l];

    gemm.rows = batch_;
    gemm.columns = block.columns();
    gemm.depth = block.rows() - 1;
    gemm.b = block.data();
    gemm.b_stride = block.stride();
    gemm.c = product.data();
    gemm.c_stride = product.stride();
    gemm.initial_row = block.data() + gemm.depth * block.stride();
    gemm.epilogue = slope ? GemmEpilogue::kPiecewiseLinear : GemmEpilogue::kNone;
    gemm.slope = slope.value_or(T(0));
    ParallelGemm(gemm, workers_);
    if (!hidden) break;

    // Row by row, so that the padding stays zero.
    if (!slope) {
      for (int64_t i = 0; i < batch_; ++i) {
        network_.activation(l).Call("Apply", &Activation<T>::Apply, pre_activations_[l].row(i),
                                    activations_[l].row(i));
      }
    }
    activation_views_[l] = activations_[l].view().rows(0, batch_);
    gemm.a = activations_[l].data();
    gemm.a_row_stride = activations_[l].stride();
    gemm.a_rows = nullptr;
  }
}

template <class T>
void Pass<T>::Backward(int64_t lowest_layer) {
  gradient_views_.back() = gradients_.back().view().rows(0, batch_);
  for (int64_t l = network_.layers() - 2; l >= lowest_layer; --l) {
    const Matrix<T>& above = network_.block(l + 1);
    const Matrix<T>& upstream = gradients_[l + 1];
    const std::optional<T> slope = NegativeSlope(network_, l);

    GemmArguments<T> gemm;
    gemm.rows = batch_;
    gemm.columns = network_.widths()[l];
    gemm.depth = above.columns();
    gemm.a = upstream.data();
    gemm.a_row_stride = upstream.stride();
    gemm.b = above.data();
    gemm.b_stride = above.stride();
    gemm.b_transposed = true;
    gemm.c = gradients_[l].data();
    gemm.c_stride = gradients_[l].stride();
    gemm.padded = true;
    if (slope) {
      gemm.epilogue = GemmEpilogue::kPiecewiseLinearGradient;
      gemm.slope = *slope;
      gemm.gate = activations_[l].data();
      gemm.gate_stride = activations_[l].stride();
    }
    ParallelGemm(gemm, workers_);

    if (!slope) {
      for (int64_t i = 0; i < batch_; ++i) {
        network_.activation(l).Call("MultiplyByDerivative", &Activation<T>::MultiplyByDerivative,
                                    pre_activations_[l].row(i), activations_[l].row(i),
                                    gradients_[l].row(i));
      }
    }
    gradient_views_[l] = gradients_[l].view().rows(0, batch_);
  }
}

template <class T>
void Pass<T>::WeightGradient(int64_t layer, T factor, bool accumulate, Matrix<T>& block) const {
  const int64_t in = block.rows() - 1;
  const Matrix<T>& gradient = gradients_[layer];

  GemmArguments<T> gemm;
  gemm.rows = in;
  gemm.columns = block.columns();
  gemm.depth = batch_;
  gemm.a = layer == 0 ? inputs_ : activations_[layer - 1].data();
  gemm.a_row_stride = 1;
  gemm.a_depth_stride = layer == 0 ? inputs_stride_ : activations_[layer - 1].stride();
  gemm.b = gradient.data();
  gemm.b_stride = gradient.stride();
  gemm.c = block.data();
  gemm.c_stride = block.stride();
  gemm.alpha = factor;
  gemm.accumulate = accumulate;
  gemm.padded = true;
  ParallelGemm(gemm, workers_);
  ColumnSums(gradient.data(), gradient.stride(), batch_, block.columns(), factor, accumulate,
             block.data() + in * block.stride());
}

template <class T>
double PassBytes(const Network<T>& network, int64_t capacity) {
  // Outputs and activations, and the gradients of both.
  double bytes = 2 * MatrixBytes<T>(capacity, network.outputs());
  for (const int64_t width : network.widths()) bytes += 2 * MatrixBytes<T>(capacity, width);
  return bytes;
}

template double PassBytes(const Network<float>&, int64_t);
template double PassBytes(const Network<double>&, int64_t);
template class Pass<float>;
template class Pass<double>;

}  // namespace didact
