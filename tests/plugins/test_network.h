// The weights of a small network, in memory owned by the test, as initializers and projections
// receive them.

#ifndef DIDACT_TESTS_PLUGINS_TEST_NETWORK_H_
#define DIDACT_TESTS_PLUGINS_TEST_NETWORK_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Fully connected layers of the given sizes, beginning with the inputs: {10, 5, 7} has a hidden
// layer of 5 nodes and 7 outputs. A layer is stored as [in + 1, out] with the bias last and rows
// longer than needed, so that a plugin that ignores strides fails. All numbers are initially 0.
// Without biases, the last row belongs to the elements that must not change.
template <class T>
class TestNetwork {
 public:
  explicit TestNetwork(const std::vector<int64_t>& sizes, bool has_bias = true) {
    for (size_t l = 0; l + 1 < sizes.size(); ++l) {
      const int64_t in = sizes[l];
      const int64_t out = sizes[l + 1];
      const int64_t stride = out + kPadding;
      blocks_.emplace_back((in + 1) * stride, T(0));
      T* data = blocks_.back().data();
      for (int64_t i = 0; i <= in; ++i) {
        const int64_t first = i == in && !has_bias ? 0 : out;
        for (int64_t k = first; k < stride; ++k) data[i * stride + k] = kSentinel;
      }
      weights_.push_back({ArrayView<T>(data, {out, in}, {1, stride}),
                          has_bias ? ArrayView<T>(data + in * stride, {out}) : ArrayView<T>()});
      const_weights_.push_back({weights_.back().weight, weights_.back().bias});
    }
  }
  TestNetwork(TestNetwork&&) = default;

  const ArrayView<T>& weight(int64_t layer) const { return weights_[layer].weight; }
  const ArrayView<T>& bias(int64_t layer) const { return weights_[layer].bias; }
  int64_t layers() const { return static_cast<int64_t>(weights_.size()); }

  NetworkView<T> weights() { return weights_; }
  NetworkView<const T> const_weights() const { return const_weights_; }

  // Fills all weights and biases with normal numbers.
  void Randomize(uint64_t seed) {
    for (int64_t l = 0; l < layers(); ++l) {
      const RandomStream stream = RandomStream(seed, "test").Split(static_cast<uint64_t>(l));
      uint64_t index = 0;
      for (int64_t i = 0; i < weight(l).shape(0); ++i) {
        for (int64_t j = 0; j < weight(l).shape(1); ++j)
          weight(l)(i, j) = static_cast<T>(stream.Normal(index++));
        if (!bias(l).empty()) bias(l)(i) = static_cast<T>(stream.Normal(index));
        ++index;
      }
    }
  }

  // Returns all weights and biases, layer by layer and row by row, to compare networks.
  std::vector<T> Values() const {
    std::vector<T> values;
    for (int64_t l = 0; l < layers(); ++l) {
      for (int64_t i = 0; i < weight(l).shape(0); ++i) {
        for (int64_t j = 0; j < weight(l).shape(1); ++j) values.push_back(weight(l)(i, j));
        if (!bias(l).empty()) values.push_back(bias(l)(i));
      }
    }
    return values;
  }

  // Returns row i of a layer's weight.
  std::vector<T> Row(int64_t layer, int64_t i) const {
    std::vector<T> row;
    for (int64_t j = 0; j < weight(layer).shape(1); ++j) row.push_back(weight(layer)(i, j));
    return row;
  }

  std::vector<T> Bias(int64_t layer) const {
    std::vector<T> values;
    for (int64_t i = 0; i < bias(layer).shape(0); ++i) values.push_back(bias(layer)(i));
    return values;
  }

  // Returns true if the elements between the rows are unchanged.
  bool PaddingIsIntact() const {
    for (size_t l = 0; l < blocks_.size(); ++l) {
      const int64_t out = weights_[l].weight.shape(0);
      const int64_t rows = weights_[l].weight.shape(1) + (weights_[l].bias.empty() ? 0 : 1);
      for (size_t k = 0; k < blocks_[l].size(); ++k) {
        const int64_t row = static_cast<int64_t>(k) / (out + kPadding);
        const int64_t column = static_cast<int64_t>(k) % (out + kPadding);
        if ((column >= out || row >= rows) && blocks_[l][k] != kSentinel) return false;
      }
    }
    return true;
  }

 private:
  static constexpr int64_t kPadding = 3;
  static constexpr T kSentinel = T(-12345);

  std::vector<std::vector<T>> blocks_;
  std::vector<LayerView<T>> weights_;
  std::vector<LayerView<const T>> const_weights_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_PLUGINS_TEST_NETWORK_H_
