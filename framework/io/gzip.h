// Reads a file that may be compressed with gzip, without being told which.
//
// Format: RFC 1952 ("GZIP file format specification version 4.3").

#ifndef DIDACT_FRAMEWORK_IO_GZIP_H_
#define DIDACT_FRAMEWORK_IO_GZIP_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/io/file.h"

namespace didact {

// A stream over a plain or gzip-compressed file: one that begins with gzip's two magic bytes is
// inflated as it is read (all members of it, one after the other), any other is passed through.
//
// Errors begin with the file's name. A damaged stream is INVALID_ARGUMENT and names the byte of the
// file (not of the inflated data) at which it was noticed: `f.gz: byte 1234: gzip data end early`.
// Memory: a fixed buffer. Threads: one at a time.
class GzipReader {
 public:
  // Opens a file and keeps it open. Errors as ReadFile has them.
  static absl::StatusOr<GzipReader> Open(const std::string& path);

  // Reads from memory; `name` stands for the path in errors.
  static absl::StatusOr<GzipReader> FromBytes(std::string bytes, std::string name);

  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) noexcept;
  ~GzipReader();

  std::string name() const;

  // Whether the file is gzip-compressed.
  bool compressed() const;

  // How many bytes have been handed out.
  int64_t position() const;

  // Writes the next bytes to `buffer` and returns how many: `size` unless the data end before, 0 at
  // their end. At the end of gzip data length and checksum have been verified.
  absl::StatusOr<int64_t> Read(char* buffer, int64_t size);

 private:
  class Stream;
  explicit GzipReader(std::unique_ptr<Stream> stream);

  std::unique_ptr<Stream> stream_;
};

// All (inflated) bytes of a plain or gzip-compressed file. OUT_OF_RANGE when there are more than
// `max_bytes`.
absl::StatusOr<std::string> ReadPlainOrGzip(const std::string& path,
                                            int64_t max_bytes = kDefaultMaxFileBytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_GZIP_H_
