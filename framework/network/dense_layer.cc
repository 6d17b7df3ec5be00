#include "didact/framework/network/dense_layer.h"

#include <utility>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/gemm_arguments.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/framework/network/parallel_gemm.h"

namespace didact {
namespace {

template <class T>
LayerParameters<T> DenseParameters(int64_t inputs, int64_t outputs, bool has_bias) {
  std::vector<Matrix<T>> blocks;
  Matrix<T>& block = blocks.emplace_back(inputs + (has_bias ? 1 : 0), outputs);
  const LayerView<T> view(
      ArrayView<T>(block.data(), {outputs, inputs}, {1, block.stride()}),
      has_bias ? ArrayView<T>(block.data() + inputs * block.stride(), {outputs}) : ArrayView<T>());
  return LayerParameters<T>(std::move(blocks), view);
}

template <class T>
class DensePass final : public LayerPass<T> {
 public:
  // `activation`: null if the pass ends with the pre-activations, or with a piecewise-linear map of
  // them. `slope`: that of a piecewise-linear activation.
  DensePass(const DenseLayer<T>& layer, int64_t capacity,
            const ConfiguredPlugin<Activation<T>>* activation, std::optional<T> slope,
            PassScope scope)
      : layer_(layer),
        activation_(activation),
        slope_(slope),
        pre_activations_(IsFused() || scope == PassScope::kForward ? 0 : capacity, layer.outputs()),
        activations_(capacity, layer.outputs()),
        gradient_(scope == PassScope::kForward ? 0 : capacity, layer.outputs()) {}

  void Forward(const SampleRows<T>& inputs, PassMode, Workers* workers) override {
    batch_ = inputs.rows;
    const Matrix<T>& block = layer_.block();
    Matrix<T>& product = pre_activations_.empty() ? activations_ : pre_activations_;

    GemmArguments<T> gemm;
    gemm.rows = batch_;
    gemm.columns = block.columns();
    gemm.depth = layer_.inputs();
    gemm.a = inputs.data;
    gemm.a_row_stride = inputs.stride;
    gemm.a_rows = inputs.indices;
    gemm.b = block.data();
    gemm.b_stride = block.stride();
    gemm.c = product.data();
    gemm.c_stride = product.stride();
    if (layer_.has_bias()) gemm.initial_row = block.data() + gemm.depth * block.stride();
    gemm.epilogue = slope_ ? GemmEpilogue::kPiecewiseLinear : GemmEpilogue::kNone;
    gemm.slope = slope_.value_or(T(0));
    gemm.padded = true;
    ParallelGemm(gemm, workers);
    if (IsFused()) return;
    // Each row is a separate call, so that the padding remains zero.
    for (int64_t i = 0; i < batch_; ++i) {
      activation_->Call("Apply", &Activation<T>::Apply, std::as_const(product).row(i),
                        activations_.row(i));
    }
  }

  SampleRows<T> activations() const override { return SampleRows<T>(activations_, 0, batch_); }
  ArrayView<const T> node_activations() const override {
    return activations_.view().rows(0, batch_);
  }
  Matrix<T>* linear_outputs() override { return activation_ == nullptr ? &activations_ : nullptr; }
  Matrix<T>& gradient() override { return gradient_; }
  ArrayView<const T> pre_activation_gradient() const override {
    return gradient_.view().rows(0, batch_);
  }

  std::optional<Gate<T>> gate() const override {
    if (!slope_) return std::nullopt;
    return Gate<T>{activations_.data(), activations_.stride(), *slope_};
  }

  void PropagateToPreActivations() override {
    if (activation_ == nullptr) return;
    for (int64_t i = 0; i < batch_; ++i) {
      activation_->Call("MultiplyByDerivative", &Activation<T>::MultiplyByDerivative,
                        pre_activations_.row(i), activations_.row(i), gradient_.row(i));
    }
  }

  void Backward(LayerPass<T>& below, Workers* workers) const override {
    const Matrix<T>& block = layer_.block();
    Matrix<T>& gradient_below = below.gradient();
    const std::optional<Gate<T>> gate = below.gate();

    GemmArguments<T> gemm;
    gemm.rows = batch_;
    gemm.columns = layer_.inputs();
    gemm.depth = block.columns();
    gemm.a = gradient_.data();
    gemm.a_row_stride = gradient_.stride();
    gemm.b = block.data();
    gemm.b_stride = block.stride();
    gemm.b_transposed = true;
    gemm.c = gradient_below.data();
    gemm.c_stride = gradient_below.stride();
    gemm.padded = true;
    if (gate) {
      gemm.epilogue = GemmEpilogue::kPiecewiseLinearGradient;
      gemm.slope = gate->slope;
      gemm.gate = gate->activation;
      gemm.gate_stride = gate->stride;
    }
    ParallelGemm(gemm, workers);
    if (!gate) below.PropagateToPreActivations();
  }

