// A network with random weights, for checks of plugins that read or change weights.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_NETWORK_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_NETWORK_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "framework/base/array_view.h"
#include "framework/base/random.h"
#include "framework/conformance/guarded_matrix.h"
#include "framework/plugin/network_view.h"

namespace didact {

// Sizes from the inputs to the outputs: a teacher, and a student with twice as many hidden nodes.
inline std::vector<int64_t> TeacherSizes() { return {6, 5, 4, 3}; }
inline std::vector<int64_t> StudentSizes() { return {6, 10, 8, 3}; }

// Each layer is a block [in + 1, out], the bias last, with rows longer than needed, so that a
// plugin that ignores strides fails.
template <class T>
class SampleNetwork {
 public:
  explicit SampleNetwork(const std::vector<int64_t>& sizes) {
    blocks_.reserve(sizes.size() - 1);
    for (size_t l = 0; l + 1 < sizes.size(); ++l) {
      blocks_.emplace_back(sizes[l] + 1, sizes[l + 1]);
      const ArrayView<T> block = blocks_.back().view();
      weights_.push_back({block.rows(0, sizes[l]).transposed(),
                          ArrayView<T>(block.data() + sizes[l] * block.stride(0), {sizes[l + 1]})});
      const_weights_.push_back({weights_.back().weight, weights_.back().bias});
    }
  }
  SampleNetwork(const SampleNetwork&) = delete;
  SampleNetwork& operator=(const SampleNetwork&) = delete;

  void Randomize(const RandomStream& random) {
    for (size_t l = 0; l < blocks_.size(); ++l)
      blocks_[l].Randomize(random.Split(static_cast<uint64_t>(l)));
  }

  NetworkView<T> weights() { return weights_; }
  NetworkView<const T> const_weights() const { return const_weights_; }

  // One block [in + 1, out] per layer.
  std::vector<GuardedMatrix<T>>& blocks() { return blocks_; }
  const std::vector<GuardedMatrix<T>>& blocks() const { return blocks_; }

  // OK if all numbers are finite and nothing was written between the rows.
  absl::Status CheckSound() const {
    for (const GuardedMatrix<T>& block : blocks_) {
      for (const absl::Status& status : {block.CheckFinite(), block.CheckGuards()}) {
        if (!status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

 private:
  std::vector<GuardedMatrix<T>> blocks_;
  std::vector<LayerView<T>> weights_;
  std::vector<LayerView<const T>> const_weights_;
};

// The comparisons of guarded_matrix.h for all layers.
template <class T>
absl::Status CheckSameBits(const SampleNetwork<T>& expected, const SampleNetwork<T>& actual,
                           absl::string_view what) {
  for (size_t l = 0; l < expected.blocks().size(); ++l) {
    const absl::Status status = CheckSameBits(expected.blocks()[l], actual.blocks()[l],
                                              absl::StrCat(what, ", layer ", l, " [in + 1, out],"));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}
template <class Expected, class Actual>
absl::Status CheckClose(const SampleNetwork<Expected>& expected,
                        const SampleNetwork<Actual>& actual, double tolerance,
                        absl::string_view what) {
  for (size_t l = 0; l < expected.blocks().size(); ++l) {
    const absl::Status status = CheckClose(expected.blocks()[l], actual.blocks()[l], tolerance,
                                           absl::StrCat(what, ", layer ", l, " [in + 1, out],"));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_NETWORK_H_
