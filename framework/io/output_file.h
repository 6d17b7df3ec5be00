// A file of any size that is written piece by piece and appears once it is complete.

#ifndef DIDACT_FRAMEWORK_IO_OUTPUT_FILE_H_
#define DIDACT_FRAMEWORK_IO_OUTPUT_FILE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// Writes to a temporary file beside `path`, which Commit renames; without Commit the temporary file
// is removed.
//
// Errors: begin with the path and end with the description of the system error.
// Ownership: owns the open file.
// Memory: a buffer of 64 KiB.
// Threads: one at a time.
class OutputFile {
 public:
  // The directory must exist. A file at `path` is left unchanged until Commit.
  static absl::StatusOr<OutputFile> Create(const std::string& path);

  // Standard output: Append writes at once, and WriteAt is refused.
  static OutputFile StandardOutput();

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  // The name of the file in messages.
  std::string path() const { return path_; }

  // Writes after everything appended before.
  absl::Status Append(absl::string_view bytes);

  // Writes at byte `offset`, which may lie beyond the end; gaps read as zeros. Use either Append or
  // WriteAt for a file, not both.
  absl::Status WriteAt(int64_t offset, absl::string_view bytes);

  // Makes the bytes durable and renames the file to `path`, replacing an existing file. For
  // standard output, writes what is left. Nothing may be written afterwards.
  absl::Status Commit();

 private:
  OutputFile(std::string path, std::string temporary, int descriptor)
      : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

  absl::Status WriteBuffer();
  void Abandon();

  std::string path_;
  std::string temporary_;  // empty for standard output, and after Commit
  int descriptor_ = -1;
  std::string buffer_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_OUTPUT_FILE_H_
