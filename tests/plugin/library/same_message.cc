// A plugin library that defines a message which another library defines in another file.

#include "didact/framework/plugin/library/manifest.h"
#include "tests/plugin/library/bend.h"
#include "tests/plugin/library/bend_again.pb.h"

namespace didact::loader_test {
namespace {

absl::Status RegisterSameMessage(PluginRegistry& registry) {
  return registry.Add<Bend, BendActivation>();
}

}  // namespace
}  // namespace didact::loader_test

DIDACT_PLUGIN_LIBRARY("same_message", "1.0", didact::loader_test::RegisterSameMessage)
