// The plugins of this folder as a library for the tool.

#include "didact/framework/base/status.h"
#include "didact/framework/plugin/library/manifest.h"
#include "tests/plugin_faults/faulty_documentation.h"
#include "tests/plugin_faults/throwing_plugins.h"
#include "tests/plugin_faults/writing_metric.h"

namespace didact::faulty {
namespace {

absl::Status RegisterFaulty(PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR(RegisterThrowing(registry));
  DIDACT_RETURN_IF_ERROR(RegisterWriting(registry));
  return registry.AddDocumentation(FaultyDocumentation());
}

}  // namespace
}  // namespace didact::faulty

DIDACT_PLUGIN_LIBRARY("faulty", "1.0", didact::faulty::RegisterFaulty)
