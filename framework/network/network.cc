#include "didact/framework/network/network.h"

#include <optional>
#include <utility>

#include "didact/framework/network/composed_layer.h"
#include "didact/framework/network/convolution_layer.h"
#include "didact/framework/network/dense_layer.h"

namespace didact {

namespace {

template <class T>
std::unique_ptr<Layer<T>> MakeLinear(const HiddenLayerPlan<T>& plan, const SampleShape& input,
                                     bool reads_samples, bool has_bias) {
  if (!plan.convolution) {
    return std::make_unique<DenseLayer<T>>(input.features(), plan.width, std::nullopt, has_bias);
  }
  return std::make_unique<ConvolutionLayer<T>>(*plan.convolution, input, plan.width, reads_samples,
                                               has_bias);
}

}  // namespace

template <class T>
Network<T>::Network(const SampleShape& inputs, std::vector<HiddenLayerPlan<T>> hidden,
                    int64_t outputs, bool has_bias)
    : input_shape_(inputs), shapes_(LayerShapes<T>(inputs, hidden)) {
  SampleShape below = inputs;
  for (size_t l = 0; l < hidden.size(); ++l) {
    HiddenLayerPlan<T>& plan = hidden[l];
    if (plan.is_plain()) {
      layers_.push_back(std::make_unique<DenseLayer<T>>(below.features(), plan.width,
                                                        std::move(plan.activation), has_bias));
    } else {
      const SampleShape linear = LinearShape(plan, below);
      const bool flattens =
          plan.convolution && (l + 1 == hidden.size() || !hidden[l + 1].convolution);
      std::unique_ptr<Layer<T>> map = MakeLinear(plan, below, /*reads_samples=*/l == 0, has_bias);
      layers_.push_back(
          std::make_unique<ComposedLayer<T>>(std::move(map), linear, std::move(plan), flattens));
    }
    below = shapes_[l];
    widths_.push_back(below.channels);
    odd_.push_back(layers_.back()->is_odd());
  }
  layers_.push_back(
      std::make_unique<DenseLayer<T>>(below.features(), outputs, std::nullopt, has_bias));
  for (const std::unique_ptr<Layer<T>>& layer : layers_) {
    view_.push_back(layer->parameters().view());
    const_view_.emplace_back(view_.back());
  }
}

template <class T>
double NetworkBytes(const SampleShape& inputs, const std::vector<HiddenLayerPlan<T>>& hidden,
                    int64_t outputs, bool has_bias) {
  double bytes = 0;
  SampleShape below = inputs;
  for (const HiddenLayerPlan<T>& plan : hidden) {
    bytes += DenseLayer<T>::ParameterBytes(FanIn(plan, below), static_cast<double>(plan.width),
                                           has_bias);
    below = LayerShape(plan, below);
  }
  const double features =
      static_cast<double>(below.channels) * static_cast<double>(below.positions());
  return bytes + DenseLayer<T>::ParameterBytes(features, static_cast<double>(outputs), has_bias);
}

template double NetworkBytes(const SampleShape&, const std::vector<HiddenLayerPlan<float>>&,
                             int64_t, bool);
template double NetworkBytes(const SampleShape&, const std::vector<HiddenLayerPlan<double>>&,
                             int64_t, bool);
template class Network<float>;
template class Network<double>;

}  // namespace didact
