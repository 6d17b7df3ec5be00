// Checks that an experiment can be run, by building one of its trials.

#ifndef DIDACT_FRAMEWORK_EXECUTION_BUILD_ONE_TRIAL_H_
#define DIDACT_FRAMEWORK_EXECUTION_BUILD_ONE_TRIAL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/trial.h"

namespace didact {

// Builds the trial of the first of `seeds` of `experiment`. If a plugin throws an exception, which
// may concern this trial alone, builds that of the second instead. Writes nothing. `path` is the
// origin of the experiment. A teacher that preparations train is not trained, so that its weights
// are not those of a run. Returns null if there are no seeds.
//   warnings: receives the warnings that hold for a run (UntrainedTeachers::WarningsOf); may be null.
// Errors: those of CreateTrial; those of the first trial if plugins throw in both.
absl::StatusOr<std::unique_ptr<Trial>> BuildOneTrial(const ResolvedExperiment& experiment,
                                                     absl::Span<const uint64_t> seeds,
                                                     const PluginRegistry& registry,
                                                     const FieldPath& path, StopFlag stop,
                                                     std::vector<Problem>* warnings = nullptr);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_BUILD_ONE_TRIAL_H_
