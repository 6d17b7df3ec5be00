// Runs all trials of an experiment into a run directory.

#ifndef DIDACT_FRAMEWORK_EXECUTION_RUN_EXPERIMENT_H_
#define DIDACT_FRAMEWORK_EXECUTION_RUN_EXPERIMENT_H_

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/execution/execute_trial.h"
#include "framework/execution/run_progress.h"
#include "framework/plugin/registry.h"
#include "protos/experiment.pb.h"

namespace didact {

struct RunOptions {
  std::string directory;
  bool force = false;  // replaces a finished run
  int threads = 1;     // trials at a time
  FieldPath path;      // where the experiment came from, for messages
  // The file that experiment.textproto will be.
  std::string experiment_text;
  // For provenance.
  std::vector<std::string> command;
  std::vector<std::string> plugin_libraries;
};

// Trains every trial of a resolved experiment, several at a time, and writes the run directory. A
// trial that diverges or fails does not keep the others from finishing. When `stop` becomes true,
// trials end after their current step and the rest is not begun.
//
// Returns how the trials ended, in the order of their seeds (those never begun as "interrupted").
// Errors: a request that cannot be run at all; nothing is created on disk then.
// Numerics: the files of a trial do not depend on `threads`.
absl::StatusOr<std::vector<TrialResult>> RunExperiment(const Experiment& experiment,
                                                       const PluginRegistry& registry,
                                                       const RunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       RunProgress& progress);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_RUN_EXPERIMENT_H_
