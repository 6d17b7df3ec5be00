// What `didact run` and `didact resume` share: training the trials of a run and saying how it goes.

#ifndef DIDACT_TOOLS_EXECUTE_RUN_H_
#define DIDACT_TOOLS_EXECUTE_RUN_H_

#include "absl/status/statusor.h"
#include "framework/execution/run_experiment.h"
#include "framework/plugin/registry.h"
#include "protos/experiment.pb.h"
#include "tools/command.h"

namespace didact {

// Runs the experiment until it ends or a signal comes, with warnings and a progress line, and prints its summary.
// Errors: a request that cannot be run; nothing was done then.
absl::StatusOr<ExitCode> ExecuteRun(const ResolvedExperiment& experiment,
                                    const PluginRegistry& registry, RunOptions options, bool quiet);

}  // namespace didact

#endif  // DIDACT_TOOLS_EXECUTE_RUN_H_
