#include "didact/framework/network/composed_layer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "didact/framework/network/activation_operation.h"
#include "didact/framework/network/batch_norm.h"
#include "didact/framework/network/flattening.h"
#include "didact/framework/network/layer_operation.h"
#include "didact/framework/network/pooling.h"

namespace didact {
namespace {

template <class T>
bool IsAffine(const HiddenLayerPlan<T>& plan) {
  return plan.batch_norm && plan.batch_norm->affine;
}

// Adds gain and shift, zeros, to the parameters of a linear map.
template <class T>
void AddGainAndShift(LayerParameters<T>& parameters) {
  LayerView<T> view = parameters.view();
  Matrix<T> block(2, view.nodes);
  view.gain = ArrayView<T>(block.data(), {view.nodes});
  view.shift = ArrayView<T>(block.data() + block.stride(), {view.nodes});
  parameters.AddBlock(std::move(block), view);
}

template <class T>
class ComposedPass final : public LayerPass<T> {
 public:
  ComposedPass(const ComposedLayer<T>& layer, int64_t capacity, PassScope scope) : layer_(layer) {
    const HiddenLayerPlan<T>& plan = layer.plan();
    const int64_t rows = capacity * layer.linear_shape().positions();
    const bool normalizes_first = plan.batch_norm && plan.batch_norm->before_activation;
    const bool normalizes_last = plan.batch_norm && !plan.batch_norm->before_activation;
    // A piecewise-linear activation is computed by the operation before it, and its derivative by
    // the one after it in the backward pass.
    const std::optional<T> slope = layer.negative_slope();
    linear_ =
        layer.linear().MakeLinearPass(capacity, normalizes_first ? T(1) : slope.value_or(1), scope);
    Matrix<T>* const in_place = scope == PassScope::kForward ? linear_->linear_outputs() : nullptr;
    const auto add_normalization = [&](const NeighbouringActivations<T>& activations) {
      batch_norm_ =
          &Add<BatchNormOperation<T>>(layer.parameters().view(), rows, activations, in_place);
    };
    if (normalizes_first) add_normalization({.after = slope.value_or(1)});
    if (!slope) {
      Add<ActivationOperation<T>>(plan.activation, rows, plan.width, in_place);
    } else if (!plan.batch_norm) {
      Add<GateOperation<T>>(*slope);
    }
    if (normalizes_last) add_normalization({.before = slope.value_or(1)});
    if (plan.pooling) {
      Add<PoolingOperation<T>>(*plan.pooling, layer.linear_shape(), capacity, scope);
    }
    last_by_nodes_ = operations_.size() - 1;
    if (layer.flattens()) Add<FlatteningOperation<T>>(layer.shape(), capacity, scope);
  }

  void Forward(const SampleRows<T>& inputs, PassMode mode, Workers* workers) override {
    linear_->Forward(inputs, mode, workers);
    const PassMode used = layer_.is_trained() ? mode : PassMode::kEvaluation;
    SampleRows<T> rows = linear_->activations();
    for (const std::unique_ptr<LayerOperation<T>>& operation : operations_) {
      operation->Forward(rows, used);
      rows = operation->output();
    }
  }

  SampleRows<T> activations() const override { return operations_.back()->output(); }
  ArrayView<const T> node_activations() const override {
    return operations_[last_by_nodes_]->output().view();
  }
  Matrix<T>& gradient() override { return *gradients_.back(); }
  ArrayView<const T> pre_activation_gradient() const override {
    return linear_->pre_activation_gradient();
  }

  std::optional<Gate<T>> gate() const override { return std::nullopt; }

  void PropagateToPreActivations() override {
    for (size_t i = operations_.size(); i-- > 0;) {
      operations_[i]->Backward(*gradients_[i], i == 0 ? linear_->gradient() : *gradients_[i - 1]);
    }
  }

  void Backward(LayerPass<T>& below, Workers* workers) const override {
    linear_->Backward(below, workers);
  }

  void ParameterGradient(const SampleRows<T>& inputs, T factor, bool accumulate,
                         LayerParameters<T>& gradient, Workers* workers) const override {
    linear_->ParameterGradient(inputs, factor, accumulate, gradient, workers);
    const LayerView<T>& view = gradient.view();
    if (view.gain.empty()) return;
    batch_norm_->ParameterGradient(factor, accumulate, view.gain, view.shift);
  }

  void ReadParameterGradient(const SampleRows<T>& inputs, LayerParameters<T>& gradient,
                             Workers* workers, ReadGradientPart<T> read) const override {
    linear_->ReadParameterGradient(inputs, gradient, workers, read);
    const LayerView<T>& view = gradient.view();
    if (view.gain.empty()) return;
    batch_norm_->ParameterGradient(T(1), /*accumulate=*/false, view.gain, view.shift);
    const size_t last = gradient.blocks().size() - 1;
    read(static_cast<int64_t>(last), 0, 0, std::as_const(gradient.blocks()[last]).view());
  }

