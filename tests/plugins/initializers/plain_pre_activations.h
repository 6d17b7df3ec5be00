// The pre-activations of a test network by plain loops.

#ifndef DIDACT_TESTS_PLUGINS_INITIALIZERS_PLAIN_PRE_ACTIVATIONS_H_
#define DIDACT_TESTS_PLUGINS_INITIALIZERS_PLAIN_PRE_ACTIVATIONS_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/plugin/initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {

// For samples that are given row by row. Hidden layers have the nonlinearity of ReLU with slope 0.5
// for negative arguments.
template <class T>
class PlainPreActivations final : public PreActivations<T> {
 public:
  // `network` must outlive it.
  PlainPreActivations(const TestNetwork<T>& network, std::vector<std::vector<T>> samples)
      : network_(network), samples_(std::move(samples)) {}

  ArrayView<const T> Compute(int64_t layer) override {
    const int64_t nodes = network_.bias(layer).shape(0);
    elements_.clear();
    for (std::vector<T> row : samples_) {
      for (int64_t l = 0; l <= layer; ++l) {
        if (l > 0) {
          for (T& activation : row) activation = activation > 0 ? activation : activation / 2;
        }
        std::vector<T> results;
        for (int64_t k = 0; k < network_.bias(l).shape(0); ++k) {
          T sum = network_.bias(l)(k);
          for (size_t j = 0; j < row.size(); ++j) sum += network_.weight(l)(k, j) * row[j];
          results.push_back(sum);
        }
        row = results;
      }
      elements_.insert(elements_.end(), row.begin(), row.end());
    }
    return ArrayView<const T>(elements_.data(), {static_cast<int64_t>(samples_.size()), nodes});
  }

 private:
  const TestNetwork<T>& network_;
  std::vector<std::vector<T>> samples_;
  std::vector<T> elements_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_PLUGINS_INITIALIZERS_PLAIN_PRE_ACTIVATIONS_H_
