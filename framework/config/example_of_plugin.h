// The example that the manual prints of a plugin, as a config to build it from.

#ifndef DIDACT_FRAMEWORK_CONFIG_EXAMPLE_OF_PLUGIN_H_
#define DIDACT_FRAMEWORK_CONFIG_EXAMPLE_OF_PLUGIN_H_

#include <string>

#include "absl/status/statusor.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/any.pb.h"

namespace didact {

// ExampleText (framework/plugin/example_config.h), parsed. Errors: as that.
absl::StatusOr<google::protobuf::Any> ExampleOfPlugin(const PluginFactory& plugin,
                                                      const PluginRegistry& registry,
                                                      const std::string& folder);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_EXAMPLE_OF_PLUGIN_H_
