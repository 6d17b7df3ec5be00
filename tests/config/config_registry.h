// A registry that knows the config messages of the built-in plugins but cannot build the plugins:
// configs are loaded without any plugin's code.

#ifndef DIDACT_TESTS_CONFIG_CONFIG_REGISTRY_H_
#define DIDACT_TESTS_CONFIG_CONFIG_REGISTRY_H_

#include "framework/plugin/registry.h"

namespace didact::test {

// Returns the registry, with the comments of all .proto files.
PluginRegistry ConfigRegistry();

}  // namespace didact::test

#endif  // DIDACT_TESTS_CONFIG_CONFIG_REGISTRY_H_
