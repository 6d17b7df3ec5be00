#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/simd_map.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/channel_numbers.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/augmentation.pb.h"

namespace didact {
namespace {

// Subtracts a mean from each channel and divides by a standard deviation.
//
// Config:   didact.Normalize; mean and stddev > 0, one number for each channel or one for all (both
//           required).
// Shapes:   inputs [batch, features], changed in place. The channels of inputs that are no images
//           are their features.
// Units:    those of mean and stddev.
// Gradient: none is taken through it.
// Errors:   Prepare fails with INVALID_ARGUMENT when there are neither one number nor as many as
//           channels; calls cannot fail.
// Threads:  immutable once prepared; may run concurrently.
// Numerics: (x - mean) / stddev in T, with mean and stddev rounded to T. Draws no random numbers.
// Source:   LeCun, Bottou, Orr and Mueller, "Efficient BackProp" (1998), section 4.3.
// Example:  train_augmentation { [didact/Normalize] { mean: [0.49, 0.48, 0.45] stddev: 0.25 } }
template <class T>
class NormalizeAugmentation final : public Augmentation<T> {
 public:
  NormalizeAugmentation(const Normalize& config, const BuildContext& context)
      : mean_of_channel_(config.mean().begin(), config.mean().end()),
        stddev_of_channel_(config.stddev().begin(), config.stddev().end()),
        path_(context.path) {}

  absl::Status Prepare(absl::Span<const int64_t> sample_shape) override {
    DIDACT_ASSIGN_OR_RETURN(mean_, OfFeatures(mean_of_channel_, sample_shape, "mean"));
    DIDACT_ASSIGN_OR_RETURN(stddev_, OfFeatures(stddev_of_channel_, sample_shape, "stddev"));
    return absl::OkStatus();
  }

  bool is_random() const override { return false; }

  void Apply(const RandomStream&, ArrayView<T> inputs) const override {
    using Batch = xsimd::batch<T>;
    for (int64_t r = 0; r < inputs.shape(0); ++r) {
      const absl::Span<T> row = inputs.row(r);
      SimdMap(
          row, [](Batch x, Batch mean, Batch stddev) { return (x - mean) / stddev; }, row,
          absl::MakeConstSpan(mean_), absl::MakeConstSpan(stddev_));
    }
  }

 private:
  // Returns the number of each feature's channel.
  absl::StatusOr<std::vector<T>> OfFeatures(absl::Span<const double> numbers,
                                            absl::Span<const int64_t> sample_shape,
                                            absl::string_view field) const {
    DIDACT_ASSIGN_OR_RETURN(const std::vector<double> of_channels,
                            ChannelNumbers(numbers, sample_shape[0], path_.Field(field)));
    int64_t features_of_channel = 1;
    for (const int64_t extent : sample_shape.subspan(1)) features_of_channel *= extent;
    std::vector<T> of_features;
    for (const double number : of_channels) {
      of_features.insert(of_features.end(), features_of_channel, static_cast<T>(number));
    }
    return of_features;
  }

  std::vector<double> mean_of_channel_;
  std::vector<double> stddev_of_channel_;
  FieldPath path_;
  std::vector<T> mean_;    // [features]
  std::vector<T> stddev_;  // [features]
};

}  // namespace

absl::Status RegisterNormalize(PluginRegistry& registry) {
  return registry.Add<Normalize, NormalizeAugmentation>();
}

}  // namespace didact
