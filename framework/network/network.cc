#include "didact/framework/network/network.h"

#include <optional>
#include <utility>

#include "didact/framework/network/dense_layer.h"

namespace didact {

template <class T>
Network<T>::Network(int64_t inputs, std::vector<HiddenLayerPlan<T>> hidden, int64_t outputs,
                    bool has_bias) {
  int64_t in = inputs;
  for (HiddenLayerPlan<T>& plan : hidden) {
    layers_.push_back(
        std::make_unique<DenseLayer<T>>(in, plan.width, std::move(plan.activation), has_bias));
    in = layers_.back()->outputs();
    widths_.push_back(in);
    odd_.push_back(layers_.back()->is_odd());
  }
  layers_.push_back(std::make_unique<DenseLayer<T>>(in, outputs, std::nullopt, has_bias));
  for (const std::unique_ptr<Layer<T>>& layer : layers_) {
    view_.push_back(layer->parameters().view());
    const_view_.emplace_back(view_.back());
  }
}

template <class T>
double NetworkBytes(int64_t inputs, const std::vector<HiddenLayerPlan<T>>& hidden, int64_t outputs,
                    bool has_bias) {
  double bytes = 0;
  double in = static_cast<double>(inputs);
  for (const HiddenLayerPlan<T>& plan : hidden) {
    const double width = static_cast<double>(plan.width);
    bytes += DenseLayer<T>::ParameterBytes(in, width, has_bias);
    in = width;
  }
  return bytes + DenseLayer<T>::ParameterBytes(in, static_cast<double>(outputs), has_bias);
}

template double NetworkBytes(int64_t, const std::vector<HiddenLayerPlan<float>>&, int64_t, bool);
template double NetworkBytes(int64_t, const std::vector<HiddenLayerPlan<double>>&, int64_t, bool);
template class Network<float>;
template class Network<double>;

}  // namespace didact
