// The header of a .npy file: a Python dictionary that says element type, order and shape.

#ifndef DIDACT_FRAMEWORK_IO_NPY_HEADER_H_
#define DIDACT_FRAMEWORK_IO_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace didact {

// NumPy's own bound on the number of dimensions (32 before version 2).
inline constexpr int kNpyMaxRank = 64;

struct NpyHeader {
  std::string descr;  // "<f8": byte order, kind and size
  bool fortran_order = false;
  std::vector<int64_t> shape;  // each extent >= 0

  // Places in bytes from the start of the file.
  int64_t descr_offset = 0;
  int64_t shape_offset = 0;
  int64_t data_offset = 0;  // of the first element
};

// Reads magic number, version (1.0, 2.0, 3.0), length and dictionary at the front of `bytes`. Both kinds of quotes,
// any white space and trailing commas are accepted; anything else that is not a literal of the three known keys is
// INVALID_ARGUMENT, `name: byte 17: expected ..., found ...`. Nothing is evaluated.
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view bytes, absl::string_view name);

// Magic number, version 1.0, length and dictionary for row-major elements, padded as numpy.save pads it:
// with room for the first extent to grow to 21 digits, and to a multiple of 64 bytes.
// The shape has at most kNpyMaxRank dimensions.
std::string SerializeNpyHeader(absl::string_view descr, absl::Span<const int64_t> shape);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_NPY_HEADER_H_
