// The shape of samples that are images, for plugins that change images.

#ifndef DIDACT_FRAMEWORK_PLUGIN_IMAGE_SHAPE_H_
#define DIDACT_FRAMEWORK_PLUGIN_IMAGE_SHAPE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// An image's features are in the order channel, row, column.
struct ImageShape {
  int64_t channels = 0;
  int64_t rows = 0;
  int64_t columns = 0;
};

// Returns the shape of an image from the shape of a sample. `path`: that of the plugin's config.
// Errors: INVALID_ARGUMENT at `path` if the samples are no images.
inline absl::StatusOr<ImageShape> ImageShapeOf(absl::Span<const int64_t> sample_shape,
                                               const FieldPath& path) {
  if (sample_shape.size() == 3) {
    return ImageShape{sample_shape[0], sample_shape[1], sample_shape[2]};
  }
  return path.Invalid(
      absl::StrCat("needs images of shape [channels, rows, columns], got inputs of shape [",
                   absl::StrJoin(sample_shape, ", "), "]"));
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_IMAGE_SHAPE_H_
