#include "didact/framework/io/file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/descriptor.h"
#include "didact/framework/io/file_reader.h"
#include "didact/framework/io/growing_read.h"
#include "didact/framework/io/temporary_name.h"

namespace didact {
namespace {

absl::Status WriteTemporary(const std::string& temporary, const std::string& path,
                            absl::string_view bytes) {
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return SystemError(errno, path, "cannot be created");
  absl::Status written = WriteAll(descriptor, bytes, path);
  const absl::Status closed = FlushAndClose(descriptor, path);
  if (written.ok()) written = closed;
  if (written.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    written = SystemError(errno, path, "cannot be replaced");
  }
  return written;
}

absl::Status IsAFile(const std::string& path) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": is a file, a directory is wanted"));
}

// Makes the name of a directory itself durable, by flushing its parent.
absl::Status FlushNameOf(const std::string& directory) {
  const size_t end = directory.find_last_not_of('/');
  if (end == std::string::npos) return absl::OkStatus();
  const absl::Status flushed = FlushDirectory(DirectoryName(directory.substr(0, end + 1)));
  return absl::IsPermissionDenied(flushed) ? absl::OkStatus() : flushed;
}

// Returns the home folder of a user, of the caller if the name is empty; empty if there is none.
std::string HomeOf(const std::string& user) {
  const char* const variable = user.empty() ? std::getenv("HOME") : nullptr;
  if (variable != nullptr && *variable != '\0') return variable;
  passwd entry;
  std::array<char, 16384> words;
  passwd* found = nullptr;
  const int error = user.empty()
                        ? getpwuid_r(getuid(), &entry, words.data(), words.size(), &found)
                        : getpwnam_r(user.c_str(), &entry, words.data(), words.size(), &found);
  return error == 0 && found != nullptr ? found->pw_dir : "";
}

absl::StatusOr<std::string> ReadAll(const std::string& path, int64_t max_bytes, Pipes pipes) {
  DIDACT_ASSIGN_OR_RETURN(FileReader reader, FileReader::Open(path, pipes));
  std::string bytes;
  const auto read_some = [&reader](char* buffer, int64_t size) {
    return reader.Read(buffer, size);
  };
  DIDACT_ASSIGN_OR_RETURN(const StreamEnd end,
                          ReadGrowing(path, read_some, reader.size(), max_bytes, bytes));
  if (end == StreamEnd::kOverLimit) {
    return FieldPath(path).Error(
        absl::StatusCode::kOutOfRange,
        absl::StrCat("byte ", max_bytes, ": expected the end of the file here at the latest"));
  }
  return bytes;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes) {
  return ReadAll(path, max_bytes, Pipes::kRefused);
}

absl::StatusOr<std::string> ReadFileOrPipe(const std::string& path, int64_t max_bytes) {
  return ReadAll(path, max_bytes, Pipes::kRead);
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes) {
  if (IsDirectory(path)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a directory, a file is wanted"));
  }
  const std::string temporary = TemporaryName(path);
  if (absl::Status written = WriteTemporary(temporary, path, bytes); !written.ok()) {
    unlink(temporary.c_str());
    return written;
  }
  return FlushDirectory(DirectoryName(path));
}

absl::Status RemoveTemporaries(const std::string& directory) {
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(directory));
  bool is_changed = false;
  for (const std::string& name : names) {
    if (!IsTemporaryName(name)) continue;
    const std::string path = JoinPath(directory, name);
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return SystemError(error.value(), path, "cannot be removed");
    is_changed = true;
  }
  return is_changed ? FlushDirectory(directory) : absl::OkStatus();
}

absl::Status FlushDirectory(const std::string& directory) {
  const std::string name = directory.empty() ? "." : directory;
  const int descriptor = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(errno, name, "cannot be opened");
  return FlushAndClose(descriptor, name);
}

absl::Status RenameFile(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return SystemError(errno, from, absl::StrCat("cannot be renamed to ", to));
}

absl::Status TruncateFile(const std::string& path, int64_t bytes) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(errno, path, "cannot be opened for writing");
  absl::Status status;
  const off_t size = lseek(descriptor, 0, SEEK_END);
  if (size < bytes) {
    status = absl::OutOfRangeError(
        absl::StrCat(path, ": has ", size, " bytes, expected ", bytes, " or more"));
  } else if (size > bytes && ftruncate(descriptor, bytes) != 0) {
    status = SystemError(errno, path, "cannot be truncated");
  }
  const absl::Status closed = FlushAndClose(descriptor, path);
  return status.ok() ? closed : status;
}

