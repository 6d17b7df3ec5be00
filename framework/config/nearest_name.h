// Finds the known name that a misspelled one probably stands for.

#ifndef DIDACT_FRAMEWORK_CONFIG_NEAREST_NAME_H_
#define DIDACT_FRAMEWORK_CONFIG_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace didact {

// Returns the one of `names` with the smallest edit distance from `name`; empty if none is close
// enough to be a misspelling.
std::string NearestName(absl::string_view name, const std::vector<std::string>& names);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_NEAREST_NAME_H_
