// Names of plugin config messages in a google.protobuf.Any.

#ifndef DIDACT_FRAMEWORK_PLUGIN_TYPE_URL_H_
#define DIDACT_FRAMEWORK_PLUGIN_TYPE_URL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace didact {

// Returns the full name of the message in a type URL: "didact.Relu" for each of
// "type.googleapis.com/didact.Relu", "didact.Relu" and the short form "didact/Relu" (package,
// slash, message). Empty if the URL is.
std::string MessageNameOfTypeUrl(absl::string_view type_url);

// Returns "type.googleapis.com/didact.Relu" for "didact.Relu".
std::string CanonicalTypeUrl(absl::string_view message_full_name);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_TYPE_URL_H_
