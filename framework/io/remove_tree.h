// Removes a directory so that a part of it is never taken for the whole.

#ifndef DIDACT_FRAMEWORK_IO_REMOVE_TREE_H_
#define DIDACT_FRAMEWORK_IO_REMOVE_TREE_H_

#include <string>

#include "absl/status/status.h"

namespace didact {

// Removes a directory and its contents; succeeds if there is none. After a crash the directory is
// either complete or absent: it is durably renamed before anything in it is removed.
// RemoveTemporaries (framework/io/file.h) removes what is left under the other name.
absl::Status RemoveTree(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_REMOVE_TREE_H_
