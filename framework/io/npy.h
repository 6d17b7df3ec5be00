// Arrays in NumPy's .npy format: parsed from untrusted bytes, and written as numpy.save writes
// them.
//
// Format: NumPy enhancement proposal 1, "A Simple File Format for NumPy Arrays", versions 1.0, 2.0
// and 3.0.

#ifndef DIDACT_FRAMEWORK_IO_NPY_H_
#define DIDACT_FRAMEWORK_IO_NPY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/base/any_array_view.h"
#include "framework/io/file.h"

namespace didact {

// The type of an array's elements. Complex, half precision, text, dates, records and Python objects
// are refused.
enum class NpyElement {
  kBool,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat32,
  kFloat64
};

// Size of one element in bytes.
int64_t NpyElementBytes(NpyElement element);

// NumPy's name of the type: "float64", "bool", ...
absl::string_view NpyElementName(NpyElement element);

// An array of any number of dimensions. A value that owns its elements.
struct NpyArray {
  NpyElement element = NpyElement::kFloat64;

  // Extent of every dimension, each >= 0. No dimensions at all is a scalar: one element.
  std::vector<int64_t> shape;

  // The elements, little endian, row-major (C order), without padding.
  std::string bytes;

  // Where the array came from, as error messages begin: `f.npz: array "x"`. Empty for one made in
  // memory.
  std::string origin;

  // Number of elements: the product of the shape.
  int64_t size() const;
  int rank() const { return static_cast<int>(shape.size()); }

  // "[3, 4]", for messages.
  std::string ShapeString() const;

  // All elements in row-major order, converted to T: double, float, int64_t, int32_t or uint8_t.
  // To a floating-point type every element type converts, rounding to nearest. To an integer type
  // only integers and bools do. Errors (INVALID_ARGUMENT, beginning with `origin`): floating-point
  // elements asked for as integers; a value that T does not hold.
  template <class T>
  absl::StatusOr<std::vector<T>> ReadAs() const;

  // The status `origin: problem` of an array that is not what a caller wants: `has 3 dimensions,
  // expected 2`.
  absl::Status Invalid(absl::string_view problem) const;
};

// The array with this shape over a copy of `values`, row-major; T as in ReadAs or bool.
// The caller makes sure that the shape has as many elements as there are values; SerializeNpy
// refuses it otherwise.
template <class T>
NpyArray MakeNpyArray(std::vector<int64_t> shape, absl::Span<const T> values);

// A copy of an array that another object owns.
NpyArray CopyArray(const AnyConstArrayView& array);

// Reads a whole .npy file held in `bytes`. Fortran order is transposed to C order.
// `name` begins every error: `name: byte 12: ...`, the offset counting from the start of `bytes`.
// Errors (INVALID_ARGUMENT): not a .npy file, truncated, trailing bytes, an unknown version, a
// malformed header, an element type or byte order that is not supported, a shape that does not fit
// the payload. Memory: what `bytes` holds (its buffer becomes the array's), twice that for Fortran
// order; the shape in the header is never trusted.
absl::StatusOr<NpyArray> ParseNpy(std::string bytes, absl::string_view name);

// The .npy file, version 1.0, byte for byte as numpy.save writes it (NumPy 1.23 and later).
// INVALID_ARGUMENT when `array.bytes` does not have the size that type and shape say, or when there
// are more dimensions than NumPy allows (64).
absl::StatusOr<std::string> SerializeNpy(const NpyArray& array);

// ParseNpy on a file, and ReadFile's errors.
absl::StatusOr<NpyArray> ReadNpyFile(const std::string& path,
                                     int64_t max_bytes = kDefaultMaxFileBytes);

// SerializeNpy into a file, atomically (WriteFileAtomically).
absl::Status WriteNpyFile(const std::string& path, const NpyArray& array);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_NPY_H_
