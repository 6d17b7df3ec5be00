// The lines of a file, one after another, without holding the file.

#ifndef DIDACT_FRAMEWORK_IO_LINE_READER_H_
#define DIDACT_FRAMEWORK_IO_LINE_READER_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/io/file_reader.h"

namespace didact {

// What no line of ours comes near: 16 MiB.
inline constexpr int64_t kDefaultMaxLineBytes = int64_t{1} << 24;

// Errors begin with the path: those of FileReader; OUT_OF_RANGE for a line of more than
// `max_line_bytes`. Memory: a buffer of 64 KiB, or twice the longest line. Threads: one at a time.
class LineReader {
 public:
  static absl::StatusOr<LineReader> Open(const std::string& path,
                                         int64_t max_line_bytes = kDefaultMaxLineBytes);

  // The next line, without the newline that ends it, good until the next call. False when there is
  // none; bytes behind the last newline are no line.
  absl::StatusOr<bool> Next(absl::string_view& line);

  std::string path() const { return file_.path(); }
  // Of the line that Next gave, from 1.
  int64_t number() const { return number_; }
  // Once Next has said false: whether there are bytes behind the last newline.
  bool is_torn() const { return begin_ < end_; }

 private:
  LineReader(FileReader file, int64_t max_line_bytes)
      : file_(std::move(file)), max_line_bytes_(max_line_bytes) {}

  FileReader file_;
  int64_t max_line_bytes_;
  int64_t number_ = 0;
  // What is read and not handed out: buffer_[begin_, end_), of which the first `searched_` bytes
  // hold no newline.
  std::string buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t searched_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_LINE_READER_H_
