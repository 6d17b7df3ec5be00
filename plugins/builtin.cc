#include "didact/plugins/builtin.h"

#include <utility>

#include "didact/framework/base/status.h"
#include "didact/plugins/builtin_list.h"
#include "didact/plugins/config_documentation.h"

namespace didact {

absl::Status RegisterBuiltinPlugins(PluginRegistry& registry) {
  PluginRegistry builtins;
  for (const auto register_plugin : kBuiltinPlugins)
    DIDACT_RETURN_IF_ERROR(register_plugin(builtins));
  DIDACT_RETURN_IF_ERROR(builtins.AddDocumentation(ConfigDocumentation()));
  return registry.Merge(std::move(builtins));
}

}  // namespace didact
