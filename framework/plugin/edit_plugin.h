// Changes a plugin's config within its google.protobuf.Any.

#ifndef DIDACT_FRAMEWORK_PLUGIN_EDIT_PLUGIN_H_
#define DIDACT_FRAMEWORK_PLUGIN_EDIT_PLUGIN_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace didact {

// Unpacks the config in `any`, a value of `slot` (a field that HoldsPlugins), lets `edit` change
// it, and packs it again under its canonical name, even if `edit` fails. `path` is the path of both
// the Any and the config, since paths skip the Any. Errors: those of PluginRegistry::Find, of bytes
// that do not parse, and of `edit`.
absl::Status EditPlugin(const google::protobuf::FieldDescriptor& slot,
                        const PluginRegistry& registry, const FieldPath& path,
                        google::protobuf::Message& any,
                        absl::FunctionRef<absl::Status(google::protobuf::Message& config)> edit);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_EDIT_PLUGIN_H_
