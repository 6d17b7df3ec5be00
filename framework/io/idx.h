// The IDX format of MNIST and the data sets that followed it, plain or compressed with gzip.
//
// Format: LeCun, Cortes, Burges, "The MNIST database of handwritten digits": two zero bytes, the
// element type, the number of dimensions, each extent as a 32-bit big-endian word, then the
// elements row-major.

#ifndef DIDACT_FRAMEWORK_IO_IDX_H_
#define DIDACT_FRAMEWORK_IO_IDX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/io/file.h"

namespace didact {

// An array of unsigned bytes. A value that owns its elements.
struct IdxArray {
  std::vector<int64_t> shape;   // at least one dimension; [samples], or [samples, rows, columns]
  std::vector<uint8_t> values;  // row-major
};

// Images and their labels, as many of one as of the other.
struct IdxImages {
  IdxArray images;  // [samples, rows, columns], 0 is background and 255 full ink
  IdxArray labels;  // [samples]
};

// Reads an IDX file of unsigned bytes (type 8; others are refused).
// Errors (INVALID_ARGUMENT unless said otherwise) name the file, the byte offset in the
// uncompressed data and what was expected: a wrong magic number, too few or too many bytes for the
// extents, a damaged gzip stream; OUT_OF_RANGE when the array has more than `max_bytes`. Also those
// of ReadFile. Memory: taken as data arrive, at most twice of it; the extents in the header are
// never trusted.
absl::StatusOr<IdxArray> ReadIdx(const std::string& path, int64_t max_bytes = kDefaultMaxFileBytes);

// The same on a file held in memory; `name` stands for the path in errors.
absl::StatusOr<IdxArray> ParseIdx(std::string bytes, std::string name,
                                  int64_t max_bytes = kDefaultMaxFileBytes);

// Reads images and labels, and refuses files with other than 3 and 1 dimensions or with different
// numbers of samples.
absl::StatusOr<IdxImages> ReadIdxImages(const std::string& images_path,
                                        const std::string& labels_path,
                                        int64_t max_bytes = kDefaultMaxFileBytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_IDX_H_
