// Arrays in NumPy's .npy format: parsing untrusted bytes, and writing what numpy.save writes.
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
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/io/file.h"

namespace didact {

// Element type of an array. Half precision is read as float32, which holds it exactly. Complex
// numbers, extended precision, text, dates, records and Python objects are refused.
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

  // Extent of every dimension, each >= 0. Without dimensions the array is a scalar: one element.
  std::vector<int64_t> shape;

  // The elements, little endian, row-major (C order), without padding.
  std::string bytes;

  // The array's origin as error messages begin: `f.npz: array "x"`. Empty for an array made in
  // memory.
  std::string origin;

  // Number of elements: the product of the shape.
  int64_t size() const;
  int rank() const { return static_cast<int>(shape.size()); }

  // "[3, 4]", for messages.
  std::string ShapeString() const;

  // Returns all elements in row-major order, converted to T: double, float, int64_t, int32_t or
  // uint8_t. Every element type converts to a floating-point type, rounding to nearest. Only
  // integers and bools convert to an integer type.
  // Errors: INVALID_ARGUMENT, beginning with `origin`, for floating-point elements requested as
  // integers, or a value outside the range of T.
  template <class T>
  absl::StatusOr<std::vector<T>> ReadAs() const;

  // Returns the error `origin: problem` for an array that does not fit its use: `has 3 dimensions,
  // expected 2`.
  absl::Status Invalid(absl::string_view problem) const;
};

// Returns the array with this shape and a copy of `values`, row-major; T as in ReadAs, or bool. The
// shape must have as many elements as `values`; otherwise SerializeNpy refuses the array.
template <class T>
NpyArray MakeNpyArray(std::vector<int64_t> shape, absl::Span<const T> values);

// Returns a copy of an array that another object owns.
NpyArray CopyArray(const AnyConstArrayView& array);

// Parses a .npy file held in `bytes`. Fortran order is transposed to C order, and big-endian
// elements become little-endian.
//
// Errors: INVALID_ARGUMENT for bytes that are not a .npy file, truncated data, trailing bytes, an
// unknown version, a malformed header, an unsupported element type or byte order, or a shape that
// does not match the data. They begin with `name` and the offset in `bytes`: `name: byte 12: ...`.
// Memory: that of `bytes`, which becomes the array's, and twice that for Fortran order, thrice for
// half precision, whatever shape the header claims.
absl::StatusOr<NpyArray> ParseNpy(std::string bytes, absl::string_view name);

// Returns the .npy file, version 1.0, byte for byte as numpy.save writes it (NumPy 1.23 and later).
// Errors: INVALID_ARGUMENT if the size of `array.bytes` does not match type and shape, or if there
// are more dimensions than NumPy allows (64).
absl::StatusOr<std::string> SerializeNpy(const NpyArray& array);

// ParseNpy of a file. Errors: also those of ReadFile.
absl::StatusOr<NpyArray> ReadNpyFile(const std::string& path,
                                     int64_t max_bytes = kDefaultMaxFileBytes);

// Writes SerializeNpy to a file, atomically (WriteFileAtomically).
absl::Status WriteNpyFile(const std::string& path, const NpyArray& array);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_NPY_H_
