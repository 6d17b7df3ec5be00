// Names of temporary files that are renamed once they are complete.

#ifndef DIDACT_FRAMEWORK_IO_TEMPORARY_NAME_H_
#define DIDACT_FRAMEWORK_IO_TEMPORARY_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace didact {

// Returns a name beside `path` that no other writer uses at the same time.
std::string TemporaryName(const std::string& path);

// Returns true if the name has the form that TemporaryName gives.
bool IsTemporaryName(absl::string_view name);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_TEMPORARY_NAME_H_
