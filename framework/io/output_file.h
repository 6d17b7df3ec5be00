// A file of any size that is written piece by piece and appears when it is complete.

#ifndef DIDACT_FRAMEWORK_IO_OUTPUT_FILE_H_
#define DIDACT_FRAMEWORK_IO_OUTPUT_FILE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// Until Commit, the bytes are in a file beside `path`, which is removed if Commit is never reached.
// Errors begin with the path and end with the system's words. Ownership: owns the open file.
// Memory: a buffer of 64 KiB. Threads: one at a time.
class OutputFile {
 public:
  // The directory must exist. Nothing at `path` is touched before Commit.
  static absl::StatusOr<OutputFile> Create(const std::string& path);

  // Standard output: what is appended is seen at once, and WriteAt refused.
  static OutputFile StandardOutput();

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  // As messages name it.
  std::string path() const { return path_; }

  // Writes behind all that was appended before.
  absl::Status Append(absl::string_view bytes);

  // Writes at byte `offset`, which may lie behind the end; what is between reads as zeros. A file
  // is written by Append or by WriteAt, not by both.
  absl::Status WriteAt(int64_t offset, absl::string_view bytes);

  // Makes the bytes durable and gives the file its name, in place of one that is there. To standard
  // output: writes what is left. Nothing may be written afterwards.
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
