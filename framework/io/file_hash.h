// SHA-256 of whole files, to detect that a file has changed since it was read.

#ifndef DIDACT_FRAMEWORK_IO_FILE_HASH_H_
#define DIDACT_FRAMEWORK_IO_FILE_HASH_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "didact/framework/base/stop.h"

namespace didact {

// File properties that the system reports without reading the file. They change with the file's
// bytes, unless that happens within the resolution of the system's clock (some milliseconds).
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;           // bytes
  int64_t modified_time = 0;  // last change of the bytes, in ns
  int64_t changed_time = 0;   // last change of the bytes or the properties, in ns

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

struct HashedFile {
  std::string sha256;  // 64 lower-case hexadecimal digits
  FileStamp stamp;     // taken when the bytes were read
};

// Returns the hash of a regular file. Reading takes about a second per gigabyte; within a process
// the result is kept for as long as path and stamp stay the same.
//
// Threads: safe to call from several; threads that want the same file wait for the one reading it.
// Errors: begin with the path. NOT_FOUND and the like; INVALID_ARGUMENT unless it is a regular
// file; ABORTED if the file changed while it was read; CANCELLED soon after `stop` is set.
absl::StatusOr<HashedFile> HashFile(const std::string& path, StopFlag stop = nullptr);

// Returns true if the file at `path` still has this stamp.
bool HasStamp(const std::string& path, const FileStamp& stamp);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_FILE_HASH_H_
