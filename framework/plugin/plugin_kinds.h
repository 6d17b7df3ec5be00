// The list of the kinds of plugins that Didact builds.

#ifndef DIDACT_FRAMEWORK_PLUGIN_PLUGIN_KINDS_H_
#define DIDACT_FRAMEWORK_PLUGIN_PLUGIN_KINDS_H_

#include "absl/strings/string_view.h"
#include "framework/plugin/activation.h"
#include "framework/plugin/augmentation.h"
#include "framework/plugin/dataset.h"
#include "framework/plugin/initializer.h"
#include "framework/plugin/loss.h"
#include "framework/plugin/metric.h"
#include "framework/plugin/optimizer.h"
#include "framework/plugin/projection.h"
#include "framework/plugin/schedule.h"

namespace didact {

// In alphabetical order.
inline constexpr absl::string_view kPluginKinds[] = {
    Activation<double>::kKind,  Augmentation<double>::kKind, Dataset<double>::kKind,
    Initializer<double>::kKind, LossFunction<double>::kKind, Metric<double>::kKind,
    Optimizer<double>::kKind,   Projection<double>::kKind,   Schedule::kKind};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_PLUGIN_KINDS_H_
