// Pieces of configs in text format.

#ifndef DIDACT_TESTS_PARITY_CONFIG_TEXT_H_
#define DIDACT_TESTS_PARITY_CONFIG_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/parity/array.h"

namespace didact {

// Returns a number as text that reads back as the same double.
std::string Exact(double value);

// Return one field, on a line of its own, with a plugin of Didact: `fields` is the text of its
// config.
std::string InitializerField(absl::string_view plugin, absl::string_view fields);
std::string ProjectionField(absl::string_view plugin, absl::string_view fields);

// Returns the plugin of a constant learning rate, or of one that has `rates[i]` in epoch i.
std::string ConstantRate(double rate);
std::string RateOfEachEpoch(const Array& rates);

// Writes a config into `folder`, which must exist, and returns its path.
absl::StatusOr<std::string> WriteConfig(const std::string& folder, const std::string& text);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_CONFIG_TEXT_H_
