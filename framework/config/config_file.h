// Reads config files.

#ifndef DIDACT_FRAMEWORK_CONFIG_CONFIG_FILE_H_
#define DIDACT_FRAMEWORK_CONFIG_CONFIG_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Size limit of a config: far more than a config needs, and small enough to be parsed quickly.
inline constexpr int64_t kMaxConfigBytes = int64_t{8} << 20;

// Returns the text of a config file, without a byte order mark. Errors, each beginning with the path: the file is missing,
// unreadable, a directory, empty, larger than kMaxConfigBytes, or not UTF-8 text.
absl::StatusOr<std::string> ReadConfigFile(const std::string& path);

// The text of a config and where it came from. It is read only once, because a pipe cannot be read
// again.
struct ConfigFile {
  std::string path;          // as the user wrote it
  std::string folder;        // absolute; relative file names in the text are relative to it
  std::string short_folder;  // the same folder in the words of `path`, for messages
  std::string text;
};

// Reads the text and determines the folder: that of the file, or the working directory if the file
// is not a regular one (`/dev/stdin`, a pipe). Errors: those of ReadConfigFile and
// AbsoluteFolderOf.
absl::StatusOr<ConfigFile> OpenConfigFile(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_CONFIG_FILE_H_
