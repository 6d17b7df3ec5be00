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

// A place in the file whose bytes look like an end record.
struct Candidate {
  absl::Status status;         // whether libzip may read its numbers
  bool is_consistent = false;  // it ends the archive, and follows its directory
  // libzip would read numbers of 64 bits that were not checked, whatever other records there are.
  bool is_dangerous = false;
};

// Checks what looks like an end record at index `end` of the tail, after a 64-bit one.
Candidate Check64(absl::string_view tail, size_t end, uint64_t size) {
  const uint64_t tail_offset = size - tail.size();
  const uint64_t end64_offset = Word(tail, end - kLocatorBytes + 8, 8);
  const uint64_t end64 = end64_offset - tail_offset;  // wraps around if it lies before the tail
  Candidate candidate;
  if (end64 > tail.size() || tail.size() - end64 < kEnd64Bytes ||
      tail.substr(end64, kEnd64Magic.size()) != kEnd64Magic) {
    candidate.status = absl::InvalidArgumentError(
        absl::StrCat("byte ", tail_offset + end - kLocatorBytes,
                     ": the zip archive's 64-bit end record is not where its locator says"));
    candidate.is_dangerous = end64_offset < tail_offset;
    return candidate;
  }
  const uint64_t directory_bytes = Word(tail, end64 + 40, 8);
  candidate.status = CheckCounts(Word(tail, end64 + 32, 8), directory_bytes, size, end64_offset);
  candidate.is_dangerous = !candidate.status.ok();
  candidate.is_consistent = directory_bytes <= end64_offset &&
                            Word(tail, end64 + 48, 8) <= end64_offset - directory_bytes;
  return candidate;
}

// Checks what looks like an end record at index `end` of the tail.
Candidate Check(absl::string_view tail, size_t end, uint64_t size) {
  const bool has_locator = end >= kLocatorBytes &&
                           tail.substr(end - kLocatorBytes, kLocatorMagic.size()) == kLocatorMagic;
  Candidate candidate;
  if (has_locator) {
    candidate = Check64(tail, end, size);
  } else {
    const uint64_t place = size - tail.size() + end;
    const uint64_t directory_bytes = Word(tail, end + 12, 4);
    candidate.status = CheckCounts(Word(tail, end + 10, 2), directory_bytes, size, place);
    candidate.is_consistent = Word(tail, end + 16, 4) + directory_bytes <= place;
  }
  const bool ends_archive = end + kEndBytes + Word(tail, end + 20, 2) == tail.size();
  candidate.is_consistent = candidate.is_consistent && candidate.status.ok() && ends_archive;
  return candidate;
}

}  // namespace

absl::Status CheckZipDirectory(absl::string_view tail, int64_t archive_bytes) {
  const uint64_t size = static_cast<uint64_t>(archive_bytes);
  bool found = false;
  bool is_consistent = false;
  absl::Status first_error;
  // libzip tries every record that looks like an end record and takes the best.
  for (size_t end = tail.find(kEndMagic); end != absl::string_view::npos;
       end = tail.find(kEndMagic, end + 1)) {
    if (end + kEndBytes > tail.size()) break;
    found = true;
    const Candidate candidate = Check(tail, end, size);
    if (candidate.is_dangerous) return candidate.status;
    is_consistent = is_consistent || candidate.is_consistent;
    first_error.Update(candidate.status);
  }
  // The others are then data. Their numbers of 16 bits can do no harm.
  if (is_consistent) return absl::OkStatus();
  if (found) return first_error;
  return absl::InvalidArgumentError(
      absl::StrCat("byte ", archive_bytes,
                   ": not a zip archive, or one that was cut off: expected the end of a zip "
                   "directory before this place"));
}

}  // namespace didact
