// Chooses example values of config fields, for the manual and for tests of plugins.

#ifndef DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_VALUE_H_
#define DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_VALUE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// Whether a config without the field is wrong: the field is required, or 0, which it then has, breaks its rules.
bool MustBeGiven(const google::protobuf::FieldDescriptor& field);

// The example of a field that holds no message: one value, of a repeated field one or more, as a rule writes them. It is
// the rule `example`; without one the default; without that a value that keeps the field's other rules: FILE for the
// name of a file, TEXT for other text. Errors: INVALID_ARGUMENT, without the field's name, when no number keeps the rules.
absl::StatusOr<std::vector<std::string>> ExampleValues(
    const google::protobuf::FieldDescriptor& field);

// Such values in text format: `0.5`, `[1, 2]`, `"a.npy"`.
std::string InTextFormat(absl::Span<const std::string> values,
                         const google::protobuf::FieldDescriptor& field);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_VALUE_H_
