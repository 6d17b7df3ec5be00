// Registers the example plugins and makes this library a plugin library.

#include "active_fraction.h"
#include "correlated_inputs.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/library/manifest.h"
#include "example_plugins.pb.h"
#include "example_plugins_documentation.h"
#include "swish_activation.h"

namespace example {
namespace {

absl::Status RegisterExamplePlugins(didact::PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<Swish, SwishActivation>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<CorrelatedInputs, CorrelatedInputsDataset>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<ActiveFraction, ActiveFractionMetric>()));
  return registry.AddDocumentation(didact::ExamplePluginsDocumentation());
}

}  // namespace
}  // namespace example

DIDACT_PLUGIN_LIBRARY("example-plugins", "1.0", example::RegisterExamplePlugins)
