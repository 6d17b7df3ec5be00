// The request of an extension of a run or a sweep. It is a file in the directory from before the
// first change of the directory until the directory is that of the larger run or sweep.
//
//   extension.textproto   the future text of experiment.textproto or sweep.textproto
//
// If a process finds the file and no other process is at work, an extension was interrupted. The
// process must then finish it or refuse the directory.

#ifndef DIDACT_FRAMEWORK_RESULTS_EXTENSION_REQUEST_H_
#define DIDACT_FRAMEWORK_RESULTS_EXTENSION_REQUEST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// Returns DIRECTORY/extension.textproto.
std::string ExtensionRequestPath(const std::string& directory);

// Returns true if this file exists.
bool IsBeingExtended(const std::string& directory);

// Errors: FAILED_PRECONDITION if this file exists, with the command that finishes the extension.
absl::Status CheckIsNotBeingExtended(const std::string& directory);

// Returns the path of the file that describes what the directory contains, or will contain once it
// has been extended: that of the request if there is one, otherwise that of `name` in the
// directory, e.g. "sweep.textproto".
std::string CurrentRequestPath(const std::string& directory, absl::string_view name);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_EXTENSION_REQUEST_H_
