#include "didact/framework/network/pass.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "didact/framework/kernels/elementwise.h"

namespace didact {

template <class T>
Pass<T>::Pass(const Network<T>& network, int64_t capacity, PassScope scope)
    : inputs_per_sample_(network.inputs()),
      capacity_(capacity),
      activation_views_(network.layers() - 1),
      gradient_views_(network.layers()) {
  for (int64_t l = 0; l < network.layers(); ++l) {
    layers_.push_back(network.layer(l).MakePass(capacity, scope));
  }
}

template <class T>
void Pass<T>::Forward(SampleRows<T> inputs, PassMode mode) {
  assert(inputs.rows <= capacity_ && inputs.columns == inputs_per_sample_);
  ForwardLayers(inputs, mode);
  inputs_ = inputs;
}

template <class T>
void Pass<T>::ForwardGathered(const Matrix<T>& samples, absl::Span<const int64_t> rows,
                              Matrix<T>& batch, PassMode mode) {
  const int64_t count = static_cast<int64_t>(rows.size());
  assert(count <= std::min(capacity_, batch.rows()));
  assert(samples.columns() == inputs_per_sample_ && batch.columns() == inputs_per_sample_);
  ForwardLayers(SampleRows<T>(samples, rows), mode);
  GatherRows(samples.data(), samples.stride(), samples.columns(), rows.data(), count, batch.data(),
             batch.stride());
  inputs_ = SampleRows<T>(batch, 0, count);
}

template <class T>
void Pass<T>::ForwardLayers(const SampleRows<T>& inputs, PassMode mode) {
  layers_.front()->Forward(inputs, mode, workers_);
  for (size_t l = 0; l < activation_views_.size(); ++l) {
    activation_views_[l] = layers_[l]->node_activations();
    const SampleRows<T> activations = layers_[l]->activations();
    layers_[l + 1]->Forward(activations, mode, workers_);
  }
}

template <class T>
void Pass<T>::Backward(int64_t lowest_layer) {
  gradient_views_.back() = layers_.back()->pre_activation_gradient();
  for (int64_t l = static_cast<int64_t>(layers_.size()) - 2; l >= lowest_layer; --l) {
    layers_[l + 1]->Backward(*layers_[l], workers_);
    gradient_views_[l] = layers_[l]->pre_activation_gradient();
  }
}

template <class T>
void Pass<T>::UpdateStatistics(Network<T>& network) const {
  for (size_t l = 0; l < layers_.size(); ++l) {
    layers_[l]->UpdateStatistics(network.layer(static_cast<int64_t>(l)));
  }
}

template <class T>
void Pass<T>::ParameterGradient(int64_t layer, T factor, bool accumulate,
                                LayerParameters<T>& gradient) const {
  layers_[layer]->ParameterGradient(InputsOf(layer), factor, accumulate, gradient, workers_);
}

template <class T>
void Pass<T>::ReadParameterGradient(int64_t layer, LayerParameters<T>& gradient,
                                    ReadGradientPart<T> read) const {
  layers_[layer]->ReadParameterGradient(InputsOf(layer), gradient, workers_, read);
}

template <class T>
double PassBytes(const Network<T>& network, int64_t capacity, PassScope scope) {
  double bytes = 0;
  for (int64_t l = 0; l < network.layers(); ++l) {
    bytes += network.layer(l).PassBytes(capacity, scope);
  }
  return bytes;
}

template double PassBytes(const Network<float>&, int64_t, PassScope);
template double PassBytes(const Network<double>&, int64_t, PassScope);
template class Pass<float>;
template class Pass<double>;

}  // namespace didact