  void ParameterGradient(const SampleRows<T>& inputs, T factor, bool accumulate,
                         LayerParameters<T>& gradient, Workers* workers) const override {
    Matrix<T>& block = gradient.blocks().front();
    GemmArguments<T> gemm = WeightGradient(inputs);
    gemm.c = block.data();
    gemm.c_stride = block.stride();
    gemm.alpha = factor;
    gemm.accumulate = accumulate;
    ParallelGemm(gemm, workers);
    if (!layer_.has_bias()) return;
    ColumnSums(gradient_.data(), gradient_.stride(), batch_, block.columns(), factor, accumulate,
               block.data() + layer_.inputs() * block.stride());
  }

  void ReadParameterGradient(const SampleRows<T>& inputs, LayerParameters<T>& gradient,
                             Workers* workers, ReadGradientPart<T> read) const override {
    ParallelGemmInParts(
        WeightGradient(inputs), workers,
        [read](int64_t first_row, int64_t first_column, const ArrayView<const T>& part) {
          read(0, first_row, first_column, part);
        });
    if (!layer_.has_bias()) return;
    Matrix<T>& block = gradient.blocks().front();
    const int64_t bias_row = layer_.inputs();
    ColumnSums(gradient_.data(), gradient_.stride(), batch_, block.columns(), T(1),
               /*accumulate=*/false, block.row(bias_row).data());
    read(0, bias_row, 0, std::as_const(block).view().rows(bias_row, 1));
  }

 private:
  // Returns the product that is the gradient with respect to the weights, [inputs, outputs].
  GemmArguments<T> WeightGradient(const SampleRows<T>& inputs) const {
    GemmArguments<T> gemm;
    gemm.rows = layer_.inputs();
    gemm.columns = layer_.outputs();
    gemm.depth = batch_;
    gemm.a = inputs.data;
    gemm.a_row_stride = 1;
    gemm.a_depth_stride = inputs.stride;
    gemm.b = gradient_.data();
    gemm.b_stride = gradient_.stride();
    gemm.padded = true;
    return gemm;
  }

  // True if the product itself computes the activations.
  bool IsFused() const { return activation_ == nullptr || slope_; }

  const DenseLayer<T>& layer_;
  const ConfiguredPlugin<Activation<T>>* const activation_;  // null if linear or piecewise linear
  const std::optional<T> slope_;                             // of the activation
  int64_t batch_ = 0;
  Matrix<T> pre_activations_;  // empty unless the backward pass reads them
  Matrix<T> activations_;
  Matrix<T> gradient_;
};

}  // namespace

template <class T>
DenseLayer<T>::DenseLayer(int64_t inputs, int64_t outputs,
                          std::optional<ConfiguredPlugin<Activation<T>>> activation, bool has_bias)
    : Layer<T>(DenseParameters<T>(inputs, outputs, has_bias)),
      inputs_(inputs),
      activation_(std::move(activation)) {
  is_odd_ = !activation_ || activation_->Call("is_odd", &Activation<T>::is_odd);
  if (activation_) {
    negative_slope_ = activation_->Call("negative_slope", &Activation<T>::negative_slope);
  }
}

template <class T>
LayerParameters<T> DenseLayer<T>::MakeParameters() const {
  return DenseParameters<T>(inputs(), outputs(), has_bias());
}

template <class T>
std::unique_ptr<LayerPass<T>> DenseLayer<T>::MakePass(int64_t capacity, PassScope scope) const {
  return std::make_unique<DensePass<T>>(*this, capacity, activation(), negative_slope_, scope);
}

template <class T>
std::unique_ptr<LayerPass<T>> DenseLayer<T>::MakeLinearPass(int64_t capacity, T negative_slope,
                                                            PassScope scope) const {
  const std::optional<T> slope =
      negative_slope == T(1) ? std::nullopt : std::optional<T>(negative_slope);
  return std::make_unique<DensePass<T>>(*this, capacity, /*activation=*/nullptr, slope, scope);
}

template <class T>
double DenseLayer<T>::PassBytes(int64_t capacity, PassScope scope) const {
  // Memory of the activations and, for a backward pass, of their gradient and the pre-activations.
  const bool has_backward = scope == PassScope::kForwardAndBackward;
  const double matrices = 1.0 + has_backward + (has_backward && activation_ && !negative_slope_);
  return matrices * MatrixBytes<T>(static_cast<double>(capacity), static_cast<double>(outputs()));
}

template <class T>
void DenseLayer<T>::VisitState(StateVisitor& visitor) {
  const LayerView<T>& view = this->parameters().view();
  visitor.Visit("weight", view.weight);
  if (!view.bias.empty()) visitor.Visit("bias", view.bias);
}

template <class T>
double DenseLayer<T>::ParameterBytes(double inputs, double outputs, bool has_bias) {
  return MatrixBytes<T>(inputs + (has_bias ? 1 : 0), outputs);
}

template class DenseLayer<float>;
template class DenseLayer<double>;

}  // namespace didact
