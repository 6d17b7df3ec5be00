// Runs the trials of all experiments of a sweep into a sweep directory.

#ifndef DIDACT_FRAMEWORK_EXECUTION_RUN_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_RUN_SWEEP_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/execution/executor.h"
#include "framework/execution/progress.h"
#include "framework/plugin/registry.h"
#include "framework/results/sweep_index.h"
#include "framework/results/trial_status.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

struct SweepOptions {
  std::string directory;
  bool force = false;   // removes what is in the directory first
  bool resume = false;  // the sweep must be there; a finished one is no error
  Shard shard;
  // Receives each warning when a sweep begins (ProbeSweep), or else when the first trial of this process
  // that it is about does; calls do not overlap. May be null. How many trials each is about is in the
  // result (TrialProvenance::warnings).
  std::function<void(const std::string& warning)> warn;
  // The file that sweep.textproto will be.
  std::string sweep_text;
  // Goes on though other plugin libraries computed what is there.
  bool allow_changed_plugins = false;
  // Goes on though files of data have other bytes.
  bool allow_changed_files = false;
  // Goes on though the sweep that is there names files elsewhere, which are then named as here.
  bool allow_moved_files = false;
  std::vector<std::string> command;  // for provenance
};

struct SweepResult {
  // How each trial of the sweep stands, as far as this process knows; by its number in the plan.
  std::vector<TrialState> trials;
  // Numbers of the trials that were this process' part, whether run now or done before.
  std::vector<int64_t> own;
  // The outcome of these (CombineOutcomes).
  TrialStatus outcome = TrialStatus::kFinished;
  // What the user should know of trials that this process went on with, e.g. that a checkpoint was
  // damaged: `LABEL: seed 1: ...`.
  std::vector<std::string> notes;
};

// Trains what is still to be done of the sweep, long trials first, and writes the sweep directory.
// Trials that finished or diverged when the same sweep was run into the directory before are not
// run again; those that failed or were interrupted go on from their checkpoints, or start over.
// Plugins must come from the libraries, and data from the files, by their bytes, that the sweep was
// computed with until now, in all processes; where they lie means nothing. Each file that a trial
// which is left names is hashed before training begins (HashFile). A
// trial that diverges or fails does not keep the others from finishing. When `stop` becomes true,
// trials end after their current step with a checkpoint, and the rest is not begun. Who else may work
// on the sweep meanwhile: framework/results/sweep_lock.h.
//
// Errors: a request that cannot be run at all, or CANCELLED when it is stopped before it has begun;
// nothing is created on disk then, and nothing changed. Once `progress.View().trials` is not 0: what could not be written of provenance.
// Numerics: the files of experiments, but for provenance.json, do not depend on threads, shards or
// processes.
absl::StatusOr<SweepResult> RunSweep(const SweepPlan& plan, const PluginRegistry& registry,
                                     const SweepOptions& options, Executor& executor,
                                     const std::atomic<bool>& stop, Progress& progress);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_RUN_SWEEP_H_
