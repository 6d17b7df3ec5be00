// Removing a directory so that no part of it is ever taken for the whole.

#ifndef DIDACT_FRAMEWORK_IO_REMOVE_TREE_H_
#define DIDACT_FRAMEWORK_IO_REMOVE_TREE_H_

#include <string>

#include "absl/status/status.h"

namespace didact {

// Removes a directory with all that is in it; one that is not there is fine. After a crash it is there
// as it was or not at all: it is renamed, durably, before anything in it is removed. What is left under
// the other name, RemoveTemporaries (framework/io/file.h) removes.
absl::Status RemoveTree(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_REMOVE_TREE_H_
