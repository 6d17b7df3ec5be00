// A registry that knows the config messages of the built-in plugins and builds none of them, so
// that configs are loaded without the code of any plugin.

#ifndef DIDACT_TESTS_CONFIG_CONFIG_REGISTRY_H_
#define DIDACT_TESTS_CONFIG_CONFIG_REGISTRY_H_

#include "didact/framework/plugin/registry.h"

namespace didact::test {

// Returns the registry, with the comments of all .proto files.
PluginRegistry ConfigRegistry();

}  // namespace didact::test

#endif  // DIDACT_TESTS_CONFIG_CONFIG_REGISTRY_H_
