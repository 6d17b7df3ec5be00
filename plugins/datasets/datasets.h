// Registration of the built-in data sets; their configs are in protos/plugins/dataset.proto.
//
// One file of this folder is one data set, described at its class. A data set may depend on
// framework/plugin, framework/base and framework/kernels, and on no other plugin.

#ifndef DIDACT_PLUGINS_DATASETS_DATASETS_H_
#define DIDACT_PLUGINS_DATASETS_DATASETS_H_

#include "absl/status/status.h"

namespace didact {

class PluginRegistry;

// Each adds the plugin of that name. Errors: ALREADY_EXISTS, the registry unchanged.

// Independent normal components.
absl::Status RegisterGaussianInputs(PluginRegistry& registry);

// Independent uniform components.
absl::Status RegisterUniformInputs(PluginRegistry& registry);

// Uniform on a sphere.
absl::Status RegisterSphereInputs(PluginRegistry& registry);

// Points on and beside the hyperplanes of the teacher's first hidden layer.
absl::Status RegisterBoundaryInputs(PluginRegistry& registry);

// Arrays of a NumPy file.
absl::Status RegisterNpyDataset(PluginRegistry& registry);

// Images in the format of MNIST.
absl::Status RegisterIdxDataset(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_PLUGINS_DATASETS_DATASETS_H_
