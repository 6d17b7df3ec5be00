// The list of the kinds of plugins that Didact builds.

#ifndef DIDACT_FRAMEWORK_PLUGIN_PLUGIN_KINDS_H_
#define DIDACT_FRAMEWORK_PLUGIN_PLUGIN_KINDS_H_

#include "absl/strings/string_view.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/schedule.h"

namespace didact {

// In alphabetical order.
inline constexpr absl::string_view kPluginKinds[] = {
    Activation<double>::kKind,  Augmentation<double>::kKind, Dataset<double>::kKind,
    Initializer<double>::kKind, LossFunction<double>::kKind, Metric<double>::kKind,
    Optimizer<double>::kKind,   Projection<double>::kKind,   Schedule::kKind};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_PLUGIN_KINDS_H_
