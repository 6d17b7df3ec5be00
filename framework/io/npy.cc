#include "didact/framework/io/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/byte_order.h"
#include "didact/framework/io/npy_header.h"

namespace didact {
namespace {

static_assert(std::endian::native == std::endian::little,
              "elements are copied as they lie in memory");

// The properties of an element type.
struct ElementType {
  NpyElement element;
  absl::string_view descr;  // byte order, kind and size
  absl::string_view name;
};

constexpr int64_t kHalfBytes = 2;

constexpr ElementType kElementTypes[] = {
    {NpyElement::kBool, "|b1", "bool"},       {NpyElement::kInt8, "|i1", "int8"},
    {NpyElement::kInt16, "<i2", "int16"},     {NpyElement::kInt32, "<i4", "int32"},
    {NpyElement::kInt64, "<i8", "int64"},     {NpyElement::kUint8, "|u1", "uint8"},
    {NpyElement::kUint16, "<u2", "uint16"},   {NpyElement::kUint32, "<u4", "uint32"},
    {NpyElement::kUint64, "<u8", "uint64"},   {NpyElement::kFloat32, "<f4", "float32"},
    {NpyElement::kFloat64, "<f8", "float64"},
};

const ElementType& TypeOf(NpyElement element) { return kElementTypes[static_cast<int>(element)]; }

template <class T>
constexpr NpyElement ElementOf() {
  if constexpr (std::is_same_v<T, bool>) return NpyElement::kBool;
  if constexpr (std::is_same_v<T, uint8_t>) return NpyElement::kUint8;
  if constexpr (std::is_same_v<T, int32_t>) return NpyElement::kInt32;
  if constexpr (std::is_same_v<T, int64_t>) return NpyElement::kInt64;
  if constexpr (std::is_same_v<T, float>) return NpyElement::kFloat32;
  return NpyElement::kFloat64;
}

// Computes the product of the extents; false if the size in bytes does not fit 63 bits. Extents
// beside a zero are checked as well, so that no caller meets an extent that is not backed by the
// size.
bool CountElements(absl::Span<const int64_t> shape, int64_t element_bytes, int64_t& count) {
  int64_t nonzero_bytes = element_bytes;
  count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0) return false;
    if (__builtin_mul_overflow(nonzero_bytes, std::max(extent, int64_t{1}), &nonzero_bytes))
      return false;
    count *= extent;
  }
  return true;
}

// How the elements lie in a file.
struct FileElement {
  NpyElement element = NpyElement::kFloat64;  // as they are read
  int64_t bytes = 8;                          // of one of them in the file
  bool is_big_endian = false;
};

absl::StatusOr<FileElement> ParseDescr(const NpyHeader& header, absl::string_view name) {
  const absl::string_view descr = header.descr;
  const auto refuse = [&](absl::string_view problem) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": byte ", header.descr_offset, ": element type '",
                     absl::CHexEscape(descr.substr(0, 32)), "': ", problem));
  };
  if (descr.size() < 2) return refuse("expected a byte order, a kind and a size like '<f8'");
  const absl::string_view kind_and_size = descr.substr(1);
  const bool one_byte = kind_and_size.substr(1) == "1";
  if (kind_and_size.front() == 'O') {
    return refuse("Python objects are not supported; save numbers");
  }
  std::optional<FileElement> found;
  if (kind_and_size == "f2") found = {NpyElement::kFloat32, kHalfBytes};
  for (const ElementType& type : kElementTypes) {
    if (type.descr.substr(1) == kind_and_size)
      found = {type.element, NpyElementBytes(type.element)};
  }
  if (!found) {
    return refuse(
        "not supported; expected bool, an integer type, float16, float32 or float64; save numbers "
        "that these hold with numpy.save(FILE, x.astype('float64'))");
  }
  switch (descr.front()) {
    case '<':
      return *found;
    case '>':
      found->is_big_endian = true;
      return *found;
    case '|':
    case '=':
      if (one_byte) return *found;
      return refuse("expected the byte order '<' or '>'");
    default:
      return refuse("expected the byte order '<', '>' or '|'");
  }
}

// Returns the value of a number of half precision (IEEE 754, binary16).
float FromHalf(uint16_t half) {
  const int exponent = half >> 10 & 0x1f;
  const int fraction = half & 0x3ff;
  float value = std::ldexp(static_cast<float>(0x400 + fraction), exponent - 25);
  if (exponent == 0) value = std::ldexp(static_cast<float>(fraction), -24);
  if (exponent == 0x1f) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity()
                          : std::numeric_limits<float>::quiet_NaN();
  }
  return half >> 15 == 0 ? value : -value;
}

