#include "didact/framework/io/zip_directory.h"

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

constexpr absl::string_view kEndMagic("PK\x05\x06", 4);
constexpr absl::string_view kEnd64Magic("PK\x06\x06", 4);
constexpr absl::string_view kLocatorMagic("PK\x06\x07", 4);
constexpr size_t kEndBytes = 22;
constexpr size_t kEnd64Bytes = 56;
constexpr size_t kLocatorBytes = 20;
constexpr uint64_t kSmallestEntryBytes = 46;

// Reads the little-endian word of `size` bytes at `offset`, which the caller has checked.
uint64_t Word(absl::string_view bytes, size_t offset, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return value;
}

absl::Status CheckCounts(uint64_t members, uint64_t directory_bytes, uint64_t archive_bytes,
                         uint64_t record_offset) {
  if (directory_bytes <= archive_bytes && members <= directory_bytes / kSmallestEntryBytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "byte ", record_offset, ": the zip archive claims ", members, " members in a directory of ",
      directory_bytes, " bytes, more than there is room for"));
}

}  // namespace

absl::Status CheckZipDirectory(absl::string_view tail, int64_t archive_bytes) {
  const uint64_t size = static_cast<uint64_t>(archive_bytes);
  const uint64_t tail_offset = size - tail.size();
  bool found = false;
  // Checks every record that libzip might take for the end record, since it tries them all.
  for (size_t end = tail.find(kEndMagic); end != absl::string_view::npos;
       end = tail.find(kEndMagic, end + 1)) {
    if (end + kEndBytes > tail.size()) break;
    found = true;
    const bool has_locator =
        end >= kLocatorBytes &&
        tail.substr(end - kLocatorBytes, kLocatorMagic.size()) == kLocatorMagic;
    if (!has_locator) {
      DIDACT_RETURN_IF_ERROR(
          CheckCounts(Word(tail, end + 10, 2), Word(tail, end + 12, 4), size, tail_offset + end));
      continue;
    }
    const uint64_t end64_offset = Word(tail, end - kLocatorBytes + 8, 8);
    const uint64_t end64 = end64_offset - tail_offset;  // wraps around if it lies before the tail
    if (end64 > tail.size() || tail.size() - end64 < kEnd64Bytes ||
        tail.substr(end64, kEnd64Magic.size()) != kEnd64Magic) {
      return absl::InvalidArgumentError(
          absl::StrCat("byte ", tail_offset + end - kLocatorBytes,
                       ": the zip archive's 64-bit end record is not where its locator says"));
    }
    DIDACT_RETURN_IF_ERROR(
        CheckCounts(Word(tail, end64 + 32, 8), Word(tail, end64 + 40, 8), size, end64_offset));
  }
  if (found) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("byte ", archive_bytes,
                   ": not a zip archive, or one that was cut off: expected the end of a zip "
                   "directory before this place"));
}

}  // namespace didact
