// Checks single values of config fields by their rules, and sets the values of fields that are left
// out.

#ifndef DIDACT_FRAMEWORK_PLUGIN_FIELD_VALUE_H_
#define DIDACT_FRAMEWORK_PLUGIN_FIELD_VALUE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace didact {

// Describes what is wrong with the value of `field`, which is singular (index -1), or with its
// element `index`: "must be > 0, got -2". Numbers must be finite and in range, enum values known,
// and texts UTF-8. Empty if nothing is wrong, and for a field that is a message.
std::string ValueProblem(const google::protobuf::Message& message,
                         const google::protobuf::FieldDescriptor& field, int index);

// Sets `field`, which must be empty, to `text`, the value of its rule `rule`; for a repeated field,
// to a list of values separated by commas.
// Errors: INVALID_ARGUMENT, without a path, if the text is not a value of the field's type:
// `example "many" is not a value of type int32`.
absl::Status SetFromRule(const google::protobuf::FieldDescriptor& field, absl::string_view rule,
                         const std::string& text, google::protobuf::Message& message);

// Sets `field`, which must be empty, to the `default_value` of its rules. Errors: those of
// SetFromRule.
absl::Status SetDefault(const google::protobuf::FieldDescriptor& field,
                        google::protobuf::Message& message);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_FIELD_VALUE_H_
