// Runs all trials of an experiment into a run directory.
//
// 1. RunExperiment builds one trial to check the request, and only then creates or opens the
//    directory.
// 2. It trains the trials that are left, several at a time, and writes their files.
// 3. It writes provenance.json at the beginning and at the end.
//
// Example:
//
//   RunOptions options;
//   options.directory = "runs/x2";
//   options.threads = 8;
//   options.experiment_text = PrintText(*experiment, registry);
//   Progress progress;
//   DIDACT_ASSIGN_OR_RETURN(const std::vector<TrialResult> trials,
//                           RunExperiment(experiment, registry, options, stop, progress));

#ifndef DIDACT_FRAMEWORK_EXECUTION_RUN_EXPERIMENT_H_
#define DIDACT_FRAMEWORK_EXECUTION_RUN_EXPERIMENT_H_

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/trial_result.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

struct RunOptions {
  std::string directory;
  bool force = false;  // replaces an existing run
  // Continues the existing run, whose resolved experiment is the one passed to RunExperiment.
  bool resume = false;
  int threads = 1;  // trials at a time
  FieldPath path;   // origin of the experiment, for messages
  // Receives each warning (Trial::warnings) when the first trial to which it applies begins, with
  // its seed if there are other trials. May be null; calls do not overlap. The result of
  // RunExperiment shows to how many trials each warning applies (TrialProvenance::warnings).
  std::function<void(const std::string& warning)> warn;
  // The text of experiment.textproto. With `resume`, an existing file is replaced by it when the
  // run continues; if it is empty, the file is kept.
  std::string experiment_text;
  // With `resume`: continues even if the results were computed with other plugin libraries.
  bool allow_changed_plugins = false;
  // With `resume`: continues even if data files have other bytes.
  bool allow_changed_files = false;
  // With `resume`: the data files that were moved, for provenance: `train_data.inputs: /old/x.npy
  // -> /new/x.npy`.
  std::vector<std::string> moved_files;
  std::vector<std::string> command;  // for provenance
};

// Trains every trial of an experiment, several at a time, and writes the run directory.
// `experiment` need not be resolved; `options.experiment_text` is the text of the resolved one. A
// trial that diverges or fails does not stop the others. When `stop` becomes true, trials end after
// their current step with a checkpoint, and the others do not begin. No other process can work on
// the directory at the same time.
//
// With `resume`, trials that finished or diverged are kept, those with a checkpoint continue from
// it, and the others start. If nothing is left to do, nothing is written, unless files have moved.
// The plugin libraries and the data files must have the same bytes as those with which the run was
// computed so far. Data files are hashed before training begins (HashFile).
//
// Returns how the trials ended, in the order of their seeds; trials that never began are
// kInterrupted.
// Errors: a request that cannot be run, as building one of the remaining trials shows
// (BuildOneTrial), or CANCELLED if `stop` is set before training begins; results are then
// unchanged, and a new directory is not created. Once `progress.View().trials` is not 0:
// provenance.json cannot be written.
// Numerics: all files but provenance.json are a function of the experiment alone. They depend
// neither on `threads` nor on interruptions.
absl::StatusOr<std::vector<TrialResult>> RunExperiment(const Experiment& experiment,
                                                       const PluginRegistry& registry,
                                                       const RunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       Progress& progress);
// The same for an experiment that is resolved.
absl::StatusOr<std::vector<TrialResult>> RunExperiment(const ResolvedExperiment& experiment,
                                                       const PluginRegistry& registry,
                                                       const RunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       Progress& progress);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_RUN_EXPERIMENT_H_
