#include "framework/network/network.h"

#include <utility>

namespace didact {

template <class T>
LayerWeights<T> WeightsOfBlock(Matrix<T>& block) {
  const int64_t in = block.rows() - 1;
  const int64_t out = block.columns();
  return {ArrayView<T>(block.data(), {out, in}, {1, block.stride()}),
          ArrayView<T>(block.data() + in * block.stride(), {out})};
}

template <class T>
Network<T>::Network(int64_t inputs, std::vector<HiddenLayerPlan<T>> hidden, int64_t outputs)
    : inputs_(inputs) {
  int64_t in = inputs;
  for (HiddenLayerPlan<T>& layer : hidden) {
    widths_.push_back(layer.width);
    odd_.push_back(layer.activation.Call("is_odd", &Activation<T>::is_odd));
    activations_.push_back(std::move(layer.activation));
    blocks_.emplace_back(in + 1, layer.width);
    in = layer.width;
  }
  blocks_.emplace_back(in + 1, outputs);
  for (Matrix<T>& block : blocks_) {
    const LayerWeights<T> weights = WeightsOfBlock(block);
    weights_.push_back(weights);
    const_weights_.push_back({weights.weight, weights.bias});
  }
}

template LayerWeights<float> WeightsOfBlock(Matrix<float>& block);
template LayerWeights<double> WeightsOfBlock(Matrix<double>& block);
template class Network<float>;
template class Network<double>;

}  // namespace didact
