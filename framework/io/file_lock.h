// A lock between processes that ends with the process that holds it, even if that is killed.

#ifndef DIDACT_FRAMEWORK_IO_FILE_LOCK_H_
#define DIDACT_FRAMEWORK_IO_FILE_LOCK_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace didact {

// Holds a lock (flock) on a file created for it, either exclusively or shared with other processes.
// The file of an exclusive lock says which process on which host holds it. The last holder removes
// the file; a file that a killed process left behind is not locked. On a file system without such
// locks (for example Lustre without the mount option flock, or a folder that a virtual machine
// shares with its host) every process gets the lock.
//
// Ownership: owns the open file.
// Threads: one at a time.
class FileLock {
 public:
  enum class Sharing {
    kAlone,   // no other process may hold the lock
    kShared,  // other processes may share the lock
  };

  // Errors: FAILED_PRECONDITION if another owner, even in this process, holds the lock (`PATH: is
  // held by process 123 on HOST`); the system error if the file cannot be created. Does not wait
  // for the holder, but retries for at most a tenth of a second in case it is just ending.
  static absl::StatusOr<FileLock> Acquire(const std::string& path,
                                          Sharing sharing = Sharing::kAlone);

  // Returns the error that Acquire would return at this moment; creates no file.
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
