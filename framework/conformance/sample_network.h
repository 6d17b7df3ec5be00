// A network with random weights, for checks of plugins that read or change weights.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_NETWORK_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Sizes from the inputs to the outputs: a teacher, and a student with twice as many hidden nodes.
inline std::vector<int64_t> TeacherSizes() { return {6, 5, 4, 3}; }
inline std::vector<int64_t> StudentSizes() { return {6, 10, 8, 3}; }

// Fully connected layers, or a first hidden layer with several positions, such as a convolution.
// Rows in memory are longer than needed, and the elements of a weight are not in the order of its
// indices, so that a plugin that ignores strides fails. Without biases, plugins see none, and the
// numbers of parameters() that would be biases must not change.
template <class T>
class SampleNetwork {
 public:
  // `positions`: those of the first hidden layer.
  explicit SampleNetwork(const std::vector<int64_t>& sizes, bool has_bias = true,
                         int64_t positions = 1) {
    parameters_.reserve(2 * (sizes.size() - 1));
    for (size_t l = 0; l + 1 < sizes.size(); ++l) {
      const int64_t fan_in = l == 1 ? sizes[l] * positions : sizes[l];
      GuardedMatrix<T>& weight = parameters_.emplace_back(fan_in, sizes[l + 1]);
      GuardedMatrix<T>& bias = parameters_.emplace_back(1, sizes[l + 1]);
      weights_.push_back(
          {weight.view().transposed(),
           has_bias ? ArrayView<T>(bias.view().data(), {sizes[l + 1]}) : ArrayView<T>()});
      if (l == 0) weights_.back().positions = positions;
      const_weights_.push_back(weights_.back());
    }
  }
  SampleNetwork(const SampleNetwork&) = delete;
  SampleNetwork& operator=(const SampleNetwork&) = delete;

  void Randomize(const RandomStream& random) {
    for (size_t p = 0; p < parameters_.size(); ++p) {
      parameters_[p].Randomize(random.Split(static_cast<uint64_t>(p)));
    }
  }

  NetworkView<T> weights() { return weights_; }
  NetworkView<const T> const_weights() const { return const_weights_; }

  // The weight, transposed, and the bias of each layer in turn.
  const std::vector<GuardedMatrix<T>>& parameters() const { return parameters_; }

  // OK if all numbers are finite and nothing was written between the rows.
  absl::Status CheckSound() const {
    for (const GuardedMatrix<T>& parameter : parameters_) {
      for (const absl::Status& status : {parameter.CheckFinite(), parameter.CheckGuards()}) {
        if (!status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

 private:
  std::vector<GuardedMatrix<T>> parameters_;
  std::vector<LayerView<T>> weights_;
  std::vector<LayerView<const T>> const_weights_;
};

// Returns `what` with the layer and the name of SampleNetwork::parameters()[p].
inline std::string NumberedParameter(absl::string_view what, size_t p) {
  return absl::StrCat(what, ", layer ", p / 2,
                      p % 2 == 0 ? ", weight [in, out]," : ", bias [1, out],");
}

// CheckSameBits for all layers.
template <class T>
absl::Status CheckSameWeights(const SampleNetwork<T>& expected, const SampleNetwork<T>& actual,
                              absl::string_view what) {
  for (size_t p = 0; p < expected.parameters().size(); ++p) {
    const absl::Status status =
        CheckSameBits(expected.parameters()[p], actual.parameters()[p], NumberedParameter(what, p));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// CheckClose for all layers.
template <class Expected, class Actual>
absl::Status CheckCloseWeights(const SampleNetwork<Expected>& expected,
                               const SampleNetwork<Actual>& actual, double tolerance,
                               absl::string_view what) {
  for (size_t p = 0; p < expected.parameters().size(); ++p) {
    const absl::Status status = CheckClose(expected.parameters()[p], actual.parameters()[p],
                                           tolerance, NumberedParameter(what, p));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_NETWORK_H_
