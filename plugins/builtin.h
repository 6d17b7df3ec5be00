// Registration of all plugins that come with Didact.

#ifndef DIDACT_PLUGINS_BUILTIN_H_
#define DIDACT_PLUGINS_BUILTIN_H_

#include "absl/status/status.h"
#include "didact/framework/plugin/registry.h"

namespace didact {

// Adds every built-in plugin and the comments of all config messages
// (PluginRegistry::Documentation).
// Errors: ALREADY_EXISTS if the registry has one of them; it is then unchanged.
absl::Status RegisterBuiltinPlugins(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_BUILTIN_H_
