// Builds a plugin from the text of its config.

#ifndef DIDACT_TESTS_PLUGINS_BUILD_PLUGIN_H_
#define DIDACT_TESTS_PLUGINS_BUILD_PLUGIN_H_

#include <initializer_list>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/any.pb.h"

namespace didact {

// A function such as RegisterRelu.
using RegisterFunction = absl::Status (*)(PluginRegistry& registry);

// Returns the config [type.googleapis.com/NAME] with the fields of `text`, a text proto of NAME,
// which is the config message of the only plugin of `registry`. Nested plugins may be named in the
// short form [didact/Constant].
// Errors: INVALID_ARGUMENT if the registry has another number of plugins or the text cannot be
//         parsed.
absl::StatusOr<google::protobuf::Any> PluginConfig(const PluginRegistry& registry,
                                                   const std::string& text);

// Returns the plugin that `register_plugin` registers, built with the config `text`: in error
// messages, paths begin at the config's fields. `others` register other plugins that it needs, e.g.
// the schedules that an optimizer's config names.
//
//   BuildPlugin<Activation<double>>(RegisterLeakyRelu, "negative_slope: 0.1")
template <class Interface>
absl::StatusOr<std::unique_ptr<Interface>> BuildPlugin(
    RegisterFunction register_plugin, const std::string& text,
    std::initializer_list<RegisterFunction> others = {}) {
  PluginRegistry registry;
  DIDACT_RETURN_IF_ERROR(register_plugin(registry));
  DIDACT_ASSIGN_OR_RETURN(const google::protobuf::Any config, PluginConfig(registry, text));
  for (const RegisterFunction other : others) DIDACT_RETURN_IF_ERROR(other(registry));
  return registry.Create<Interface>(config, FieldPath());
}

}  // namespace didact

#endif  // DIDACT_TESTS_PLUGINS_BUILD_PLUGIN_H_
