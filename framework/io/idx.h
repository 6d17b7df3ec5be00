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
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"

namespace didact {

// An array. A value that owns its elements.
struct IdxArray {
  // Unsigned bytes, or int8, int16, int32, float32 or float64.
  NpyElement element = NpyElement::kUint8;
  std::vector<int64_t> shape;   // at least one dimension; [samples], or [samples, rows, columns]
  std::vector<uint8_t> values;  // the bytes of the elements, little endian, row-major
};

// Images and their labels of unsigned bytes, equally many.
struct IdxImages {
  IdxArray images;  // [samples, rows, columns], 0 is background and 255 is full ink
  IdxArray labels;  // [samples]
};

// Reads an IDX file.
//
// Errors: those of ReadFile; OUT_OF_RANGE for an array of more than `max_bytes`; otherwise
// INVALID_ARGUMENT, for a wrong magic number, too few or too many bytes for the extents, or a
// damaged gzip stream. They name the file, the byte offset in the uncompressed data and what was
// expected.
// Memory: grows with the data that arrive, up to twice their size, whatever the header says.
absl::StatusOr<IdxArray> ReadIdx(const std::string& path, int64_t max_bytes = kDefaultMaxFileBytes);

// Parses an IDX file held in memory; `name` stands for the path in errors.
absl::StatusOr<IdxArray> ParseIdx(std::string bytes, std::string name,
                                  int64_t max_bytes = kDefaultMaxFileBytes);

// Reads images and labels. Refuses files of other elements than unsigned bytes, files whose
// dimensions are not 3 and 1, or whose numbers of samples differ.
absl::StatusOr<IdxImages> ReadIdxImages(const std::string& images_path,
                                        const std::string& labels_path,
                                        int64_t max_bytes = kDefaultMaxFileBytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_IDX_H_