// Returns little-endian numbers of half precision as float32.
std::string Widened(absl::string_view halves) {
  std::string floats(halves.size() / kHalfBytes * sizeof(float), '\0');
  for (size_t i = 0; i < halves.size() / kHalfBytes; ++i) {
    uint16_t half;
    std::memcpy(&half, halves.data() + i * kHalfBytes, kHalfBytes);
    const float value = FromHalf(half);
    std::memcpy(floats.data() + i * sizeof(float), &value, sizeof(float));
  }
  return floats;
}

// Returns column-major (Fortran order) elements in row-major order.
std::string Transposed(absl::string_view bytes, absl::Span<const int64_t> shape,
                       int64_t element_bytes) {
  std::string result(bytes.size(), '\0');
  if (bytes.empty()) return result;
  const size_t width = static_cast<size_t>(element_bytes);
  std::vector<int64_t> strides(shape.size());  // strides of the source, in elements
  int64_t stride = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    strides[d] = stride;
    stride *= shape[d];
  }
  std::vector<int64_t> index(shape.size(), 0);
  int64_t source = 0;
  for (size_t target = 0; target < bytes.size(); target += width) {
    std::memcpy(result.data() + target, bytes.data() + source * element_bytes, width);
    for (size_t d = shape.size(); d-- > 0;) {
      source += strides[d];
      if (++index[d] < shape[d]) break;
      source -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return result;
}

template <class Source, class T>
absl::Status ConvertAll(const NpyArray& array, std::vector<T>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    Source source;
    std::memcpy(&source, array.bytes.data() + i * sizeof(Source), sizeof(Source));
    if constexpr (std::is_integral_v<T> && std::is_integral_v<Source>) {
      if (!std::in_range<T>(source)) {
        return array.Invalid(absl::StrCat("element ", i, ": ", source, " is outside ",
                                          static_cast<int64_t>(std::numeric_limits<T>::min()),
                                          " to ",
                                          static_cast<int64_t>(std::numeric_limits<T>::max())));
      }
    }
    values[i] = static_cast<T>(source);
  }
  return absl::OkStatus();
}

}  // namespace

int64_t NpyElementBytes(NpyElement element) { return TypeOf(element).descr.back() - '0'; }

absl::string_view NpyElementName(NpyElement element) { return TypeOf(element).name; }

int64_t NpyArray::size() const {
  int64_t count = 1;
  for (const int64_t extent : shape) count *= extent;
  return count;
}

