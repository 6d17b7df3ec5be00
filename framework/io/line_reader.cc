#include "didact/framework/io/line_reader.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 16;

}  // namespace

absl::StatusOr<LineReader> LineReader::Open(const std::string& path, int64_t max_line_bytes) {
  DIDACT_ASSIGN_OR_RETURN(FileReader file, FileReader::Open(path));
  return LineReader(std::move(file), max_line_bytes);
}

absl::StatusOr<bool> LineReader::Next(absl::string_view& line) {
  for (;;) {
    const absl::string_view unread(buffer_.data() + begin_, end_ - begin_);
    const size_t newline = unread.find('\n', searched_);
    if (newline != absl::string_view::npos) {
      line = unread.substr(0, newline);
      begin_ += newline + 1;
      searched_ = 0;
      ++number_;
      return true;
    }
    searched_ = unread.size();
    if (static_cast<int64_t>(unread.size()) > max_line_bytes_) {
      return absl::OutOfRangeError(absl::StrCat(
          file_.path(), ":", number_ + 1, ": the line has more than ", max_line_bytes_, " bytes"));
    }
    // A small file needs no larger buffer than its size.
    const size_t room = std::min<size_t>(kBufferBytes, std::max<int64_t>(file_.size() + 1, 512));
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, unread.size());
      end_ -= begin_;
      begin_ = 0;
    }
    if (buffer_.size() == end_) buffer_.resize(std::max(2 * end_, room));
    DIDACT_ASSIGN_OR_RETURN(
        const int64_t count,
        file_.Read(buffer_.data() + end_, static_cast<int64_t>(buffer_.size() - end_)));
    if (count == 0) return false;
    end_ += static_cast<size_t>(count);
  }
}

}  // namespace didact
