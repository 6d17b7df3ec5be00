// Config fields that give one number for each channel of an image, or one for all.

#ifndef DIDACT_FRAMEWORK_PLUGIN_CHANNEL_NUMBERS_H_
#define DIDACT_FRAMEWORK_PLUGIN_CHANNEL_NUMBERS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// Returns one number for each of `channels` channels. `numbers`: the field's, at `path`.
// Errors: INVALID_ARGUMENT at `path` unless there is one number for all channels or one for each.
inline absl::StatusOr<std::vector<double>> ChannelNumbers(absl::Span<const double> numbers,
                                                          int64_t channels, const FieldPath& path) {
  if (numbers.size() == 1) return std::vector<double>(channels, numbers[0]);
  if (static_cast<int64_t>(numbers.size()) == channels) {
    return std::vector<double>(numbers.begin(), numbers.end());
  }
  return path.Invalid(absl::StrCat("must have one number for all channels or one for each, ",
                                   channels, ", got ", numbers.size()));
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_CHANNEL_NUMBERS_H_
