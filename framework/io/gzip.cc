#include "didact/framework/io/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file_reader.h"
#include "didact/framework/io/growing_read.h"

namespace didact {
namespace {

constexpr int64_t kBufferBytes = int64_t{1} << 16;
constexpr uint8_t kMagic[] = {0x1f, 0x8b};

// zlib's code for the largest window, in data with a gzip header.
constexpr int kGzipWindow = 15 + 16;

}  // namespace

// The state of a GzipReader. zlib stores its address, so it never moves.
class GzipReader::Stream {
 public:
  Stream(std::string name, std::optional<FileReader> file, std::string bytes)
      : name_(std::move(name)), file_(std::move(file)), buffer_(std::move(bytes)) {
    if (file_.has_value()) {
      buffer_.resize(kBufferBytes);
    } else {
      buffered_ = static_cast<int64_t>(buffer_.size());
    }
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (compressed_) inflateEnd(&zlib_);
  }

  // Detects compression by the magic bytes.
  absl::Status Start() {
    DIDACT_RETURN_IF_ERROR(FillAtLeast(2));
    compressed_ = IsMagicNext();
    if (compressed_ && inflateInit2(&zlib_, kGzipWindow) != Z_OK) {
      compressed_ = false;
      return absl::ResourceExhaustedError(absl::StrCat(name_, ": not enough memory to inflate"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> Read(char* target, int64_t size) {
    int64_t written = 0;
    while (written < size) {
      absl::StatusOr<int64_t> count = compressed_ ? Inflate(target + written, size - written)
                                                  : Copy(target + written, size - written);
      if (!count.ok()) return count.status();
      if (*count == 0) break;
      written += *count;
    }
    position_ += written;
    return written;
  }

  const std::string& name() const { return name_; }
  bool compressed() const { return compressed_; }
  int64_t position() const { return position_; }

 private:
  int64_t available() const { return buffered_ - next_; }

  bool IsMagicNext() const {
    return available() >= 2 && std::memcmp(buffer_.data() + next_, kMagic, 2) == 0;
  }

  absl::Status ErrorHere(absl::string_view problem) const {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, ": byte ", dropped_ + next_, ": ", problem));
  }

  // Reads until `wanted` bytes are in the buffer or the file ends.
  absl::Status FillAtLeast(int64_t wanted) {
    if (!file_.has_value()) return absl::OkStatus();
    if (available() >= wanted) return absl::OkStatus();
    std::memmove(buffer_.data(), buffer_.data() + next_, static_cast<size_t>(available()));
    dropped_ += next_;
    buffered_ -= std::exchange(next_, 0);
    while (buffered_ < wanted) {
      DIDACT_ASSIGN_OR_RETURN(const int64_t count,
                              file_->Read(buffer_.data() + buffered_, kBufferBytes - buffered_));
      if (count == 0) break;
      buffered_ += count;
    }
    return absl::OkStatus();
  }

  // Skips the zeros with which tapes and block devices pad a file.
  absl::Status SkipZeros() {
    do {
      DIDACT_RETURN_IF_ERROR(FillAtLeast(1));
      if (available() == 0) return absl::OkStatus();
      while (available() > 0 && buffer_[static_cast<size_t>(next_)] == '\0') ++next_;
    } while (available() == 0);
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> Copy(char* target, int64_t size) {
    DIDACT_RETURN_IF_ERROR(FillAtLeast(1));
    const int64_t count = std::min(size, available());
    std::memcpy(target, buffer_.data() + next_, static_cast<size_t>(count));
    next_ += count;
    return count;
  }

  // Inflates until there is at least one byte; returns 0 at the end of the last member.
  absl::StatusOr<int64_t> Inflate(char* target, int64_t size) {
    for (;;) {
      if (member_ended_) {
        DIDACT_RETURN_IF_ERROR(SkipZeros());
        DIDACT_RETURN_IF_ERROR(FillAtLeast(2));
        if (available() == 0) return 0;
        if (!IsMagicNext()) return ErrorHere("expected the end of the file behind the gzip data");
        inflateReset(&zlib_);
        member_ended_ = false;
      }
      DIDACT_RETURN_IF_ERROR(FillAtLeast(1));
      if (available() == 0) return ErrorHere("the gzip data end early");
      constexpr int64_t kLargest = int64_t{1} << 30;  // zlib counts in unsigned int
      const uInt input = static_cast<uInt>(std::min(available(), kLargest));
      const uInt output = static_cast<uInt>(std::min(size, kLargest));
      zlib_.next_in = reinterpret_cast<Bytef*>(buffer_.data() + next_);
      zlib_.avail_in = input;
      zlib_.next_out = reinterpret_cast<Bytef*>(target);
      zlib_.avail_out = output;
      const int code = inflate(&zlib_, Z_NO_FLUSH);
      next_ += input - zlib_.avail_in;
      if (code == Z_STREAM_END) {
        member_ended_ = true;
      } else if (code == Z_MEM_ERROR) {
        return absl::ResourceExhaustedError(absl::StrCat(name_, ": not enough memory to inflate"));
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return ErrorHere(absl::StrCat("the gzip data are damaged: ",
                                      zlib_.msg != nullptr ? zlib_.msg : zError(code)));
      }
      if (const int64_t count = output - zlib_.avail_out; count > 0) return count;
    }
  }

  const std::string name_;
  std::optional<FileReader> file_;  // empty if the bytes are all in the buffer
  std::string buffer_;
  int64_t next_ = 0;      // index in the buffer of the first unused byte
  int64_t buffered_ = 0;  // bytes of the file in the buffer
  int64_t dropped_ = 0;   // position in the file of the buffer's first byte
  int64_t position_ = 0;
  bool compressed_ = false;
  bool member_ended_ = false;
  z_stream zlib_ = {};
};

GzipReader::GzipReader(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader& GzipReader::operator=(GzipReader&&) noexcept = default;
GzipReader::~GzipReader() = default;

absl::StatusOr<GzipReader> GzipReader::Open(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(FileReader file, FileReader::Open(path));
  auto stream = std::make_unique<Stream>(path, std::move(file), "");
  DIDACT_RETURN_IF_ERROR(stream->Start());
  return GzipReader(std::move(stream));
}

absl::StatusOr<GzipReader> GzipReader::FromBytes(std::string bytes, std::string name) {
  auto stream = std::make_unique<Stream>(std::move(name), std::nullopt, std::move(bytes));
  DIDACT_RETURN_IF_ERROR(stream->Start());
  return GzipReader(std::move(stream));
}

std::string GzipReader::name() const { return stream_->name(); }

bool GzipReader::compressed() const { return stream_->compressed(); }

int64_t GzipReader::position() const { return stream_->position(); }

absl::StatusOr<int64_t> GzipReader::Read(char* buffer, int64_t size) {
  return stream_->Read(buffer, size);
}

absl::StatusOr<std::string> ReadPlainOrGzip(const std::string& path, int64_t max_bytes) {
  DIDACT_ASSIGN_OR_RETURN(GzipReader reader, GzipReader::Open(path));
  std::string bytes;
  const auto read_some = [&reader](char* buffer, int64_t size) {
    return reader.Read(buffer, size);
  };
  DIDACT_ASSIGN_OR_RETURN(const StreamEnd end, ReadGrowing(path, read_some, 0, max_bytes, bytes));
  if (end == StreamEnd::kOverLimit) {
    return absl::OutOfRangeError(absl::StrCat(path, ": has more than the ", max_bytes,
                                              " bytes allowed",
                                              reader.compressed() ? " when inflated" : ""));
  }
  return bytes;
}

}  // namespace didact
