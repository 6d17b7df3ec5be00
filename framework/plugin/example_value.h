// Chooses example values of config fields, for the manual and for tests of plugins.

#ifndef DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_VALUE_H_
#define DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_VALUE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// Returns true if a config without the field is invalid: the field is required, or 0, its value
// when left out, breaks its rules.
bool MustBeGiven(const google::protobuf::FieldDescriptor& field);

// Returns the example of a field that is not a message: one value, or several for a repeated field,
// as a rule writes them. It is the rule `example`; otherwise the default; otherwise a value that
// satisfies the field's other rules: FILE for the name of a file, TEXT for other text. Errors:
// INVALID_ARGUMENT, without the field's name, if no number satisfies the rules.
absl::StatusOr<std::vector<std::string>> ExampleValues(
    const google::protobuf::FieldDescriptor& field);

// Returns such values in text format: `0.5`, `[1, 2]`, `"a.npy"`.
std::string InTextFormat(absl::Span<const std::string> values,
                         const google::protobuf::FieldDescriptor& field);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_VALUE_H_
