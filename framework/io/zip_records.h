// The records of a zip archive, for archives that are written in place: whose members and sizes are
// known before their bytes are.

#ifndef DIDACT_FRAMEWORK_IO_ZIP_RECORDS_H_
#define DIDACT_FRAMEWORK_IO_ZIP_RECORDS_H_

#include <cstdint>
#include <string>

namespace didact {

// A stored member, dated 1980-01-01. Its name is ASCII, or UTF-8.
struct StoredZipMember {
  std::string name;
  int64_t bytes = 0;   // of its contents
  int64_t offset = 0;  // of its local header in the archive
  uint32_t crc32 = 0;  // of its contents
};

// What stands before a member's contents. Its length does not depend on the checksum.
// Format: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3.7 and 4.5.3; the
// 64-bit form where a number needs it, and nowhere else.
std::string ZipLocalHeader(const StoredZipMember& member);

// A member's entry of the directory (section 4.3.12).
std::string ZipDirectoryEntry(const StoredZipMember& member);

// What stands behind the directory (sections 4.3.14 to 4.3.16).
std::string ZipEndRecords(int64_t members, int64_t directory_bytes, int64_t directory_offset);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_ZIP_RECORDS_H_
