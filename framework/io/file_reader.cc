#include "didact/framework/io/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/io/descriptor.h"

namespace didact {

absl::StatusOr<FileReader> FileReader::Open(const std::string& path, Pipes pipes) {
  // Checked before opening, which may wait forever or have side effects.
  struct stat properties;
  if (stat(path.c_str(), &properties) != 0) {
    return SystemError(errno, path, "cannot be opened");
  }
  if (S_ISDIR(properties.st_mode)) {
    return FieldPath(path).Invalid("is a directory, a file is wanted");
  }
  if (S_ISFIFO(properties.st_mode) && pipes == Pipes::kRefused) {
    return FieldPath(path).Invalid("is a pipe, a regular file is wanted");
  }
  if (!S_ISREG(properties.st_mode) && !S_ISFIFO(properties.st_mode)) {
    return FieldPath(path).Invalid("is a device or socket, a file is wanted");
  }
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(errno, path, "cannot be opened");
  const int64_t size = S_ISREG(properties.st_mode) ? static_cast<int64_t>(properties.st_size) : 0;
  return FileReader(path, descriptor, size);
}

FileReader& FileReader::operator=(FileReader&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

FileReader::~FileReader() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<int64_t> FileReader::Read(char* buffer, int64_t size) {
  for (;;) {
    const ssize_t count = read(descriptor_, buffer, static_cast<size_t>(size));
    if (count >= 0) return static_cast<int64_t>(count);
    if (errno != EINTR) return SystemError(errno, path_, "cannot be read");
  }
}

absl::StatusOr<std::string> FileReader::ReadAt(int64_t offset, int64_t size) const {
  std::string bytes(static_cast<size_t>(size), '\0');
  size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t count = pread(descriptor_, bytes.data() + used, bytes.size() - used,
                                static_cast<off_t>(offset + static_cast<int64_t>(used)));
    if (count == 0) break;
    if (count > 0) {
      used += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      return SystemError(errno, path_, absl::StrCat("cannot be read at byte ", offset));
    }
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace didact
