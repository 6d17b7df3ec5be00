// The manual of plugins and configs, made of the .proto files' comments and rules: what `didact plugins` prints.

#ifndef DIDACT_FRAMEWORK_CONFIG_DESCRIBE_H_
#define DIDACT_FRAMEWORK_CONFIG_DESCRIBE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// All texts are deterministic, end with a newline and have lines of at most 100 characters. Comments come from
// PluginRegistry::Documentation; without them the texts are only shorter.

// All plugins by kind, each with the first sentence of its comment.
std::string DescribePlugins(const PluginRegistry& registry);

// One plugin in full: its comment, all fields, an example. `name` in any form: "didact.Relu", "didact/Relu", or "Relu" alone where
// only one plugin is called that. A config message of several kinds is described for each.
// Errors: NOT_FOUND, with the names there are; INVALID_ARGUMENT for a name of several plugins.
absl::StatusOr<std::string> DescribePlugin(absl::string_view name, const PluginRegistry& registry);

// A message in full, and every message within it, e.g. a didact.Experiment.
std::string DescribeMessage(const google::protobuf::Descriptor& message,
                            const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_DESCRIBE_H_
