// The built-in losses: objectives of training.

#ifndef DIDACT_PLUGINS_LOSSES_LOSSES_H_
#define DIDACT_PLUGINS_LOSSES_LOSSES_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// 1/2 ||y_student - y_teacher||^2 per sample.
absl::Status RegisterHalfSquaredError(PluginRegistry& registry);

// (y_student - y_teacher)^2, mean over the outputs, per sample.
absl::Status RegisterMeanSquaredError(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_LOSSES_LOSSES_H_
