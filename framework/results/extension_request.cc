#include "didact/framework/results/extension_request.h"

#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"

namespace didact {

std::string ExtensionRequestPath(const std::string& directory) {
  return JoinPath(directory, "extension.textproto");
}

bool IsBeingExtended(const std::string& directory) {
  return PathExists(ExtensionRequestPath(directory));
}

absl::Status CheckIsNotBeingExtended(const std::string& directory) {
  if (!IsBeingExtended(directory)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(directory,
                   ": is being extended; if the process that did so was interrupted, 'didact "
                   "resume ",
                   directory, "' finishes it"));
}

std::string CurrentRequestPath(const std::string& directory, absl::string_view name) {
  return IsBeingExtended(directory) ? ExtensionRequestPath(directory) : JoinPath(directory, name);
}

}  // namespace didact
