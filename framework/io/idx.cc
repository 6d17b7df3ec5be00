#include "didact/framework/io/idx.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/byte_order.h"
#include "didact/framework/io/file_kind.h"
#include "didact/framework/io/growing_read.h"
#include "didact/framework/io/gzip.h"

namespace didact {
namespace {

// Returns the element type that the format has under this number.
std::optional<NpyElement> ElementOf(uint8_t type) {
  switch (type) {
    case 0x08:
      return NpyElement::kUint8;
    case 0x09:
      return NpyElement::kInt8;
    case 0x0b:
      return NpyElement::kInt16;
    case 0x0c:
      return NpyElement::kInt32;
    case 0x0d:
      return NpyElement::kFloat32;
    case 0x0e:
      return NpyElement::kFloat64;
    default:
      return std::nullopt;
  }
}

absl::Status ErrorAt(const GzipReader& reader, int64_t offset, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(reader.name(), ": byte ", offset, ": ", problem));
}

// Reads the next four bytes, or returns an error that says what `meaning` they have.
absl::StatusOr<uint32_t> ReadWord(GzipReader& reader, absl::string_view meaning) {
  char bytes[4];
  DIDACT_ASSIGN_OR_RETURN(const int64_t count, reader.Read(bytes, 4));
  if (count < 4) {
    return ErrorAt(reader, reader.position(), absl::StrCat("the file ends inside ", meaning));
  }
  uint32_t word = 0;
  for (const char byte : bytes) word = word << 8 | static_cast<uint8_t>(byte);
  return word;
}

// Returns the error for a file with another magic number.
absl::Status NotIdx(GzipReader& reader, uint32_t magic) {
  std::string head;
  for (int shift = 24; shift >= 0; shift -= 8) head.push_back(static_cast<char>(magic >> shift));
  std::string more(kFileKindBytes - head.size(), '\0');
  const absl::StatusOr<int64_t> count = reader.Read(more.data(), static_cast<int64_t>(more.size()));
  if (count.ok()) head.append(more, 0, static_cast<size_t>(*count));
  const bool is_nested = reader.compressed() && absl::StartsWith(head, "\x1f\x8b");
  return ErrorAt(reader, 0,
                 absl::StrCat("not an IDX file: expected the magic number 0000TTNN, found ",
                              absl::Hex(magic, absl::kZeroPad8),
                              is_nested ? " (gzip data within gzip data; decompress them once, "
                                          "with gunzip)"
                                        : KindOfFile(head)));
}

// Reads the header.
absl::StatusOr<IdxArray> ReadWithoutElements(GzipReader& reader) {
  IdxArray array;
  DIDACT_ASSIGN_OR_RETURN(const uint32_t magic, ReadWord(reader, "the magic number"));
  if (magic >> 16 != 0) {
    return NotIdx(reader, magic);
  }
  const uint8_t type = static_cast<uint8_t>(magic >> 8);
  const std::optional<NpyElement> element = ElementOf(type);
  if (!element) {
    return ErrorAt(reader, 2,
                   absl::StrCat("expected an element type: 08, 09 (bytes), 0b, 0c (integers), 0d "
                                "or 0e (float, double), found ",
                                absl::Hex(type, absl::kZeroPad2)));
  }
  array.element = *element;
  const int rank = static_cast<uint8_t>(magic);
  if (rank == 0) return ErrorAt(reader, 3, "expected at least one dimension, found 0");
  for (int d = 0; d < rank; ++d) {
    DIDACT_ASSIGN_OR_RETURN(const uint32_t extent, ReadWord(reader, absl::StrCat("extent ", d)));
    array.shape.push_back(extent);
  }
  return array;
}

absl::StatusOr<IdxArray> ReadFrom(GzipReader& reader, int64_t max_bytes) {
  DIDACT_ASSIGN_OR_RETURN(IdxArray array, ReadWithoutElements(reader));
  const int64_t data_offset = reader.position();
  const std::string shape = absl::StrCat("[", absl::StrJoin(array.shape, ", "), "]");
  // The reader of .npy files does the same: all extents must be valid even if one is zero.
  const int64_t element_bytes = NpyElementBytes(array.element);
  int64_t nonzero = element_bytes;
  int64_t expected = element_bytes;
  for (const int64_t extent : array.shape) {
    if (__builtin_mul_overflow(nonzero, std::max(extent, int64_t{1}), &nonzero)) {
      return ErrorAt(reader, 4, absl::StrCat("shape ", shape, ": the size does not fit 63 bits"));
    }
    expected *= extent;
  }
  if (expected > max_bytes) {
    return absl::OutOfRangeError(absl::StrCat(reader.name(), ": byte 4: shape ", shape, " has ",
                                              expected, " bytes, more than the ", max_bytes,
                                              " allowed"));
  }
  const auto read_some = [&reader](char* buffer, int64_t size) {
    return reader.Read(buffer, size);
  };
  DIDACT_ASSIGN_OR_RETURN(const StreamEnd end,
                          ReadGrowing(reader.name(), read_some, 0, expected, array.values));
  const int64_t found = static_cast<int64_t>(array.values.size());
  if (end == StreamEnd::kOverLimit || found < expected) {
    return ErrorAt(reader, data_offset + found,
                   absl::StrCat("expected ", expected, " bytes for shape ", shape,
                                " behind the header, found ",
                                end == StreamEnd::kOverLimit ? "more" : absl::StrCat(found)));
  }
  ReverseByteOrder(element_bytes, array.values);
  return array;
}

absl::Status CheckRank(const IdxArray& array, size_t rank, const std::string& path,
                       absl::string_view kind) {
  if (array.element != NpyElement::kUint8) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": byte 2: has element type ", NpyElementName(array.element), ", expected uint8"));
  }
  if (array.shape.size() == rank) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, ": byte 3: has ", array.shape.size(),
                                                 " dimensions, expected ", rank, " for ", kind));
}

}  // namespace

absl::StatusOr<IdxArray> ReadIdx(const std::string& path, int64_t max_bytes) {
  DIDACT_ASSIGN_OR_RETURN(GzipReader reader, GzipReader::Open(path));
  return ReadFrom(reader, max_bytes);
}

absl::StatusOr<IdxArray> ParseIdx(std::string bytes, std::string name, int64_t max_bytes) {
  DIDACT_ASSIGN_OR_RETURN(GzipReader reader,
                          GzipReader::FromBytes(std::move(bytes), std::move(name)));
  return ReadFrom(reader, max_bytes);
}

absl::StatusOr<IdxImages> ReadIdxImages(const std::string& images_path,
                                        const std::string& labels_path, int64_t max_bytes) {
  IdxImages result;
  DIDACT_ASSIGN_OR_RETURN(result.images, ReadIdx(images_path, max_bytes));
  DIDACT_RETURN_IF_ERROR(CheckRank(result.images, 3, images_path, "images"));
  DIDACT_ASSIGN_OR_RETURN(result.labels, ReadIdx(labels_path, max_bytes));
  DIDACT_RETURN_IF_ERROR(CheckRank(result.labels, 1, labels_path, "labels"));
  if (result.labels.shape[0] != result.images.shape[0]) {
    return absl::InvalidArgumentError(absl::StrCat(
        labels_path, ": byte 4: has ", result.labels.shape[0], " labels, expected as many as the ",
        result.images.shape[0], " images of ", images_path));
  }
  return result;
}

}  // namespace didact
