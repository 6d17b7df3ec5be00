// The built-in initializers: they make or change a network's weights before training.

#ifndef DIDACT_PLUGINS_INITIALIZERS_INITIALIZERS_H_
#define DIDACT_PLUGINS_INITIALIZERS_INITIALIZERS_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// Weights from a list of values, the fan-in weights of no two nodes equal.
absl::Status RegisterSeparatedWeights(PluginRegistry& registry);

// Independent normal weights.
absl::Status RegisterGaussianWeights(PluginRegistry& registry);

// Weights and biases uniform in +-1/sqrt(fan-in).
absl::Status RegisterUniformFanIn(PluginRegistry& registry);

// Random orthonormal rows or columns.
absl::Status RegisterOrthogonalWeights(PluginRegistry& registry);

// Weights from a NumPy archive.
absl::Status RegisterNpzWeights(PluginRegistry& registry);

// Divides every node's fan-in weights by their norm.
absl::Status RegisterNormalizeFanIn(PluginRegistry& registry);

// Divides the fan-out weights of node j = 1, 2, ... by j^exponent.
absl::Status RegisterDecayFanOut(PluginRegistry& registry);

// Multiplies weights and biases by a factor.
absl::Status RegisterScaleWeights(PluginRegistry& registry);

// Sets all biases to one value.
absl::Status RegisterConstantBias(PluginRegistry& registry);

// Turns the student's first fan-in weights away from, or towards, a teacher node.
absl::Status RegisterOrientToTeacherNode(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_INITIALIZERS_INITIALIZERS_H_