  void UpdateStatistics(Layer<T>& layer) const override {
    if (batch_norm_ == nullptr) return;
    const LayerView<T>& view = layer.parameters().view();
    batch_norm_->UpdateStatistics(view.running_mean, view.running_variance);
  }

 private:
  template <class Operation, class... Arguments>
  Operation& Add(Arguments&&... arguments) {
    auto operation = std::make_unique<Operation>(std::forward<Arguments>(arguments)...);
    Operation& added = *operation;
    Matrix<T>& before = gradients_.empty() ? linear_->gradient() : *gradients_.back();
    gradients_.push_back(added.gradient() == nullptr ? &before : added.gradient());
    operations_.push_back(std::move(operation));
    return added;
  }

  const ComposedLayer<T>& layer_;
  std::unique_ptr<LayerPass<T>> linear_;
  std::vector<std::unique_ptr<LayerOperation<T>>> operations_;  // at least one
  // For each operation, the gradient with respect to its output.
  std::vector<Matrix<T>*> gradients_;
  BatchNormOperation<T>* batch_norm_ = nullptr;
  size_t last_by_nodes_ = 0;  // the last operation whose output is [batch * positions, nodes]
};

}  // namespace

template <class T>
ComposedLayer<T>::ComposedLayer(std::unique_ptr<Layer<T>> linear, const SampleShape& shape,
                                HiddenLayerPlan<T> plan, bool flattens)
    : Layer<T>(*linear, typename Layer<T>::SharedParameters()),
      linear_(std::move(linear)),
      plan_(std::move(plan)),
      linear_shape_(shape),
      shape_(plan_.pooling ? PooledShape(*plan_.pooling, shape) : shape),
      flattens_(flattens),
      negative_slope_(plan_.activation.Call("negative_slope", &Activation<T>::negative_slope)) {
  // The largest of several numbers is not an odd function of them.
  is_odd_ = plan_.activation.Call("is_odd", &Activation<T>::is_odd) &&
            !(plan_.pooling && plan_.pooling->is_maximum);
  LayerParameters<T>& parameters = this->parameters();
  if (IsAffine(plan_)) {
    AddGainAndShift(parameters);
    const ArrayView<T>& gain = parameters.view().gain;
    std::fill_n(gain.data(), gain.size(), T(1));
  }
  LayerView<T> view = parameters.view();
  view.positions = shape_.positions();
  if (plan_.batch_norm) {
    statistics_ = Matrix<T>(2, view.nodes);
    view.running_mean = ArrayView<T>(statistics_.data(), {view.nodes});
    view.running_variance = ArrayView<T>(statistics_.data() + statistics_.stride(), {view.nodes});
    std::fill_n(view.running_variance.data(), view.nodes, T(1));
  }
  parameters.set_view(view);
}

template <class T>
int64_t ComposedLayer<T>::least_training_batch() const {
  return plan_.batch_norm && linear_shape_.positions() == 1 ? 2 : 1;
}

template <class T>
LayerParameters<T> ComposedLayer<T>::MakeParameters() const {
  LayerParameters<T> parameters = linear_->MakeParameters();
  if (IsAffine(plan_)) AddGainAndShift(parameters);
  return parameters;
}

template <class T>
std::unique_ptr<LayerPass<T>> ComposedLayer<T>::MakePass(int64_t capacity, PassScope scope) const {
  return std::make_unique<ComposedPass<T>>(*this, capacity, scope);
}

template <class T>
double ComposedLayer<T>::PassBytes(int64_t capacity, PassScope scope) const {
  const double samples = static_cast<double>(capacity);
  const double nodes = static_cast<double>(plan_.width);
  const double rows = samples * static_cast<double>(linear_shape_.positions());
  const bool has_backward = scope == PassScope::kForwardAndBackward;
  double bytes = linear_->PassBytes(capacity, scope);
  // Otherwise the results are in the memory of the linear map.
  if (has_backward && !negative_slope_) bytes += MatrixBytes<T>(rows, nodes);
  if (has_backward && plan_.batch_norm) bytes += MatrixBytes<T>(rows, nodes);
  if (plan_.pooling) {
    const double pooled = samples * static_cast<double>(shape_.positions());
    bytes += (has_backward ? 2 : 1) * MatrixBytes<T>(pooled, nodes);
    if (has_backward && plan_.pooling->is_maximum) bytes += pooled * nodes * sizeof(T);
  }
  if (flattens_) {
    bytes +=
        (has_backward ? 2 : 1) * MatrixBytes<T>(samples, static_cast<double>(shape_.features()));
  }
  return bytes;
}

template <class T>
void ComposedLayer<T>::VisitState(StateVisitor& visitor) {
  linear_->VisitState(visitor);
  const LayerView<T>& view = this->parameters().view();
  if (!view.gain.empty()) {
    visitor.Visit("bn.weight", view.gain);
    visitor.Visit("bn.bias", view.shift);
  }
  if (view.running_mean.empty()) return;
  visitor.Visit("bn.running_mean", view.running_mean);
  visitor.Visit("bn.running_var", view.running_variance);
}

template class ComposedLayer<float>;
template class ComposedLayer<double>;

}  // namespace didact
