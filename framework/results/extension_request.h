// An extension of a run or sweep directory under way: its request is a file in the directory from
// the moment at which the directory begins to change until it is that of the larger run or sweep.
//
//   extension.textproto   what experiment.textproto or sweep.textproto is going to be
//
// A process that finds it without another one at work finishes what that one began, or refuses the
// directory.

#ifndef DIDACT_FRAMEWORK_RESULTS_EXTENSION_REQUEST_H_
#define DIDACT_FRAMEWORK_RESULTS_EXTENSION_REQUEST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// DIRECTORY/extension.textproto.
std::string ExtensionRequestPath(const std::string& directory);

// Whether it is there.
bool IsBeingExtended(const std::string& directory);

// Errors: FAILED_PRECONDITION if it is there, with the command that finishes the extension.
absl::Status CheckIsNotBeingExtended(const std::string& directory);

// The file with what the directory holds, or will hold when it has been extended: `name` in the
// directory, e.g. "sweep.textproto", or the request.
std::string CurrentRequestPath(const std::string& directory, absl::string_view name);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_EXTENSION_REQUEST_H_
