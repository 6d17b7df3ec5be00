// The header of a .npy file: a Python dictionary with element type, order and shape.

#ifndef DIDACT_FRAMEWORK_IO_NPY_HEADER_H_
#define DIDACT_FRAMEWORK_IO_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace didact {

// NumPy's limit on the number of dimensions (32 before NumPy 2).
inline constexpr int kNpyMaxRank = 64;

struct NpyHeader {
  std::string descr;  // byte order, kind and size, e.g. "<f8"
  bool fortran_order = false;
  std::vector<int64_t> shape;  // each extent >= 0

  // Offsets in bytes from the start of the file.
  int64_t descr_offset = 0;
  int64_t shape_offset = 0;
  int64_t data_offset = 0;  // offset of the first element
};

// Parses the magic number, version (1.0, 2.0, 3.0), length and dictionary at the start of `bytes`.
// Accepts both kinds of quotes, any white space and trailing commas. Anything else that is not a
// literal of the three known keys is INVALID_ARGUMENT: `name: byte 17: expected ..., found ...`.
// Nothing is evaluated.
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view bytes, absl::string_view name);

// Returns magic number, version 1.0, length and dictionary for row-major elements, padded as by
// numpy.save: with room for the first extent to grow to 21 digits, and to a multiple of 64 bytes.
// The shape has at most kNpyMaxRank dimensions.
std::string SerializeNpyHeader(absl::string_view descr, absl::Span<const int64_t> shape);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_NPY_HEADER_H_
