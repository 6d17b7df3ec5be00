#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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

// Cuts a part of the image's own size out of the image with a border of zeros around it.
//
// Config:   didact.RandomCrop; padding >= 0, the width of the border in pixels (required; 0: the
//           image stays).
// Shapes:   inputs [batch, channels * rows * columns], changed in place.
// Gradient: none is taken through it.
// Errors:   Prepare fails with INVALID_ARGUMENT when samples are no images, or when a crop could
//           lie outside of the image; calls cannot fail.
// Threads:  immutable once prepared; may run concurrently.
// Numerics: pixels are moved, or 0. Row r draws from random.Split(r) alone: number 0 for the
//           vertical and number 1 for the horizontal place, all places with equal probability.
// Source:   He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016,
//           section 4.2.
// Example:  train_augmentation { [didact/RandomCrop] { padding: 4 } }
template <class T>
class RandomCropAugmentation final : public Augmentation<T> {
 public:
  RandomCropAugmentation(const RandomCrop& config, const BuildContext& context)
      : padding_(config.padding()), path_(context.path) {}

  absl::Status Prepare(absl::Span<const int64_t> sample_shape) override {
    DIDACT_ASSIGN_OR_RETURN(shape_, ImageShapeOf(sample_shape, path_));
    const int64_t side = std::min(shape_.rows, shape_.columns);
    if (padding_ < side) return absl::OkStatus();
    return path_.Field("padding").Invalid(
        absl::StrCat("must be < ", side, ", since a crop of an image of ", shape_.rows, " x ",
                     shape_.columns, " pixels could otherwise lie outside of it, got ", padding_));
  }

  void Apply(const RandomStream& random, ArrayView<T> inputs) const override {
    const uint64_t places = 2 * static_cast<uint64_t>(padding_) + 1;
    for (int64_t r = 0; r < inputs.shape(0); ++r) {
      const RandomStream stream = random.Split(static_cast<uint64_t>(r));
      const int64_t down = static_cast<int64_t>(stream.UniformInteger(0, places)) - padding_;
      const int64_t right = static_cast<int64_t>(stream.UniformInteger(1, places)) - padding_;
      T* const image = inputs.row(r).data();
      for (int64_t channel = 0; channel < shape_.channels; ++channel) {
        Crop(down, right, image + channel * shape_.rows * shape_.columns);
      }
    }
  }

 private:
  // Writes the pixel that is `down` rows below and `right` columns beside each pixel of `plane` in
  // its place; 0 if there is none.
  void Crop(int64_t down, int64_t right, T* plane) const {
    const int64_t kept = shape_.columns - std::abs(right);
    const int64_t from = std::max<int64_t>(right, 0);
    const int64_t to = std::max<int64_t>(-right, 0);
    for (int64_t i = 0; i < shape_.rows; ++i) {
      // A row must be read before it is written.
      const int64_t row = down >= 0 ? i : shape_.rows - 1 - i;
      T* const target = plane + row * shape_.columns;
      if (row + down < 0 || row + down >= shape_.rows) {
        std::fill_n(target, shape_.columns, T(0));
        continue;
      }
      std::memmove(target + to, plane + (row + down) * shape_.columns + from, kept * sizeof(T));
      std::fill_n(target, to, T(0));
      std::fill_n(target + to + kept, from, T(0));
    }
  }

  int64_t padding_;
  FieldPath path_;
  ImageShape shape_;
};

}  // namespace

absl::Status RegisterRandomCrop(PluginRegistry& registry) {
  return registry.Add<RandomCrop, RandomCropAugmentation>();
}

}  // namespace didact
