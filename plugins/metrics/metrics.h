// Registration of the built-in metrics; their configs, and the keys of their records, are in
// protos/plugins/metric.proto.
//
// One file of this folder is one metric, described at its class. A metric may depend on
// framework/plugin, framework/base and framework/kernels, and on no other plugin.

#ifndef DIDACT_PLUGINS_METRICS_METRICS_H_
#define DIDACT_PLUGINS_METRICS_METRICS_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// The objective and the mean squared error.
absl::Status RegisterLoss(PluginRegistry& registry);

// Normalized correlations of teacher and student nodes.
absl::Status RegisterSpecialization(PluginRegistry& registry);

// Norms of the student nodes' fan-out weights.
absl::Status RegisterFanOutNorm(PluginRegistry& registry);

// How much of the teacher nodes' boundaries the student nodes see.
absl::Status RegisterBoundaryObservability(PluginRegistry& registry);

// Norms of the objective's gradient over the data set.
absl::Status RegisterGradientNorm(PluginRegistry& registry);

// Mean squares of the samples' own gradients.
absl::Status RegisterPerSampleGradient(PluginRegistry& registry);

// Mean products of nodes' activations.
absl::Status RegisterActivationProduct(PluginRegistry& registry);

// Norms of the student's weights.
absl::Status RegisterWeightNorm(PluginRegistry& registry);

// How far the student's weights moved since the previous evaluation.
absl::Status RegisterWeightChange(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_METRICS_METRICS_H_
