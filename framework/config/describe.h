// The manual that `didact plugins` prints: the comments and rules of the .proto files of plugins
// and configs.

#ifndef DIDACT_FRAMEWORK_CONFIG_DESCRIBE_H_
#define DIDACT_FRAMEWORK_CONFIG_DESCRIBE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// The length of lines where no terminal determines it.
inline constexpr int kManualColumns = 100;

// All texts are deterministic, end with a newline and have lines of at most `columns` characters,
// except examples and words that are longer. Comments come from PluginRegistry::Documentation; if the registry has none, they are left out.

// Returns a list of all plugins by kind, each with the first sentence of its comment.
std::string DescribePlugins(const PluginRegistry& registry, int columns = kManualColumns);

// Returns the description of a plugin: its comment, all fields and an example. `name` may have any
// form: "didact.Relu", "didact/Relu", or "Relu" alone if only one plugin has this name. A message
// that configures plugins of several kinds is described for each kind.
// Errors: NOT_FOUND, with the known names; INVALID_ARGUMENT if several plugins have the name.
absl::StatusOr<std::string> DescribePlugin(absl::string_view name, const PluginRegistry& registry,
                                           int columns = kManualColumns);

// Returns the description of a message, e.g. didact.Experiment, and of every message within it.
std::string DescribeMessage(const google::protobuf::Descriptor& message,
                            const PluginRegistry& registry, int columns = kManualColumns);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_DESCRIBE_H_
