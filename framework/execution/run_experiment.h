// Runs all trials of an experiment into a run directory.

#ifndef DIDACT_FRAMEWORK_EXECUTION_RUN_EXPERIMENT_H_
#define DIDACT_FRAMEWORK_EXECUTION_RUN_EXPERIMENT_H_

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/config/resolve_experiment.h"
#include "framework/execution/progress.h"
#include "framework/plugin/registry.h"
#include "framework/results/trial_result.h"
#include "protos/experiment.pb.h"

namespace didact {

struct RunOptions {
  std::string directory;
  bool force = false;  // replaces a run that is there
  // Goes on with the run that is there, whose resolved experiment this is.
  bool resume = false;
  int threads = 1;  // trials at a time
  FieldPath path;   // where the experiment came from, for messages
  // Receives each warning (Trial::warnings) when the first trial that it is about begins, with its seed if
  // there are others; calls do not overlap. May be null. How many trials each is about is in what
  // RunExperiment returns (TrialProvenance::warnings).
  std::function<void(const std::string& warning)> warn;
  // The file that experiment.textproto will be. With `resume`: replaces the one that is there once the
  // run goes on, empty: does not.
  std::string experiment_text;
  // With `resume`: goes on though other plugin libraries computed what is there.
  bool allow_changed_plugins = false;
  // With `resume`: goes on though files of data have other bytes.
  bool allow_changed_files = false;
  // With `resume`: files that the experiment names elsewhere than until now, for provenance,
  // `train_data.inputs: /old/x.npy -> /new/x.npy`.
  std::vector<std::string> moved_files;
  std::vector<std::string> command;  // for provenance
};

// Trains every trial of an experiment, several at a time, and writes the run directory. `experiment`
// need not be resolved; `options.experiment_text` is that of the resolved one. A trial that diverges or fails does not keep the others from finishing. When `stop` becomes true,
// trials end after their current step with a checkpoint and the rest is not begun. Another process
// cannot work on the same directory meanwhile.
//
// With `resume`, trials that finished or diverged stay as they are, those with a checkpoint go on
// from it, and the others start. When there is nothing left to do, nothing is written, unless files
// have moved. Plugins must come from the libraries, and data from the files, by their bytes, that the
// run was computed with until now. Files are hashed before training begins (HashFile).
//
// Returns how the trials ended, in the order of their seeds (those never begun as kInterrupted).
// Errors: a request that cannot be run at all, as the first of the trials that are left shows, or the second
// when a plugin throws in the first; nothing is created on disk then. CANCELLED when it is
// stopped before it has begun; nothing is changed then. Once
// `progress.View().trials` is not 0: provenance.json cannot be written.
// Numerics: but for provenance.json, the files are a function of the experiment alone. They do not
//           depend on `threads`, nor on how often the run was interrupted.
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
