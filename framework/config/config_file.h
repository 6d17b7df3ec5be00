// Reads config files.

#ifndef DIDACT_FRAMEWORK_CONFIG_CONFIG_FILE_H_
#define DIDACT_FRAMEWORK_CONFIG_CONFIG_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Far more than anybody writes, and little enough that no text of this size hurts.
inline constexpr int64_t kMaxConfigBytes = int64_t{8} << 20;

// Errors, each beginning with the path: the file is missing, unreadable, a directory, empty, larger
// than kMaxConfigBytes, or not UTF-8 text.
absl::StatusOr<std::string> ReadConfigFile(const std::string& path);

// A config's text, read once: a pipe gives it no second time.
struct ConfigFile {
  std::string path;          // as the user wrote it
  std::string folder;        // absolute: what relative file names in the text are relative to
  std::string short_folder;  // the same folder as `path` names it, for messages
  std::string text;
};

// Reads the text, and finds the folder: the one that the file lies in, or, where the file is no
// ordinary one (`/dev/stdin`, a pipe), the working directory. Errors: as ReadConfigFile and
// AbsoluteFolderOf.
absl::StatusOr<ConfigFile> OpenConfigFile(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_CONFIG_FILE_H_
