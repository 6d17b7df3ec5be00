// Shared by `didact run` and `didact resume`: trains the trials of a run and shows progress.

#ifndef DIDACT_TOOLS_EXECUTE_RUN_H_
#define DIDACT_TOOLS_EXECUTE_RUN_H_

#include "absl/status/statusor.h"
#include "didact/framework/execution/run_experiment.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"
#include "tools/command.h"

namespace didact {

// Runs the experiment until it ends or a signal arrives, with warnings and a progress line, and
// prints its summary. Errors: a request that cannot be run; nothing was changed.
absl::StatusOr<ExitCode> ExecuteRun(const ResolvedExperiment& experiment,
                                    const PluginRegistry& registry, RunOptions options, bool quiet);

}  // namespace didact

#endif  // DIDACT_TOOLS_EXECUTE_RUN_H_
