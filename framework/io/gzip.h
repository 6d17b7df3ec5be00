// Reads a file that may be compressed with gzip, and detects whether it is.
//
// Format: RFC 1952 ("GZIP file format specification version 4.3").

#ifndef DIDACT_FRAMEWORK_IO_GZIP_H_
#define DIDACT_FRAMEWORK_IO_GZIP_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/file.h"

namespace didact {

// A stream over a plain or gzip-compressed file. A file that begins with gzip's two magic bytes is
// decompressed while it is read (all its members in order, zeros after them skipped); any other is
// passed through.
//
// Errors: begin with the file's name. Damaged data are INVALID_ARGUMENT with the byte of the file
// (not of the decompressed data) at which this was noticed: `f.gz: byte 1234: gzip data end early`.
// Memory: a fixed buffer.
// Threads: one at a time.
class GzipReader {
 public:
  // Opens a file and keeps it open. Errors: those of ReadFile.
  static absl::StatusOr<GzipReader> Open(const std::string& path);

  // Reads from memory; `name` stands for the path in errors.
  static absl::StatusOr<GzipReader> FromBytes(std::string bytes, std::string name);

  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) noexcept;
  ~GzipReader();

  std::string name() const;

  // Returns true if the file is gzip-compressed.
  bool compressed() const;

  // Number of bytes that Read has returned so far.
  int64_t position() const;

  // Writes the next bytes to `buffer` and returns how many: `size`, fewer before the end of the
  // data, 0 at the end. By then the length and checksum of gzip data have been verified.
  absl::StatusOr<int64_t> Read(char* buffer, int64_t size);

 private:
  class Stream;
  explicit GzipReader(std::unique_ptr<Stream> stream);

  std::unique_ptr<Stream> stream_;
};

// Returns all (decompressed) bytes of a plain or gzip-compressed file. Errors: OUT_OF_RANGE for
// more than `max_bytes`.
absl::StatusOr<std::string> ReadPlainOrGzip(const std::string& path,
                                            int64_t max_bytes = kDefaultMaxFileBytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_GZIP_H_