absl::Status CreateDirectory(const std::string& path) {
  if (IsDirectory(path) || mkdir(path.c_str(), 0777) == 0) return absl::OkStatus();
  const int error = errno;
  // Another process may have created it first.
  if (IsDirectory(path)) return absl::OkStatus();
  if (error == EEXIST) return IsAFile(path);
  return SystemError(error, path, "cannot be created as a directory");
}

absl::Status CreateDirectories(const std::string& path) {
  if (PathExists(path) && !IsDirectory(path)) return IsAFile(path);
  // Listed before anything is created, so that a failure can remove what was created.
  std::vector<std::string> missing;  // innermost first
  for (std::string directory = path; !directory.empty() && !PathExists(directory);
       directory = DirectoryName(directory)) {
    missing.push_back(directory);
  }
  std::error_code error;
  std::filesystem::create_directories(path, error);
  absl::Status status = error ? SystemError(error.value(), path, "cannot be created as a directory")
                              : absl::OkStatus();
  if (status.ok() && missing.empty()) return FlushNameOf(path);
  for (auto made = missing.rbegin(); status.ok() && made != missing.rend(); ++made) {
    status = FlushNameOf(*made);
  }
  if (status.ok()) return status;
  for (const std::string& directory : missing) rmdir(directory.c_str());
  return status;
}

bool PathExists(const std::string& path) {
  struct stat properties;
  return stat(path.c_str(), &properties) == 0;
}

bool IsDirectory(const std::string& path) {
  struct stat properties;
  return stat(path.c_str(), &properties) == 0 && S_ISDIR(properties.st_mode);
}

std::string ExpandHome(absl::string_view path) {
  if (!absl::StartsWith(path, "~")) return std::string(path);
  const size_t end = std::min(path.find('/'), path.size());
  const std::string home = HomeOf(std::string(path.substr(1, end - 1)));
  if (home.empty()) return std::string(path);
  if (end == path.size()) return home;
  const size_t begin = std::min(path.find_first_not_of('/', end), path.size());
  return JoinPath(home, path.substr(begin));
}

std::string JoinPath(absl::string_view directory, absl::string_view name) {
  if (directory.empty() || absl::StartsWith(name, "/")) return std::string(name);
  if (absl::EndsWith(directory, "/")) return absl::StrCat(directory, name);
  return absl::StrCat(directory, "/", name);
}

std::string DirectoryName(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return "";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string BaseName(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == absl::string_view::npos ? path : path.substr(slash + 1));
}

absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  std::vector<std::string> names;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return SystemError(error.value(), path, "cannot be listed");
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return SystemError(errno, path, "cannot be removed");
  }
  return absl::OkStatus();
}

absl::StatusOr<LineWriter> LineWriter::Open(const std::string& path, Existing existing) {
  if (IsDirectory(path)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a directory, a file is wanted"));
  }
  const int emptied = existing == Existing::kReplace ? O_TRUNC : 0;
  const int descriptor =
      open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | emptied, 0666);
  if (descriptor < 0) return SystemError(errno, path, "cannot be opened for writing");
  return LineWriter(path, descriptor);
}

LineWriter& LineWriter::operator=(LineWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LineWriter::~LineWriter() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status LineWriter::Append(absl::string_view line) {
  if (descriptor_ < 0)
    return absl::FailedPreconditionError(absl::StrCat(path_, ": is closed already"));
  if (absl::StrContains(line, '\n')) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": a line must not contain a newline"));
  }
  const off_t end = lseek(descriptor_, 0, SEEK_END);
  absl::Status written = WriteAll(descriptor_, absl::StrCat(line, "\n"), path_);
  if (!written.ok() && end >= 0) {
    // The error is reported whether or not this succeeds.
    const bool taken_back = ftruncate(descriptor_, end) == 0;
    static_cast<void>(taken_back);
  }
  return written;
}

absl::Status LineWriter::Flush() {
  if (descriptor_ < 0)
    return absl::FailedPreconditionError(absl::StrCat(path_, ": is closed already"));
  return FlushDescriptor(descriptor_, path_);
}

absl::Status LineWriter::Close() {
  if (descriptor_ < 0)
    return absl::FailedPreconditionError(absl::StrCat(path_, ": is closed already"));
  return FlushAndClose(std::exchange(descriptor_, -1), path_);
}

}  // namespace didact
