// Reads a file line by line without holding the whole file in memory.

#ifndef DIDACT_FRAMEWORK_IO_LINE_READER_H_
#define DIDACT_FRAMEWORK_IO_LINE_READER_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/file_reader.h"

namespace didact {

// Default limit on the length of a line: 16 MiB, far above any line that Didact writes.
inline constexpr int64_t kDefaultMaxLineBytes = int64_t{1} << 24;

// Reads the lines of one file in order.
//
// Ownership: owns the open file.
// Errors:    begin with the path. Those of FileReader; OUT_OF_RANGE for a line of more than
//            `max_line_bytes`.
// Memory:    a buffer of 64 KiB, or twice the longest line.
// Threads:   one at a time.
class LineReader {
 public:
  static absl::StatusOr<LineReader> Open(const std::string& path,
                                         int64_t max_line_bytes = kDefaultMaxLineBytes);

  // Sets `line` to the next line without its newline, valid until the next call, and returns true;
  // returns false at the end. Bytes after the last newline are not a line.
  absl::StatusOr<bool> Next(absl::string_view& line);

  std::string path() const { return file_.path(); }
  // Number of the line that Next returned last, counted from 1.
  int64_t number() const { return number_; }
  // After Next has returned false: true if there are bytes after the last newline.
  bool is_torn() const { return begin_ < end_; }

 private:
  LineReader(FileReader file, int64_t max_line_bytes)
      : file_(std::move(file)), max_line_bytes_(max_line_bytes) {}

  FileReader file_;
  int64_t max_line_bytes_;
  int64_t number_ = 0;
  // The bytes read but not returned yet are buffer_[begin_, end_); the first `searched_` of them
  // contain no newline.
  std::string buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t searched_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_LINE_READER_H_
