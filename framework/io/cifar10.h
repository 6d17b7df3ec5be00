// The binary version of CIFAR-10, plain or compressed with gzip.
//
// Format: Krizhevsky, "The CIFAR-10 dataset", binary version: records without a header. A record is
// the class of an image, one byte, and the image: a red, a green and a blue plane, each row-major.

#ifndef DIDACT_FRAMEWORK_IO_CIFAR10_H_
#define DIDACT_FRAMEWORK_IO_CIFAR10_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/io/file.h"

namespace didact {

inline constexpr int64_t kCifar10Classes = 10;
inline constexpr int64_t kCifar10Channels = 3;
inline constexpr int64_t kCifar10Side = 32;  // rows and columns of an image
inline constexpr int64_t kCifar10ImageBytes = kCifar10Channels * kCifar10Side * kCifar10Side;
inline constexpr int64_t kCifar10RecordBytes = 1 + kCifar10ImageBytes;

// Images and their classes. A value that owns its bytes.
struct Cifar10Records {
  std::vector<uint8_t> bytes;  // whole records, at least one

  int64_t size() const { return static_cast<int64_t>(bytes.size()) / kCifar10RecordBytes; }
  // The class of an image, below kCifar10Classes.
  int64_t label(int64_t record) const { return bytes[record * kCifar10RecordBytes]; }
  // The bytes [channels, rows, columns] of an image.
  const uint8_t* image(int64_t record) const {
    return bytes.data() + record * kCifar10RecordBytes + 1;
  }
};

// Reads a file such as `data_batch_1.bin`.
//
// Errors: those of ReadFile; OUT_OF_RANGE for more than `max_bytes`; otherwise INVALID_ARGUMENT, for
// a file without records, one that ends inside a record, a class that CIFAR-10 does not have, or a
// damaged gzip stream. They name the file, the byte offset in the uncompressed data and what was
// expected.
// Memory: grows with the data that arrive, up to twice their size.
absl::StatusOr<Cifar10Records> ReadCifar10(const std::string& path,
                                           int64_t max_bytes = kDefaultMaxFileBytes);

// Parses a file held in memory; `name` stands for the path in errors.
absl::StatusOr<Cifar10Records> ParseCifar10(std::string bytes, std::string name,
                                            int64_t max_bytes = kDefaultMaxFileBytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_CIFAR10_H_
