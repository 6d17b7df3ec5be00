// Changes one field of a config by its path: `--set=student.width_multiplier=2`, and the values of
// a sweep's axes.

#ifndef DIDACT_FRAMEWORK_CONFIG_OVERRIDE_H_
#define DIDACT_FRAMEWORK_CONFIG_OVERRIDE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// One change, written `PATH=VALUE`: the texts before and after the first '='.
struct Override {
  std::string path;
  std::string value;
};

// Splits `PATH=VALUE`. Errors: INVALID_ARGUMENT if there is no '=' or nothing before it.
absl::StatusOr<Override> ParseOverride(absl::string_view assignment);

// Sets the field of `message` that `change.path` names.
//
// A path consists of field names separated by dots. The name of a repeated field is followed by an
// index in decimal digits, counted from 0: `teacher.hidden[0].width`. An index equal to the number
// of elements appends an element. A path continues into the config of a plugin as if this were an
// ordinary message: `optimizer.learning_rate.value`. Messages on the path that are missing are
// added; plugins are not.
//
// A value is in text format. The quotes of a string and the braces of a message may be left out:
// `optimizer=[didact/Sgd] { ... }`. A whole message is replaced, not merged. A repeated field
// without an index takes a list, `threshold=[0.5, 0.9]`; `[]` empties it. Numbers are written as in
// ParseText.
//
// The field `plugin_library` of an experiment cannot be set, because libraries have been loaded
// before overrides are applied.
//
// Field rules are not checked; ResolveConfig does that. After an error `message` may be partly
// changed.
// Errors: INVALID_ARGUMENT, or NOT_FOUND for an unknown plugin, with `origin`, the part of the path
// up to the mistake, and the possible values there.
absl::Status ApplyOverride(const Override& change, const PluginRegistry& registry,
                           const FieldPath& origin, google::protobuf::Message& message);

// Parses the assignment `PATH=VALUE` and applies it.
absl::Status ApplyOverride(absl::string_view assignment, const PluginRegistry& registry,
                           const FieldPath& origin, google::protobuf::Message& message);

// The same for a path and a value from different places: problems of the value are reported at
// `value_origin`.
absl::Status ApplyOverride(const Override& change, const PluginRegistry& registry,
                           const FieldPath& origin, const std::string& value_origin,
                           google::protobuf::Message& message);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_OVERRIDE_H_