std::string NpyArray::ShapeString() const {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

absl::Status NpyArray::Invalid(absl::string_view problem) const {
  return absl::InvalidArgumentError(origin.empty() ? std::string(problem)
                                                   : absl::StrCat(origin, ": ", problem));
}

template <class T>
absl::StatusOr<std::vector<T>> NpyArray::ReadAs() const {
  const bool floating = element == NpyElement::kFloat32 || element == NpyElement::kFloat64;
  if (floating && std::is_integral_v<T>) {
    return Invalid(
        absl::StrCat("has element type ", NpyElementName(element),
                     ", expected integers, which x.astype('int64') makes of whole numbers"));
  }
  std::vector<T> values(bytes.size() / static_cast<size_t>(NpyElementBytes(element)));
  absl::Status status;
  switch (element) {
    case NpyElement::kBool:
      for (size_t i = 0; i < values.size(); ++i) values[i] = bytes[i] != 0 ? T{1} : T{0};
      break;
    case NpyElement::kInt8:
      status = ConvertAll<int8_t>(*this, values);
      break;
    case NpyElement::kInt16:
      status = ConvertAll<int16_t>(*this, values);
      break;
    case NpyElement::kInt32:
      status = ConvertAll<int32_t>(*this, values);
      break;
    case NpyElement::kInt64:
      status = ConvertAll<int64_t>(*this, values);
      break;
    case NpyElement::kUint8:
      status = ConvertAll<uint8_t>(*this, values);
      break;
    case NpyElement::kUint16:
      status = ConvertAll<uint16_t>(*this, values);
      break;
    case NpyElement::kUint32:
      status = ConvertAll<uint32_t>(*this, values);
      break;
    case NpyElement::kUint64:
      status = ConvertAll<uint64_t>(*this, values);
      break;
    case NpyElement::kFloat32:
      status = ConvertAll<float>(*this, values);
      break;
    case NpyElement::kFloat64:
      status = ConvertAll<double>(*this, values);
      break;
  }
  if (!status.ok()) return status;
  return values;
}

template absl::StatusOr<std::vector<double>> NpyArray::ReadAs() const;
template absl::StatusOr<std::vector<float>> NpyArray::ReadAs() const;
template absl::StatusOr<std::vector<int64_t>> NpyArray::ReadAs() const;
template absl::StatusOr<std::vector<int32_t>> NpyArray::ReadAs() const;
template absl::StatusOr<std::vector<uint8_t>> NpyArray::ReadAs() const;

template <class T>
NpyArray MakeNpyArray(std::vector<int64_t> shape, absl::Span<const T> values) {
  NpyArray array;
  array.element = ElementOf<T>();
  array.shape = std::move(shape);
  array.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

template NpyArray MakeNpyArray(std::vector<int64_t>, absl::Span<const double>);
template NpyArray MakeNpyArray(std::vector<int64_t>, absl::Span<const float>);
template NpyArray MakeNpyArray(std::vector<int64_t>, absl::Span<const int64_t>);
template NpyArray MakeNpyArray(std::vector<int64_t>, absl::Span<const int32_t>);
template NpyArray MakeNpyArray(std::vector<int64_t>, absl::Span<const uint8_t>);
template NpyArray MakeNpyArray(std::vector<int64_t>, absl::Span<const bool>);

NpyArray CopyArray(const AnyConstArrayView& array) {
  NpyArray copy;
  switch (array.type()) {
    case ScalarType::kFloat32:
      copy.element = NpyElement::kFloat32;
      break;
    case ScalarType::kFloat64:
      copy.element = NpyElement::kFloat64;
      break;
    case ScalarType::kInt64:
      copy.element = NpyElement::kInt64;
      break;
  }
  for (int d = 0; d < array.rank(); ++d) copy.shape.push_back(array.shape(d));
  copy.bytes.resize(static_cast<size_t>(array.size() * SizeOf(array.type())));
  CopyToBytes(array, copy.bytes.data());
  return copy;
}

absl::StatusOr<NpyArray> ParseNpy(std::string bytes, absl::string_view name) {
  DIDACT_ASSIGN_OR_RETURN(const NpyHeader header, ParseNpyHeader(bytes, name));
  NpyArray array;
  DIDACT_ASSIGN_OR_RETURN(const FileElement in_file, ParseDescr(header, name));
  array.element = in_file.element;
  array.shape = header.shape;
  array.origin = std::string(name);
  const int64_t element_bytes = in_file.bytes;
  int64_t count = 0;
  if (!CountElements(array.shape, element_bytes, count)) {
    return array.Invalid(absl::StrCat("byte ", header.shape_offset, ": shape ", array.ShapeString(),
                                      ": the size in bytes does not fit 63 bits"));
  }
  const int64_t payload = static_cast<int64_t>(bytes.size()) - header.data_offset;
  if (payload != count * element_bytes) {
    return array.Invalid(
        absl::StrCat("byte ", header.data_offset, ": expected ", count * element_bytes,
                     " bytes for shape ", array.ShapeString(), " of ",
                     element_bytes == kHalfBytes && array.element == NpyElement::kFloat32
                         ? "float16"
                         : NpyElementName(array.element),
                     ", found ", payload));
  }
  bytes.erase(0, static_cast<size_t>(header.data_offset));
  if (in_file.is_big_endian) ReverseByteOrder(element_bytes, bytes);
  array.bytes =
      header.fortran_order ? Transposed(bytes, array.shape, element_bytes) : std::move(bytes);
  if (element_bytes != NpyElementBytes(array.element)) array.bytes = Widened(array.bytes);
  return array;
}

absl::StatusOr<std::string> SerializeNpy(const NpyArray& array) {
  if (array.rank() > kNpyMaxRank) {
    return array.Invalid(
        absl::StrCat("has ", array.rank(), " dimensions, NumPy allows ", kNpyMaxRank));
  }
  int64_t count = 0;
  if (!CountElements(array.shape, NpyElementBytes(array.element), count) ||
      count * NpyElementBytes(array.element) != static_cast<int64_t>(array.bytes.size())) {
    return array.Invalid(absl::StrCat("shape ", array.ShapeString(), " of ",
                                      NpyElementName(array.element), " does not describe ",
                                      array.bytes.size(), " bytes"));
  }
  return absl::StrCat(SerializeNpyHeader(TypeOf(array.element).descr, array.shape), array.bytes);
}

absl::StatusOr<NpyArray> ReadNpyFile(const std::string& path, int64_t max_bytes) {
  DIDACT_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, max_bytes));
  return ParseNpy(std::move(bytes), path);
}

absl::Status WriteNpyFile(const std::string& path, const NpyArray& array) {
  absl::StatusOr<std::string> bytes = SerializeNpy(array);
  if (!bytes.ok()) return Annotate(bytes.status(), path);
  return WriteFileAtomically(path, *bytes);
}

}  // namespace didact
