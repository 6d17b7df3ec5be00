#include "plugins/builtin.h"

#include <utility>

#include "framework/base/status.h"
#include "plugins/activations/activations.h"
#include "plugins/augmentations/augmentations.h"
#include "plugins/config_documentation.h"
#include "plugins/datasets/datasets.h"
#include "plugins/initializers/initializers.h"
#include "plugins/losses/losses.h"
#include "plugins/metrics/metrics.h"
#include "plugins/optimizers/optimizers.h"
#include "plugins/projections/projections.h"
#include "plugins/schedules/schedules.h"

namespace didact {
namespace {

// Every built-in plugin once, by folder; a test fails when one is missing.
constexpr absl::Status (*kBuiltinPlugins[])(PluginRegistry&) = {
    // activations
    RegisterErf,
    RegisterGelu,
    RegisterIdentity,
    RegisterLeakyRelu,
    RegisterRelu,
    RegisterSoftplus,
    RegisterTanh,
    // augmentations
    RegisterGaussianNoise,
    // datasets
    RegisterBoundaryInputs,
    RegisterGaussianInputs,
    RegisterIdxDataset,
    RegisterNpyDataset,
    RegisterSphereInputs,
    RegisterUniformInputs,
    // initializers
    RegisterConstantBias,
    RegisterDecayFanOut,
    RegisterGaussianWeights,
    RegisterNormalizeFanIn,
    RegisterNpzWeights,
    RegisterOrientToTeacherNode,
    RegisterOrthogonalWeights,
    RegisterScaleWeights,
    RegisterSeparatedWeights,
    RegisterUniformFanIn,
    // losses
    RegisterHalfSquaredError,
    RegisterMeanSquaredError,
    // metrics
    RegisterActivationProduct,
    RegisterBoundaryObservability,
    RegisterFanOutNorm,
    RegisterGradientNorm,
    RegisterLoss,
    RegisterPerSampleGradient,
    RegisterSpecialization,
    RegisterWeightChange,
    RegisterWeightNorm,
    // optimizers
    RegisterSgd,
    // projections
    RegisterFreeze,
    RegisterUnitFanIn,
    RegisterZeroBias,
    // schedules
    RegisterConstant,
    RegisterPiecewise,
    RegisterStepDecay,
};

}  // namespace

absl::Status RegisterBuiltinPlugins(PluginRegistry& registry) {
  PluginRegistry builtins;
  for (const auto register_plugin : kBuiltinPlugins)
    DIDACT_RETURN_IF_ERROR(register_plugin(builtins));
  DIDACT_RETURN_IF_ERROR(builtins.AddDocumentation(ConfigDocumentation()));
  return registry.Merge(std::move(builtins));
}

}  // namespace didact
