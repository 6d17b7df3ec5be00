// How long a trial takes, estimated from its config alone.

#ifndef DIDACT_FRAMEWORK_SWEEP_TRIAL_COST_H_
#define DIDACT_FRAMEWORK_SWEEP_TRIAL_COST_H_

#include <cstdint>

#include "framework/plugin/factory.h"
#include "framework/plugin/registry.h"
#include "protos/experiment.pb.h"

namespace didact {

struct TrialCost {
  int64_t steps = 0;   // in all
  double seconds = 0;  // on one core; good to a factor of a few, and for comparing trials
};

// `experiment` must be resolved; `context` is what its plugins may be built with (ResolvedExperiment::context). The size of data sets is guessed where their configs do not tell it
// (framework/plugin/dataset_size.h).
TrialCost EstimateTrialCost(const Experiment& experiment, const PluginRegistry& registry,
                            const BuildContext& context);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_TRIAL_COST_H_
