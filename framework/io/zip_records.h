// The records of a zip archive whose members and sizes are known before their contents are written.

#ifndef DIDACT_FRAMEWORK_IO_ZIP_RECORDS_H_
#define DIDACT_FRAMEWORK_IO_ZIP_RECORDS_H_

#include <cstdint>
#include <string>

namespace didact {

// A stored member, dated 1980-01-01. Its name is ASCII or UTF-8.
struct StoredZipMember {
  std::string name;
  int64_t bytes = 0;   // size of its contents
  int64_t offset = 0;  // position of its local header in the archive
  uint32_t crc32 = 0;  // checksum of its contents
};

// Returns the record before a member's contents. Its length does not depend on the checksum. The
// 64-bit form is used only for numbers that need it. Format: PKWARE, "APPNOTE.TXT - .ZIP File
// Format Specification", sections 4.3.7 and 4.5.3.
std::string ZipLocalHeader(const StoredZipMember& member);

// Returns a member's entry in the directory (section 4.3.12).
std::string ZipDirectoryEntry(const StoredZipMember& member);

// Returns the records after the directory (sections 4.3.14 to 4.3.16).
std::string ZipEndRecords(int64_t members, int64_t directory_bytes, int64_t directory_offset);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_ZIP_RECORDS_H_
