// Estimates the run time of a trial from its config alone.

#ifndef DIDACT_FRAMEWORK_SWEEP_TRIAL_COST_H_
#define DIDACT_FRAMEWORK_SWEEP_TRIAL_COST_H_

#include <cstdint>

#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// The part of a trial's time that goes into writing its files, roughly.
inline constexpr double kSecondsOfFiles = 3e-3;

struct TrialCost {
  int64_t steps = 0;   // of the whole training
  double seconds = 0;  // on one core; good to a factor of a few, and for comparing trials
  // Of `seconds`, the part of each evaluation, of which there is one before training and one after
  // each epoch.
  double evaluation_seconds = 0;
  // The teacher is trained first, perhaps once for several trials, which `seconds` does not count.
  bool trains_teacher = false;
};

// Returns the estimated cost of a trial of `experiment`, which must be resolved. `context` builds
// its plugins (ResolvedExperiment::context). The size of a data set is guessed if its config does
// not determine it (framework/plugin/dataset_size.h).
TrialCost EstimateTrialCost(const Experiment& experiment, const PluginRegistry& registry,
                            const BuildContext& context);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_TRIAL_COST_H_
