// The example config of a plugin in the manual, as a message from which the plugin can be built.

#ifndef DIDACT_FRAMEWORK_CONFIG_EXAMPLE_OF_PLUGIN_H_
#define DIDACT_FRAMEWORK_CONFIG_EXAMPLE_OF_PLUGIN_H_

#include <string>

#include "absl/status/statusor.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/any.pb.h"

namespace didact {

// Returns the parsed text of ExampleText (framework/plugin/example_config.h). Errors: those of
// ExampleText.
absl::StatusOr<google::protobuf::Any> ExampleOfPlugin(const PluginFactory& plugin,
                                                      const PluginRegistry& registry,
                                                      const std::string& folder);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_EXAMPLE_OF_PLUGIN_H_
