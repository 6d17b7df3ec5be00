#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/augmentation.pb.h"

namespace didact {
namespace {

// Adds independent normal noise of mean 0 to every input component.
//
// Config:   didact.GaussianNoise; stddev >= 0 (required; 0: no noise).
// Shapes:   inputs [batch, features] of any shape of sample, changed in place.
// Gradient: none is taken through it.
// Errors:   building fails with INVALID_ARGUMENT when stddev is out of range; calls cannot fail.
// Threads:  immutable once built; may run concurrently.
// Numerics: row r draws from random.Split(r) alone; noise is drawn in double and then rounded.
// Source:   Bishop, Neural Computation 7 (1995), 108: training with noise is Tikhonov
//           regularization.
// Example:  train_augmentation { [didact/GaussianNoise] { stddev: 0.1 } }
template <class T>
class GaussianNoiseAugmentation final : public Augmentation<T> {
 public:
  explicit GaussianNoiseAugmentation(const GaussianNoise& config) : stddev_(config.stddev()) {}

  void Apply(const RandomStream& random, ArrayView<T> inputs) const override {
    for (int64_t r = 0; r < inputs.shape(0); ++r) {
      const RandomStream stream = random.Split(static_cast<uint64_t>(r));
      const absl::Span<T> row = inputs.row(r);
      // Normals are computed in pairs.
      for (size_t j = 0; j < row.size(); j += 2) {
        const auto [first, second] = stream.NormalPair(j / 2);
        row[j] += static_cast<T>(stddev_ * first);
        if (j + 1 < row.size()) row[j + 1] += static_cast<T>(stddev_ * second);
      }
    }
  }

 private:
  double stddev_;
};

}  // namespace

absl::Status RegisterGaussianNoise(PluginRegistry& registry) {
  return registry.Add<GaussianNoise, GaussianNoiseAugmentation>();
}

}  // namespace didact
