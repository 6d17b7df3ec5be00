// Recognizes files of other kinds than the wanted one, for messages.

#ifndef DIDACT_FRAMEWORK_IO_FILE_KIND_H_
#define DIDACT_FRAMEWORK_IO_FILE_KIND_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace didact {

// Number of bytes from a file's beginning that KindOfFile looks at.
inline constexpr size_t kFileKindBytes = 64;

// Returns what a file is that begins with `head`, and what to do about it, for the end of a
// message: ` (gzip data; decompress them with gunzip)`. Empty if the kind is not known.
absl::string_view KindOfFile(absl::string_view head);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_FILE_KIND_H_
