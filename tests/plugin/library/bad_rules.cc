// A plugin library whose only fault is a field rule that no value can satisfy.

#include "didact/framework/plugin/library/manifest.h"
#include "tests/plugin/library/bad_rules.pb.h"
#include "tests/plugin/library/bend.h"

namespace didact::loader_test {
namespace {

absl::Status RegisterCrooked(PluginRegistry& registry) {
  return registry.Add<Crooked, BendActivation>();
}

}  // namespace
}  // namespace didact::loader_test

DIDACT_PLUGIN_LIBRARY("bad_rules", "1.0", didact::loader_test::RegisterCrooked)
