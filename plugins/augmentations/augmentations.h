// The built-in augmentations: changes of inputs that keep their shape.

#ifndef DIDACT_PLUGINS_AUGMENTATIONS_AUGMENTATIONS_H_
#define DIDACT_PLUGINS_AUGMENTATIONS_AUGMENTATIONS_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// Adds independent normal noise to every input component.
absl::Status RegisterGaussianNoise(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_AUGMENTATIONS_AUGMENTATIONS_H_
