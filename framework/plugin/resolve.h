// Checks a config message against the rules of its fields (protos/field_rules.proto) and fills in
// defaults.

#ifndef DIDACT_FRAMEWORK_PLUGIN_RESOLVE_H_
#define DIDACT_FRAMEWORK_PLUGIN_RESOLVE_H_

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// Makes `message` complete and canonical, in place: checks the rules of every field, in messages
// within it and, through the registry, in plugin configs inside a google.protobuf.Any; fills in
// defaults; and writes type URLs in canonical form. Numbers must be finite; enum values must be
// known; unknown fields are refused. Resolving twice changes nothing. The rules must be
// well-formed, as those of registered plugins are; CheckFieldRules checks others.
//
// Errors: up to 50 problems at once and the number of further ones, one per line, `ORIGIN:
// path.to.field: must ..., got ...`; INVALID_ARGUMENT, or NOT_FOUND if the first problem is an
// unknown plugin.
absl::Status ResolveConfig(google::protobuf::Message& message, const PluginRegistry& registry,
                           const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_RESOLVE_H_
