// The error message for a field name that does not exist.

#ifndef DIDACT_FRAMEWORK_CONFIG_NO_SUCH_FIELD_H_
#define DIDACT_FRAMEWORK_CONFIG_NO_SUCH_FIELD_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// Returns `Message type "didact.Teacher" has no field named "hiden"; did you mean "hidden"? It has:
// hidden, outputs, ...`.
std::string NoSuchField(const google::protobuf::Descriptor& type, absl::string_view name);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_NO_SUCH_FIELD_H_
