// A valid plugin library. It sets an environment variable when its code first runs, so that a test
// can detect whether a refused copy of it ran.

#include <cstdlib>

#include "didact/framework/base/status.h"
#include "didact/framework/plugin/library/manifest.h"
#include "tests/plugin/library/bend.h"
#include "tests/plugin/library/bend.pb.h"
#include "tests/plugin/library/good_documentation.h"

namespace didact::loader_test {
namespace {

[[gnu::constructor]] void LeaveATrace() { setenv("DIDACT_GOOD_PLUGIN_RAN", "1", 1); }

absl::Status RegisterGood(PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<Bend, BendActivation>()));
  return registry.AddDocumentation(GoodDocumentation());
}

}  // namespace
}  // namespace didact::loader_test

DIDACT_PLUGIN_LIBRARY("good", "1.0", didact::loader_test::RegisterGood)
