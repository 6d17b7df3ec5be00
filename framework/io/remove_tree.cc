#include "didact/framework/io/remove_tree.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "didact/framework/base/status.h"
#include "didact/framework/io/descriptor.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/temporary_name.h"

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
