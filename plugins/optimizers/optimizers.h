// The built-in optimizers: how a gradient changes the student's parameters.

#ifndef DIDACT_PLUGINS_OPTIMIZERS_OPTIMIZERS_H_
#define DIDACT_PLUGINS_OPTIMIZERS_OPTIMIZERS_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// Stochastic gradient descent with momentum, Nesterov momentum and weight decay.
absl::Status RegisterSgd(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_OPTIMIZERS_OPTIMIZERS_H_
