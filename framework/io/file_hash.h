// SHA-256 of whole files, by which it is seen that a file is still the one that was read before.

#ifndef DIDACT_FRAMEWORK_IO_FILE_HASH_H_
#define DIDACT_FRAMEWORK_IO_FILE_HASH_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "framework/base/stop.h"

namespace didact {

// The properties of a file that the system knows without reading it. They change when the file's bytes are
// changed, unless that happens within the resolution of the system's clock (some milliseconds).
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;           // bytes
  int64_t modified_time = 0;  // of the bytes, in ns
  int64_t changed_time = 0;   // of the bytes or the properties, in ns

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

struct HashedFile {
  std::string sha256;  // 64 lower-case hexadecimal digits
  FileStamp stamp;     // when the bytes were read
};

// The hash of a regular file. It is read for this, which takes about a second per gigabyte, once per
// process while path and stamp stay the same.
//
// Threads: safe to call from several; one reads a file, and those that want the same file wait.
// Errors:  begin with the path: NOT_FOUND and the like, INVALID_ARGUMENT for what is no regular file,
//          ABORTED for a file that was changed meanwhile; CANCELLED soon after `stop` is set.
absl::StatusOr<HashedFile> HashFile(const std::string& path, StopFlag stop = nullptr);

// True if the file at `path` still has this stamp.
bool HasStamp(const std::string& path, const FileStamp& stamp);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_FILE_HASH_H_
