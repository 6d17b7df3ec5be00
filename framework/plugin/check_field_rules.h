// Checks the rules of config fields themselves (protos/field_rules.proto), in which the author of a
// plugin's .proto may have made mistakes.

#ifndef DIDACT_FRAMEWORK_PLUGIN_CHECK_FIELD_RULES_H_
#define DIDACT_FRAMEWORK_PLUGIN_CHECK_FIELD_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// Checks the rules of all fields of `message` and of the messages within it: every rule must apply
// to its field's type, bounds must leave at least one value, defaults and examples must be valid
// values of the field, and plugin kinds must be among `kinds`.
// Errors: INVALID_ARGUMENT, one problem per line, each with the full name of its field:
// "my.Swish.slope: minimum 2 is above maximum 1".
absl::Status CheckFieldRules(const google::protobuf::Descriptor& message,
                             absl::Span<const absl::string_view> kinds);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_CHECK_FIELD_RULES_H_
