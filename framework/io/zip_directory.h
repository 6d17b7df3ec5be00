// Checks the end of a zip archive before libzip reads it, because libzip allocates memory for as
// many members as the archive claims to have.

#ifndef DIDACT_FRAMEWORK_IO_ZIP_DIRECTORY_H_
#define DIDACT_FRAMEWORK_IO_ZIP_DIRECTORY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// Number of bytes at an archive's end that CheckZipDirectory needs: more than libzip searches for
// the end record.
inline constexpr int64_t kZipTailBytes = int64_t{1} << 17;

// Refuses (INVALID_ARGUMENT, without the file's name) an archive without an end record, and one
// whose end record, 32-bit or 64-bit, claims more members than fit into its directory or a
// directory larger than the archive. If one end record is consistent, with the end of the archive
// and with the place of its directory, then other bytes may look like an end record, as those of an
// array may; a 64-bit end record among them is refused all the same. Format: PKWARE, "APPNOTE.TXT - .ZIP File Format
// Specification", sections 4.3.14 to 4.3.16.
//   tail: the last kZipTailBytes bytes of the archive, or all of a shorter archive.
//   archive_bytes: size of the whole archive.
absl::Status CheckZipDirectory(absl::string_view tail, int64_t archive_bytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_ZIP_DIRECTORY_H_
