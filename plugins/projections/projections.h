// The built-in projections: constraints on the student's weights, imposed after each step.

#ifndef DIDACT_PLUGINS_PROJECTIONS_PROJECTIONS_H_
#define DIDACT_PLUGINS_PROJECTIONS_PROJECTIONS_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// Divides every node's fan-in weights by their norm.
absl::Status RegisterUnitFanIn(PluginRegistry& registry);

// Sets all biases to 0.
absl::Status RegisterZeroBias(PluginRegistry& registry);

// Keeps layers from being trained.
absl::Status RegisterFreeze(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_PROJECTIONS_PROJECTIONS_H_
