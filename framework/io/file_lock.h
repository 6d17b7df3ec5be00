// A lock between processes that ends with its owner, however that dies.

#ifndef DIDACT_FRAMEWORK_IO_FILE_LOCK_H_
#define DIDACT_FRAMEWORK_IO_FILE_LOCK_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace didact {

// Holds a lock (flock) on a file made for it: alone, and then the file says which process on which
// host holds it, or together with others. The file is removed when its last holder gives up the lock;
// one that a killed process left behind locks nobody out. On a file system without such locks every
// process gets the lock: Lustre without the mount option flock, for example.
//
// Ownership: owns the open file. Threads: one at a time.
class FileLock {
 public:
  enum class Sharing {
    kAlone,   // no other process may hold it
    kShared,  // others may hold it as well that share it
  };

  // Errors: FAILED_PRECONDITION when it is held, `PATH: is held by process 123 on HOST`, also by
  // this process; what the file system says when the file cannot be made. Does not wait for a holder
  // to end: it tries again for a tenth of a second at most, to get past one that is just ending.
  static absl::StatusOr<FileLock> Acquire(const std::string& path,
                                          Sharing sharing = Sharing::kAlone);

  // The same error when Acquire would have to report it at this moment; makes no file.
  static absl::Status CheckFree(const std::string& path, Sharing sharing = Sharing::kAlone);

  FileLock(FileLock&& other) noexcept
      : path_(std::move(other.path_)),
        sharing_(other.sharing_),
        descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(sharing_, other.sharing_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileLock();

 private:
  FileLock(std::string path, Sharing sharing, int descriptor)
      : path_(std::move(path)), sharing_(sharing), descriptor_(descriptor) {}

  std::string path_;
  Sharing sharing_;
  int descriptor_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_FILE_LOCK_H_
