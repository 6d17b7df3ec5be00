#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/random_numbers.h"
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
// Numerics: row r draws from random.Split(r) alone, in T; floats are the doubles to float's
//           precision.
// Source:   Bishop, Neural Computation 7 (1995), 108: training with noise is Tikhonov
//           regularization.
// Example:  train_augmentation { [didact/GaussianNoise] { stddev: 0.1 } }
template <class T>
class GaussianNoiseAugmentation final : public Augmentation<T> {
 public:
  explicit GaussianNoiseAugmentation(const GaussianNoise& config)
      : stddev_(static_cast<T>(config.stddev())) {}

  void Apply(const RandomStream& random, ArrayView<T> inputs) const override {
    for (int64_t r = 0; r < inputs.shape(0); ++r) {
      const RandomStream stream = random.Split(static_cast<uint64_t>(r));
      const absl::Span<T> row = inputs.row(r);
      for (size_t j = 0; j < row.size(); j += kPiece) {
        T noise[kPiece];
        const size_t count = std::min(kPiece, row.size() - j);
        FillNormals(stream, j, absl::MakeSpan(noise, count));
        Axpy(stddev_, noise, row.data() + j, static_cast<int64_t>(count));
      }
    }
  }

 private:
  static constexpr size_t kPiece = 256;  // numbers on the stack

  T stddev_;
};

}  // namespace

absl::Status RegisterGaussianNoise(PluginRegistry& registry) {
  return registry.Add<GaussianNoise, GaussianNoiseAugmentation>();
}

}  // namespace didact
