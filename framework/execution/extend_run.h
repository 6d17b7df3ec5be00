// Extends a run directory to a larger experiment, and keeps the trials that can be used.
//
// Everything is checked before anything is changed: whether the larger experiment extends the
// present one, the effect on each trial, and whether the larger experiment can be trained. Then,
// under the lock of the directory, the following steps are taken in order, each durable before the
// next:
//
// 1. The larger experiment is written to extension.textproto.
// 2. Trials that continue or are repeated lose outcome.json, then the files of an epoch that is no
//    longer the last.
// 3. experiment.textproto is written.
// 4. extension.textproto is removed.
//
// The files show what is left to do after a process was killed. Without extension.textproto, the
// extension has either not begun or is complete. With it, and with the old text in
// experiment.textproto, steps 2 and 3 are repeated; what was complete has no further effect. With
// the new text, step 4 is left. The files of a trial are only moved together with its folder, and
// never copied.
//
// A trial that diverged stays, because a longer training diverges at the same step. A trial that
// failed or was interrupted has the same status in the larger run.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXTEND_RUN_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXTEND_RUN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/execution/extension_summary.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Turns the run in `directory` into one of `wanted`, which must extend its experiment
// (framework/config/extension.h). Afterwards the directory is as if the run of `wanted` had been
// interrupted at the end of the present one, and RunExperiment with `resume` trains the rest.
// Trials that have ended and are the same in both stay unchanged. If an earlier extension was
// interrupted, it is finished first. `path` is the origin of `wanted`, for messages.
//
// If this function is interrupted, calling it again finishes the extension, with any `wanted` that
// extends the one before; until then RunExperiment refuses the directory.
//
// Errors: `wanted` does not extend the experiment, or cannot be trained; another process works on
// the directory; CANCELLED soon after `stop` is set, before anything is changed; those of the file
// system.
absl::Status ExtendRun(const std::string& directory, const ResolvedExperiment& wanted,
                       const PluginRegistry& registry, const FieldPath& path,
                       const ConfirmExtension& confirm, StopFlag stop = nullptr);

// Durably turns the trials in the run directory `directory` into those of `wanted` (ExtendTrial),
// and then writes `wanted_text` to its experiment.textproto. No other process may be working on the
// directory. Can be repeated until experiment.textproto has been written.
absl::Status ExtendTrials(const std::string& directory, const Experiment& done,
                          const Experiment& wanted, absl::string_view wanted_text);

// Adds the effect of the extension on each trial in the run directory `directory` to `summary`.
// Errors: those of PlanTrialExtension.
absl::Status AddTrials(const std::string& directory, const Experiment& done,
                       const Experiment& wanted, const FieldPath& path, ExtensionSummary& summary);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXTEND_RUN_H_
