// The built-in schedules: a number as a function of training time.

#ifndef DIDACT_PLUGINS_SCHEDULES_SCHEDULES_H_
#define DIDACT_PLUGINS_SCHEDULES_SCHEDULES_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// The same value throughout.
absl::Status RegisterConstant(PluginRegistry& registry);

// The value of the last point whose epoch has begun.
absl::Status RegisterPiecewise(PluginRegistry& registry);

// value * factor^k from epoch k * every_epochs on.
absl::Status RegisterStepDecay(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_SCHEDULES_SCHEDULES_H_
