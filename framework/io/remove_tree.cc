#include "framework/io/remove_tree.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "framework/base/status.h"
#include "framework/io/descriptor.h"
#include "framework/io/file.h"
#include "framework/io/temporary_name.h"

namespace didact {

absl::Status RemoveTree(const std::string& path) {
  const std::string removed = TemporaryName(path);
  if (std::rename(path.c_str(), removed.c_str()) != 0) {
    return errno == ENOENT ? absl::OkStatus() : SystemError(errno, path, "cannot be removed");
  }
  DIDACT_RETURN_IF_ERROR(FlushDirectory(DirectoryName(path)));
  std::error_code error;
  std::filesystem::remove_all(removed, error);
  return error ? SystemError(error.value(), path, "cannot be removed") : absl::OkStatus();
}

}  // namespace didact
