// The built-in activations: elementwise nonlinearities y = f(x).

#ifndef DIDACT_PLUGINS_ACTIVATIONS_ACTIVATIONS_H_
#define DIDACT_PLUGINS_ACTIVATIONS_ACTIVATIONS_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// y = x.
absl::Status RegisterIdentity(PluginRegistry& registry);

// y = max(x, 0).
absl::Status RegisterRelu(PluginRegistry& registry);

// y = x if x > 0, else negative_slope * x.
absl::Status RegisterLeakyRelu(PluginRegistry& registry);

// y = erf(x / sqrt 2).
absl::Status RegisterErf(PluginRegistry& registry);

// y = tanh x.
absl::Status RegisterTanh(PluginRegistry& registry);

// y = x * Phi(x).
absl::Status RegisterGelu(PluginRegistry& registry);

// y = log(1 + exp(sharpness * x)) / sharpness.
absl::Status RegisterSoftplus(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_ACTIVATIONS_ACTIVATIONS_H_
