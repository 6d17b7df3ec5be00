// Changes one field of a config by its path: `--set=student.width_multiplier=2`, and the values of
// a sweep's axes.

#ifndef DIDACT_FRAMEWORK_CONFIG_OVERRIDE_H_
#define DIDACT_FRAMEWORK_CONFIG_OVERRIDE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// One change: what stands left and right of the first '='.
struct Override {
  std::string path;
  std::string value;
};

// Errors: INVALID_ARGUMENT if there is no '=' or nothing before it.
absl::StatusOr<Override> ParseOverride(absl::string_view assignment);

// Sets the field of `message` that `change.path` names.
//
// A path is names with dots between, and an index from 0 behind the name of a repeated field, in
// decimal digits alone: `teacher.hidden[0].width`. It goes through a plugin as if the plugin's message
// stood there: `optimizer.learning_rate.value`. An index equal to the number of elements appends one. Messages
// on the way are made if they are not there; plugins are not.
//
// A value is in text format. Around a string the quotes, around a message the braces may be left
// out: `optimizer=[didact/Sgd] { ... }`. A whole message is replaced, not merged. A repeated field
// without index takes a list, `threshold=[0.5, 0.9]`; `[]` empties it.
//
// An experiment's `plugin_library` cannot be set: by then libraries have been loaded.
//
// Field rules are not checked: ResolveConfig does that. On an error `message` may be half changed.
// Errors: INVALID_ARGUMENT, or NOT_FOUND for an unknown plugin, with the path from `origin` up to
// the part that is wrong, and what is possible there.
absl::Status ApplyOverride(const Override& change, const PluginRegistry& registry,
                           const FieldPath& origin, google::protobuf::Message& message);

// Parses the assignment `PATH=VALUE` and applies it.
absl::Status ApplyOverride(absl::string_view assignment, const PluginRegistry& registry,
                           const FieldPath& origin, google::protobuf::Message& message);

// The same for a path and a value that stand in different places: what is wrong with the value is
// reported from `value_origin`.
absl::Status ApplyOverride(const Override& change, const PluginRegistry& registry,
                           const FieldPath& origin, const std::string& value_origin,
                           google::protobuf::Message& message);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_OVERRIDE_H_
