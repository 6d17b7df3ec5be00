#include "didact/framework/io/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/descriptor.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/temporary_name.h"

namespace didact {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 16;

}  // namespace

absl::StatusOr<OutputFile> OutputFile::Create(const std::string& path) {
  if (IsDirectory(path)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a directory, a file is wanted"));
  }
  std::string temporary = TemporaryName(path);
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return SystemError(errno, path, "cannot be created");
  return OutputFile(path, std::move(temporary), descriptor);
}

OutputFile OutputFile::StandardOutput() { return OutputFile("standard output", "", STDOUT_FILENO); }

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(other.path_),
      temporary_(std::exchange(other.temporary_, std::string())),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)) {}

OutputFile::~OutputFile() { Abandon(); }

void OutputFile::Abandon() {
  if (temporary_.empty()) return;
  if (descriptor_ >= 0) close(descriptor_);
  unlink(temporary_.c_str());
}

absl::Status OutputFile::WriteBuffer() {
  const absl::Status written = WriteAll(descriptor_, buffer_, path_);
  buffer_.clear();
  return written;
}

absl::Status OutputFile::Append(absl::string_view bytes) {
  buffer_.reserve(kBufferBytes);
  if (buffer_.size() + bytes.size() > kBufferBytes) DIDACT_RETURN_IF_ERROR(WriteBuffer());
  if (bytes.size() > kBufferBytes) return WriteAll(descriptor_, bytes, path_);
  buffer_.append(bytes.data(), bytes.size());
  return absl::OkStatus();
}

absl::Status OutputFile::WriteAt(int64_t offset, absl::string_view bytes) {
  if (temporary_.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(path_, ": has no places to write at"));
  }
  while (!bytes.empty()) {
    const ssize_t count =
        pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      offset += count;
    } else if (errno != EINTR) {
      return SystemError(errno, path_, "cannot be written");
    }
  }
  return absl::OkStatus();
}

absl::Status OutputFile::Commit() {
  DIDACT_RETURN_IF_ERROR(WriteBuffer());
  if (temporary_.empty()) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(FlushAndClose(std::exchange(descriptor_, -1), path_));
  if (rename(temporary_.c_str(), path_.c_str()) != 0) {
    return SystemError(errno, path_, "cannot be replaced");
  }
  temporary_.clear();
  return FlushDirectory(DirectoryName(path_));
}

}  // namespace didact
