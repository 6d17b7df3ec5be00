#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/image_shape.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/augmentation.pb.h"

namespace didact {
namespace {

// Mirrors images from left to right with a given probability.
//
// Config:   didact.RandomHorizontalFlip; probability in [0, 1] (default 0.5).
// Shapes:   inputs [batch, channels * rows * columns], changed in place.
// Gradient: none is taken through it.
// Errors:   Prepare fails with INVALID_ARGUMENT when samples are no images; calls cannot fail.
// Threads:  immutable once prepared; may run concurrently.
// Numerics: pixels are moved. Row r is mirrored if number 0 of random.Split(r), uniform in [0, 1),
//           is below the probability.
// Source:   He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016,
//           section 4.2.
// Example:  train_augmentation { [didact/RandomHorizontalFlip] {} }
template <class T>
class RandomHorizontalFlipAugmentation final : public Augmentation<T> {
 public:
  RandomHorizontalFlipAugmentation(const RandomHorizontalFlip& config, const BuildContext& context)
      : probability_(config.probability()), path_(context.path) {}

  absl::Status Prepare(absl::Span<const int64_t> sample_shape) override {
    DIDACT_ASSIGN_OR_RETURN(shape_, ImageShapeOf(sample_shape, path_));
    return absl::OkStatus();
  }

  void Apply(const RandomStream& random, ArrayView<T> inputs) const override {
    const int64_t rows = shape_.channels * shape_.rows;
    for (int64_t r = 0; r < inputs.shape(0); ++r) {
      if (random.Split(static_cast<uint64_t>(r)).Uniform(0) >= probability_) continue;
      T* pixels = inputs.row(r).data();
      for (int64_t i = 0; i < rows; ++i, pixels += shape_.columns) {
        std::reverse(pixels, pixels + shape_.columns);
      }
    }
  }

 private:
  double probability_;
  FieldPath path_;
  ImageShape shape_;
};

}  // namespace

absl::Status RegisterRandomHorizontalFlip(PluginRegistry& registry) {
  return registry.Add<RandomHorizontalFlip, RandomHorizontalFlipAugmentation>();
}

}  // namespace didact
