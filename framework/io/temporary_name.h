// Names for what is written beside its place, to be renamed when it is complete.

#ifndef DIDACT_FRAMEWORK_IO_TEMPORARY_NAME_H_
#define DIDACT_FRAMEWORK_IO_TEMPORARY_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace didact {

// A name beside `path` that no other writer uses at the same time.
std::string TemporaryName(const std::string& path);

// Whether TemporaryName makes such names.
bool IsTemporaryName(absl::string_view name);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_TEMPORARY_NAME_H_
