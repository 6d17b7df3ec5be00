#include "didact/framework/io/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/descriptor.h"
#include "didact/framework/io/file.h"

namespace didact {
namespace {

constexpr int64_t kMaxOwnerBytes = 4096;

std::string ThisProcess() {
  std::array<char, 256> host = {};
  const bool named = gethostname(host.data(), host.size() - 1) == 0;
  return absl::StrCat("process ", getpid(), " on ", named ? host.data() : "an unknown host");
}

absl::Status IsHeld(const std::string& path) {
  const absl::StatusOr<std::string> owner = ReadFile(path, kMaxOwnerBytes);
  absl::string_view name = owner.ok() ? absl::StripAsciiWhitespace(*owner) : "";
  if (name.empty()) name = "another process";
  return absl::FailedPreconditionError(absl::StrCat(path, ": is held by ", name));
}

enum class Attempt { kLocked, kHeld, kFailed };

Attempt TryToLock(int descriptor, FileLock::Sharing sharing) {
  const int operation = sharing == FileLock::Sharing::kShared ? LOCK_SH : LOCK_EX;
  while (flock(descriptor, operation | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Attempt::kHeld;
    if (IsUnsupported(errno) || errno == ENOLCK) return Attempt::kLocked;
    if (errno != EINTR) return Attempt::kFailed;
  }
  return Attempt::kLocked;
}

// The last holder of a shared lock holds it exclusively while it removes the file, and so does
// CheckFree while it looks. Retrying keeps those short moments from turning other processes away.
Attempt TryToLockPatiently(int descriptor, FileLock::Sharing sharing) {
  constexpr int kAttempts = 20;
  constexpr useconds_t kPause = 5000;
  Attempt attempt = TryToLock(descriptor, sharing);
  for (int i = 1; i < kAttempts && attempt == Attempt::kHeld; ++i) {
    usleep(kPause);
    attempt = TryToLock(descriptor, sharing);
  }
  return attempt;
}

// Returns true if `path` is still the file that was opened; its last owner may have removed it
// since.
bool IsFileOf(const std::string& path, int descriptor) {
  struct stat opened;
  struct stat named;
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& path, Sharing sharing) {
  while (true) {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return SystemError(errno, path, "cannot be created");
    FileLock lock("", sharing, descriptor);  // closes the file on every return
    switch (TryToLockPatiently(descriptor, sharing)) {
      case Attempt::kHeld:
        return IsHeld(path);
      case Attempt::kFailed:
        return SystemError(errno, path, "cannot be locked");
      case Attempt::kLocked:
        break;
    }
    if (!IsFileOf(path, descriptor)) continue;
    lock.path_ = path;
    if (sharing == Sharing::kShared) return lock;
    // The owner's name only serves messages, so a full disk must not prevent the lock.
    const std::string owner = ThisProcess() + "\n";
    const bool said =
        ftruncate(descriptor, 0) == 0 &&
        pwrite(descriptor, owner.data(), owner.size(), 0) == static_cast<ssize_t>(owner.size());
    static_cast<void>(said);
    return lock;
  }
}

absl::Status FileLock::CheckFree(const std::string& path, Sharing sharing) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
  // Acquire reports any other error.
  if (descriptor < 0) return absl::OkStatus();
  const FileLock lock("", sharing, descriptor);
  return TryToLockPatiently(descriptor, sharing) == Attempt::kHeld ? IsHeld(path)
                                                                   : absl::OkStatus();
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  // Removed while it is locked: a process that opened the file before finds that it is gone and
  // creates a new one. Of several sharers, only the last can lock it exclusively.
  const bool is_last =
      sharing_ == Sharing::kAlone || TryToLock(descriptor_, Sharing::kAlone) == Attempt::kLocked;
  if (!path_.empty() && is_last) unlink(path_.c_str());
  close(descriptor_);
}

}  // namespace didact
