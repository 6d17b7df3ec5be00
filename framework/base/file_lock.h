// A lock between processes that ends with its owner, however that dies.

#ifndef DIDACT_FRAMEWORK_BASE_FILE_LOCK_H_
#define DIDACT_FRAMEWORK_BASE_FILE_LOCK_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace didact {

// Holds a lock (flock) on a file made for it, which says which process on which host holds it. The
// file is removed when the lock is given up; one that a killed process left behind locks nobody out.
// On a file system without such locks every process gets the lock: Lustre without the mount option
// flock, for example.
//
// Ownership: owns the open file. Threads: one at a time.
class FileLock {
 public:
  // Errors: FAILED_PRECONDITION when it is held, `PATH: is held by process 123 on HOST`, also by
  // this process; what the file system says when the file cannot be made. Never waits.
  static absl::StatusOr<FileLock> Acquire(const std::string& path);

  // The same error when the lock is held at this moment; makes no file.
  static absl::Status CheckFree(const std::string& path);

  FileLock(FileLock&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileLock();

 private:
  FileLock(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_FILE_LOCK_H_
