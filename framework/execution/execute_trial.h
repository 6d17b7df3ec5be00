// Executes one trial of a run or a sweep: creates or restores it, trains it, and writes its files.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/trial_directory.h"
#include "didact/framework/results/trial_result.h"
#include "didact/framework/training/checkpoint.h"
#include "didact/framework/training/prepare_teacher.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// A trial to be trained, and the folder of its files.
struct TrialTask {
  const ResolvedExperiment* experiment = nullptr;  // must outlive the execution
  uint64_t seed = 0;
  FieldPath path;  // origin of the experiment, for messages
  TrialDirectory directory = TrialDirectory("");
  // True to continue from the files of earlier processes in the folder. No other process may be
  // working in it.
  bool resume = false;
  // The inputs that may have changed since the checkpoint from which the trial continues.
  AllowedChanges allowed_changes;
  // The data files with their hashes when the run began; a trial that reads other bytes fails. Null
  // if there is nothing to compare with.
  const std::vector<DataFile>* data_files = nullptr;
  // Trains the trial's teacher if it has preparations; null: in memory.
  TeacherTrainer* teachers = nullptr;
  // Receives each warning about the trial (Trial::warnings) before it is trained; may be null.
  std::function<void(const Problem& warning)> warn;
};

// Returns how the trial of a task ended in an earlier process, if it is done (IsDone) and need not
// be executed again; removes files that it no longer needs. Returns std::nullopt if it is not done.
// If the record of its end is damaged, a line is added to `notes`.
std::optional<TrialResult> EndedTrial(const TrialTask& task, std::vector<std::string>& notes);

// Trains the trial of `task` to its end, or until `stop` becomes true, and writes its files:
// checkpoints as the experiment's field `output` says, and one when the trial is stopped. When it
// has finished or diverged, outcome.json is written last and the checkpoints are removed; a trial
// that finished keeps one of its end if output.keep_final_checkpoint is set. `trial` is the trial
// of the task, built and not trained; if it is null, it is built here. Errors are in the result,
// whose status is kFinished, kDiverged, kFailed or kInterrupted.
//
// Threads:  different tasks may be executed at the same time.
// Numerics: the files are a function of the experiment and the seed, whether the trial was
//           interrupted or not.
TrialResult ExecuteTrial(const TrialTask& task, std::unique_ptr<Trial> trial,
                         const PluginRegistry& registry, const std::atomic<bool>& stop,
                         TrialProgress& progress);

// The same for a trial that is built and not trained, and that another object owns.
TrialResult ExecuteTrial(const TrialTask& task, Trial& trial, const std::atomic<bool>& stop,
                         TrialProgress& progress);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_
