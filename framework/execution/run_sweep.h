// Runs the trials of all experiments of a sweep into a sweep directory.

#ifndef DIDACT_FRAMEWORK_EXECUTION_RUN_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_RUN_SWEEP_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/execution/executor.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/results/trial_status.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

struct SweepOptions {
  std::string directory;
  bool force = false;   // first removes an existing sweep from the directory
  bool resume = false;  // the sweep must exist; it is no error if it has finished
  Shard shard;
  // Receives each warning when a sweep begins (ProbeSweep), or otherwise when the first trial of
  // this process to which it applies begins. May be null; calls do not overlap. The result shows to
  // how many trials each warning applies (TrialProvenance::warnings).
  std::function<void(const std::string& warning)> warn;
  // The text of sweep.textproto.
  std::string sweep_text;
  // Continues even if the results were computed with other plugin libraries.
  bool allow_changed_plugins = false;
  // Continues even if data files have other bytes.
  bool allow_changed_files = false;
  // Continues even if the existing sweep has other paths of data files, which are then replaced by
  // those of the plan.
  bool allow_moved_files = false;
  std::vector<std::string> command;  // for provenance
};

struct SweepResult {
  // The state of each trial of the sweep, as far as this process knows it; by the trial's number in
  // the plan.
  std::vector<TrialState> trials;
  // Numbers of the trials of this process's shard, whether they were run now or before.
  std::vector<int64_t> own;
  // The outcome of the trials `own` (CombineOutcomes).
  TrialStatus outcome = TrialStatus::kFinished;
  // Notes for the user about trials that this process continued, e.g. that a checkpoint was
  // damaged: `LABEL: seed 1: ...`.
  std::vector<std::string> notes;
};

// Trains the remaining trials of the sweep, long ones first, and writes the sweep directory. Trials
// that finished or diverged earlier are not run again; those that failed or were interrupted
// continue from their checkpoints, or start over. The plugin libraries and the data files must, in
// all processes, have the same bytes as those with which the sweep was computed so far; their paths
// do not matter. The data files that the remaining trials name are hashed before training begins
// (HashFile). A trial that diverges or fails does not stop the others. When `stop` becomes true,
// trials end after their current step with a checkpoint, and the others do not begin.
// framework/results/sweep_lock.h says which other processes may work on the sweep at the same time.
//
// Every process of `executor` must make this call. Errors are the same in all of them: a request
// that cannot be run, or CANCELLED if `stop` is set before training begins; results are then
// unchanged, and a new directory is not created. Once `progress.View().trials` is not 0: provenance
// that could not be written.
// Numerics: the files of experiments, except provenance.json, do not depend on threads, shards or
// processes.
absl::StatusOr<SweepResult> RunSweep(const SweepPlan& plan, const PluginRegistry& registry,
                                     const SweepOptions& options, Executor& executor,
                                     const std::atomic<bool>& stop, Progress& progress);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_RUN_SWEEP_H_
