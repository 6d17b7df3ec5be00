// Makes a run directory that of a larger experiment, with what can be used of its trials.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXTEND_RUN_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXTEND_RUN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"
#include "framework/base/stop.h"
#include "framework/config/resolve_experiment.h"
#include "framework/execution/extension_summary.h"
#include "framework/plugin/registry.h"
#include "protos/experiment.pb.h"

namespace didact {

// Makes the run in `directory` one of `wanted`, which must extend its experiment
// (framework/config/extension.h): afterwards the directory is as if the run of `wanted` had been
// interrupted where this one ended, and RunExperiment with `resume` trains the rest. Trials that
// have ended and are the same in both stay as they are. If a process was killed that extended the
// directory, what it began is finished first. `path` is where `wanted` came from, for messages.
//
// When it is interrupted, calling it again does the rest, with any `wanted` that extends the one
// before; RunExperiment refuses the directory until then.
//
// Errors: `wanted` does not extend what is there, or cannot be trained; another process works on the
// directory; CANCELLED soon after `stop` is set: nothing is changed then. What the file system says.
absl::Status ExtendRun(const std::string& directory, const ResolvedExperiment& wanted,
                       const PluginRegistry& registry, const FieldPath& path,
                       const ConfirmExtension& confirm, StopFlag stop = nullptr);

// Makes the trials in the run directory `directory`, which nothing else may be working on, those of
// `wanted`, and then `wanted_text` its experiment.textproto, durably. Until that is there, it can be
// done again.
absl::Status ExtendTrials(const std::string& directory, const Experiment& done,
                          const Experiment& wanted, absl::string_view wanted_text);

// Adds the trials in the run directory `directory` to `summary`.
// Errors: as PlanTrialExtension.
absl::Status AddTrials(const std::string& directory, const Experiment& done,
                       const Experiment& wanted, const FieldPath& path, ExtensionSummary& summary);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXTEND_RUN_H_
