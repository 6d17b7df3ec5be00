// Small networks of hyperbolic tangents, and their function in long double, for tests of
// computations on networks.

#ifndef DIDACT_TESTS_TRAINING_PLAIN_NETWORK_H_
#define DIDACT_TESTS_TRAINING_PLAIN_NETWORK_H_

#include <cmath>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

template <class T>
class PlainTanh final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    for (size_t i = 0; i < activation.size(); ++i) activation[i] = std::tanh(pre_activation[i]);
  }
  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T> activation,
                            absl::Span<T> gradient) const override {
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] *= 1 - activation[i] * activation[i];
  }
  bool is_odd() const override { return true; }
};

// Returns a network whose weights and biases are normal numbers of standard deviation 0.5, drawn
// from the stream `name`.
template <class T>
std::unique_ptr<Network<T>> MakeTanhNetwork(int64_t inputs, const std::vector<int64_t>& widths,
                                            int64_t outputs, absl::string_view name) {
  std::vector<HiddenLayerPlan<T>> hidden;
  for (const int64_t width : widths) {
    hidden.push_back({width, {std::make_unique<PlainTanh<T>>(), "my.Tanh", FieldPath()}});
  }
  auto network = std::make_unique<Network<T>>(inputs, std::move(hidden), outputs);
  const RandomStream random(1, name);
  uint64_t index = 0;
  for (const LayerView<T>& layer : network->view()) {
    for (int64_t i = 0; i < layer.bias.shape(0); ++i) {
      for (int64_t j = 0; j < layer.weight.shape(1); ++j) {
        layer.weight(i, j) = static_cast<T>(0.5 * random.Normal(index++));
      }
      layer.bias(i) = static_cast<T>(0.5 * random.Normal(index++));
    }
  }
  return network;
}

// Returns a matrix of normal numbers, drawn from the stream `name`.
template <class T>
Matrix<T> NormalMatrix(int64_t rows, int64_t columns, absl::string_view name) {
  Matrix<T> matrix(rows, columns);
  const RandomStream random(2, name);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      matrix(i, j) = static_cast<T>(random.Normal(i * columns + j));
    }
  }
  return matrix;
}

// A change of the pre-activation of one node.
struct Nudge {
  size_t layer = 0;
  size_t node = 0;
  long double by = 0;
};

// Returns the activations of every hidden layer for one input, and the outputs as the last element.
template <class T>
std::vector<std::vector<long double>> PlainLayers(const Network<T>& network,
                                                  std::type_identity_t<absl::Span<const T>> input,
                                                  const Nudge& nudge = {}) {
  std::vector<long double> below(input.begin(), input.end());
  std::vector<std::vector<long double>> layers;
  const NetworkView<const T> weights = network.view();
  for (size_t l = 0; l < weights.size(); ++l) {
    std::vector<long double>& here = layers.emplace_back();
    for (int64_t i = 0; i < weights[l].bias.shape(0); ++i) {
      long double sum = weights[l].bias(i);
      for (size_t j = 0; j < below.size(); ++j) {
        sum += weights[l].weight(i, static_cast<int64_t>(j)) * below[j];
      }
      if (nudge.layer == l && nudge.node == here.size()) sum += nudge.by;
      here.push_back(l + 1 < weights.size() ? std::tanh(sum) : sum);
    }
    below = here;
  }
  return layers;
}

}  // namespace didact

#endif  // DIDACT_TESTS_TRAINING_PLAIN_NETWORK_H_
