// Reads the text of a config file.

#ifndef DIDACT_FRAMEWORK_EXPERIMENT_CONFIG_FILE_H_
#define DIDACT_FRAMEWORK_EXPERIMENT_CONFIG_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Far more than anybody writes, and little enough that no text of this size hurts.
inline constexpr int64_t kMaxConfigBytes = int64_t{8} << 20;

// Errors, each beginning with the path: the file is missing, unreadable, a directory, empty, larger than
// kMaxConfigBytes, or not UTF-8 text.
absl::StatusOr<std::string> ReadConfigFile(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPERIMENT_CONFIG_FILE_H_
