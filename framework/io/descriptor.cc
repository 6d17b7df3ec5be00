#include "didact/framework/io/descriptor.h"

#include <unistd.h>

#include <cerrno>

#include "didact/framework/base/field_path.h"

namespace didact {

absl::Status SystemError(int error, absl::string_view path, absl::string_view problem) {
  const absl::Status system = absl::ErrnoToStatus(error, problem);
  return FieldPath(path).Error(system.code(), system.message());
}

bool IsUnsupported(int error) {
  // The kernel's own ENOTSUPP, which some file systems pass on although programs have no name for
  // it.
  constexpr int kKernelNotSupported = 524;
  return error == EINVAL || error == ENOSYS || error == ENOTSUP || error == EOPNOTSUPP ||
         error == ENOTTY || error == kKernelNotSupported;
}

absl::Status WriteAll(int descriptor, absl::string_view bytes, absl::string_view path) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno != EINTR) {
      return SystemError(errno, path, "cannot be written");
    }
  }
  return absl::OkStatus();
}

absl::Status FlushDescriptor(int descriptor, absl::string_view path) {
  if (fsync(descriptor) == 0 || IsUnsupported(errno)) return absl::OkStatus();
  return SystemError(errno, path, "cannot be flushed to the disk");
}

absl::Status FlushAndClose(int descriptor, absl::string_view path) {
  const absl::Status flushed = FlushDescriptor(descriptor, path);
  const int close_error = close(descriptor) == 0 ? 0 : errno;
  if (!flushed.ok()) return flushed;
  if (close_error != 0) return SystemError(close_error, path, "cannot be closed");
  return absl::OkStatus();
}

}  // namespace didact
