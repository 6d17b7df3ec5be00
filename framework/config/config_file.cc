#include "didact/framework/config/config_file.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/text_encoding.h"
#include "didact/framework/io/file.h"

namespace didact {

absl::StatusOr<std::string> ReadConfigFile(const std::string& path) {
  absl::StatusOr<std::string> read = ReadFileOrPipe(path, kMaxConfigBytes);
  if (absl::IsOutOfRange(read.status())) {
    return absl::OutOfRangeError(absl::StrCat(path, ": has more than the ", kMaxConfigBytes >> 20,
                                              " MiB that a config may have; put numbers into "
                                              "files: data for [didact/NpyDataset], weights "
                                              "for [didact/NpzWeights]"));
  }
  DIDACT_ASSIGN_OR_RETURN(std::string bytes, std::move(read));
  DIDACT_ASSIGN_OR_RETURN(std::string text, DecodeUtf8(std::move(bytes), path));
  if (absl::StripAsciiWhitespace(text).empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is empty, a config in protobuf text format is wanted"));
  }
  const auto control = std::find_if(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) &&
           !absl::ascii_isspace(static_cast<unsigned char>(c));
  });
  if (control != text.end()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: must be a text file, got byte 0x%02x at offset %d", path,
                        static_cast<unsigned char>(*control), control - text.begin()));
  }
  return text;
}

absl::StatusOr<ConfigFile> OpenConfigFile(const std::string& path) {
  ConfigFile file;
  file.path = path;
  // The folder of such a name has no meaning for relative names in the text, whatever file is
  // behind the name.
  std::error_code error;
  const bool ordinary = std::filesystem::is_regular_file(path, error) &&
                        !absl::StartsWith(path, "/dev/") && !absl::StartsWith(path, "/proc/");
  DIDACT_ASSIGN_OR_RETURN(file.text, ReadConfigFile(path));
  DIDACT_ASSIGN_OR_RETURN(file.folder, AbsoluteFolderOf(ordinary ? path : ""));
  if (ordinary) file.short_folder = DirectoryName(path);
  return file;
}

}  // namespace didact
