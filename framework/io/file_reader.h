// Reads an open file from front to back.

#ifndef DIDACT_FRAMEWORK_IO_FILE_READER_H_
#define DIDACT_FRAMEWORK_IO_FILE_READER_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace didact {

// How to treat a path that names a pipe. Opening a pipe waits until another process opens it for
// writing, perhaps forever.
enum class Pipes { kRefused, kRead };

// A regular file, or a pipe, open for reading. Errors begin with the path.
// Ownership: owns the open file.
// Threads: one at a time, except for ReadAt.
class FileReader {
 public:
  // Errors: NOT_FOUND, PERMISSION_DENIED and the like; INVALID_ARGUMENT for a directory or a
  // device, and for a pipe if pipes are refused.
  static absl::StatusOr<FileReader> Open(const std::string& path, Pipes pipes = Pipes::kRefused);

  FileReader(FileReader&& other) noexcept
      : path_(std::move(other.path_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        size_(other.size_) {}
  FileReader& operator=(FileReader&& other) noexcept;
  ~FileReader();

  std::string path() const { return path_; }

  // Bytes in the file when it was opened; 0 for a pipe.
  int64_t size() const { return size_; }

  // Reads the next bytes into `buffer` and returns their number: between 1 and `size`, or 0 at the
  // end.
  absl::StatusOr<int64_t> Read(char* buffer, int64_t size);

  // Returns `size` bytes from byte `offset` on, fewer at the end of the file. Does not move the
  // position of Read. Not for pipes.
  absl::StatusOr<std::string> ReadAt(int64_t offset, int64_t size) const;

 private:
  FileReader(std::string path, int descriptor, int64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

  std::string path_;
  int descriptor_;
  int64_t size_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_FILE_READER_H_
