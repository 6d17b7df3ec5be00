// One trial from its creation to its end, with its files: what runs and sweeps are made of.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/field_path.h"
#include "framework/base/problem.h"
#include "framework/config/data_files.h"
#include "framework/config/resolve_experiment.h"
#include "framework/execution/progress.h"
#include "framework/plugin/registry.h"
#include "framework/results/trial_directory.h"
#include "framework/results/trial_result.h"
#include "framework/training/checkpoint.h"
#include "framework/training/trial.h"
#include "protos/experiment.pb.h"

namespace didact {

// What is to be trained, and where its files go.
struct TrialTask {
  const ResolvedExperiment* experiment = nullptr;  // must outlive the execution
  uint64_t seed = 0;
  FieldPath path;  // where the experiment came from, for messages
  TrialDirectory directory = TrialDirectory("");
  // Whether to go on from what earlier processes left in the folder. No other process may be
  // working in it.
  bool resume = false;
  // The properties in which a checkpoint that the trial goes on from may differ from what is there now.
  AllowedChanges allowed_changes;
  // The files of data as the run found them when it began; a trial that reads other bytes fails. Null:
  // there is nothing to compare with.
  const std::vector<DataFile>* data_files = nullptr;
  // Receives each warning about the trial (Trial::warnings) before it is trained; may be null.
  std::function<void(const Problem& warning)> warn;
};

// How the trial of a task ended in an earlier process, if it is done (IsDone): it then need not
// be executed again, and files that it needs no more are removed. Nothing when it did not end, or
// failed for reasons outside of it. `notes` gets a line for a record that is there but damaged.
std::optional<TrialResult> EndedTrial(const TrialTask& task, std::vector<std::string>& notes);

// Trains the trial of `task` to its end, or until `stop` becomes true, and writes its files, with
// checkpoints as the experiment's output field says and one when it is stopped. When it has
// finished or diverged, outcome.json is written last and the checkpoints are removed, except for one
// of the end of a trial that finished, if output.keep_final_checkpoint asks for it. `trial`: that of the
// task, built and not trained yet; built here when null. Whatever goes wrong is in
// the result: its status is kFinished, kDiverged, kFailed or kInterrupted.
//
// Threads:  different tasks may be executed at the same time.
// Numerics: the files are a function of the experiment and the seed, whether the trial was
//           interrupted or not.
TrialResult ExecuteTrial(const TrialTask& task, std::unique_ptr<Trial> trial,
                         const PluginRegistry& registry, const std::atomic<bool>& stop,
                         TrialProgress& progress);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_
