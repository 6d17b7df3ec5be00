// The shape of the inputs or the outputs of a layer for one sample.

#ifndef DIDACT_FRAMEWORK_NETWORK_SAMPLE_SHAPE_H_
#define DIDACT_FRAMEWORK_NETWORK_SAMPLE_SHAPE_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace didact {

// A vector of features, or an image of several channels. All extents are at least 1 in a network.
struct SampleShape {
  int64_t channels = 0;  // features of a vector; nodes of a layer
  int64_t rows = 1;
  int64_t columns = 1;
  bool is_image = false;

  SampleShape() = default;

  // A vector of features.
  SampleShape(int64_t features) : channels(features) {}

  // An image.
  SampleShape(int64_t channels, int64_t rows, int64_t columns)
      : channels(channels), rows(rows), columns(columns), is_image(true) {}

  int64_t positions() const { return rows * columns; }
  int64_t features() const { return channels * positions(); }

  // Returns the number of features of a vector, or "[channels, rows, columns]" of an image with
  // their numbers.
  std::string ToString() const {
    return is_image ? absl::StrCat("[", channels, ", ", rows, ", ", columns, "]")
                    : absl::StrCat(channels);
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_SAMPLE_SHAPE_H_
