#include "didact/framework/io/file_hash.h"

#include <sys/stat.h>

#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/sha256.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file_reader.h"

namespace didact {
namespace {

int64_t Nanoseconds(const timespec& time) {
  return static_cast<int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec;
}

absl::StatusOr<FileStamp> StampOf(const std::string& path) {
  struct stat properties;
  if (stat(path.c_str(), &properties) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be opened"));
  }
  // Reading from a pipe would take its bytes away from the next reader.
  if (!S_ISREG(properties.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is no regular file"));
  }
  return FileStamp{properties.st_dev, properties.st_ino, properties.st_size,
                   Nanoseconds(properties.st_mtim), Nanoseconds(properties.st_ctim)};
}

absl::StatusOr<std::string> HashBytes(const std::string& path, StopFlag stop) {
  DIDACT_ASSIGN_OR_RETURN(FileReader reader, FileReader::Open(path));
  std::vector<char> piece(size_t{1} << 20);
  Sha256Stream hash;
  while (true) {
    if (IsSet(stop)) return StoppedError();
    DIDACT_ASSIGN_OR_RETURN(const int64_t count,
                            reader.Read(piece.data(), static_cast<int64_t>(piece.size())));
    if (count == 0) return hash.Finish();
    hash.Add(absl::string_view(piece.data(), static_cast<size_t>(count)));
  }
}

// The hash of the file at one path, once computed.
struct Entry {
  std::mutex mutex;
  std::optional<HashedFile> hashed;
};

std::shared_ptr<Entry> EntryOf(const std::string& path) {
  static std::mutex* const mutex = new std::mutex();
  static auto* const entries = new std::map<std::string, std::shared_ptr<Entry>>();
  const std::lock_guard<std::mutex> lock(*mutex);
  std::shared_ptr<Entry>& entry = (*entries)[path];
  if (entry == nullptr) entry = std::make_shared<Entry>();
  return entry;
}

}  // namespace

absl::StatusOr<HashedFile> HashFile(const std::string& path, StopFlag stop) {
  DIDACT_RETURN_IF_ERROR(StampOf(path).status());
  const std::shared_ptr<Entry> entry = EntryOf(path);
  const std::lock_guard<std::mutex> lock(entry->mutex);
  DIDACT_ASSIGN_OR_RETURN(const FileStamp stamp, StampOf(path));
  if (entry->hashed && entry->hashed->stamp == stamp) return *entry->hashed;
  DIDACT_ASSIGN_OR_RETURN(std::string sha256, HashBytes(path, stop));
  if (!HasStamp(path, stamp)) {
    return absl::AbortedError(absl::StrCat(path, ": was changed while it was read"));
  }
  entry->hashed = HashedFile{std::move(sha256), stamp};
  return *entry->hashed;
}

bool HasStamp(const std::string& path, const FileStamp& stamp) {
  const absl::StatusOr<FileStamp> now = StampOf(path);
  return now.ok() && *now == stamp;
}

}  // namespace didact
