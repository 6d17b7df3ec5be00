// The format of the log in which libwrite_recorder.so records a process's operations on files.

#ifndef DIDACT_TESTS_FAULTS_WRITE_LOG_H_
#define DIDACT_TESTS_FAULTS_WRITE_LOG_H_

#include <cstdint>

namespace didact {

enum class WriteKind : int32_t {
  kBegin,          // a process begins
  kMakeDirectory,  // path
  kOpen,           // path, file; value: the flags of open
  kWrite,          // file; value: the offset in the file; data
  kTruncate,       // file; value: the new length
  kFlush,          // file, which may be a directory
  kRename,         // path, and data: the new path
  kRemove,         // path of a file or of a directory
};

// Precedes every entry; `path_bytes` of the path and `data_bytes` of data follow. Calls that failed
// are not recorded. Paths are absolute and normal.
struct WriteHeader {
  WriteKind kind = WriteKind::kBegin;
  int32_t process = 0;
  int32_t file = 0;  // number of the file, counting those that the process has opened
  int64_t value = 0;
  uint64_t path_bytes = 0;
  uint64_t data_bytes = 0;
};

}  // namespace didact

#endif  // DIDACT_TESTS_FAULTS_WRITE_LOG_H_
