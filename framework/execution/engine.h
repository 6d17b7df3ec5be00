// The engine of runs and sweeps, which trains a list of trials, several at a time.
//
// 1. A program creates an Executor, a Progress and an Engine, and a TrialOwner, which owns the
//    directory of the results.
// 2. Train gives the numbers of the trials to the executor.
// 3. For each trial, on the thread that trains it, the engine calls TrialOwner::Begin, executes the
//    task that this returns (execute_trial.h), and passes the result to TrialOwner::End.
//
// Example:
//
//   const std::unique_ptr<Executor> executor = MakeThreadExecutor(/*threads=*/8);
//   Progress progress;
//   Engine engine(registry, *executor, stop, progress, /*warn=*/nullptr);
//   TrialList list;
//   list.trials = 3;
//   list.to_do = {0, 1, 2};
//   DIDACT_RETURN_IF_ERROR(engine.Train(list, owner));

#ifndef DIDACT_FRAMEWORK_EXECUTION_ENGINE_H_
#define DIDACT_FRAMEWORK_EXECUTION_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/execution/execute_trial.h"
#include "didact/framework/execution/executor.h"
#include "didact/framework/execution/first_warnings.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/execution/teacher_store.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/trial_result.h"
#include "didact/framework/results/trial_status.h"
#include "didact/framework/sweep/trial_cost.h"
#include "didact/framework/training/trial.h"

namespace didact {

// A trial that is about to be executed by the engine.
struct BegunTrial {
  TrialTask task;  // TrialTask::warn and TrialTask::teachers are set by the engine
  // Where the teacher of the trial is trained, or found, if it has preparations; null: in memory.
  TeacherStore* teachers = nullptr;
  // The trial of the task if it has been built already; may be null.
  std::unique_ptr<Trial> built;
  // The result of the trial if, according to its folder, it ended in an earlier process; it is then
  // not trained.
  std::optional<TrialResult> ended;
  // Notes from earlier processes, which are put before the notes of the result.
  std::vector<std::string> notes;
};

// Owns the directory to which trials belong. The engine knows trials only by numbers, whose meaning
// the owner defines.
//
// Threads: the methods are called from several threads at the same time, for different trials.
class TrialOwner {
 public:
  virtual ~TrialOwner() = default;

  // Returns the estimated cost of a trial.
  virtual TrialCost CostOf(int64_t trial) const = 0;

  // Called when the trial is about to begin; returns its task. Objects to which the task points
  // must live until End. Errors: the trial fails with this message, and End is called.
  virtual absl::StatusOr<BegunTrial> Begin(int64_t trial) = 0;

  // Returns `warning`, which is about a trial that has begun, with the place of its cause as its
  // path.
  virtual Problem Locate(int64_t trial, const Problem& warning) const = 0;

  // Called when the trial has ended or was interrupted. Returns its status, which is kFailed if
  // `result` could not be recorded.
  virtual TrialStatus End(int64_t trial, TrialResult result) = 0;
};

// A list of trials to be trained.
struct TrialList {
  int64_t trials = 0;          // number of all trials, including those that are done
  std::vector<int64_t> to_do;  // numbers of those to be trained, in the order in which they begin
  int64_t epochs = 0;          // of each trial; 0 if trials differ
};

class Engine {
 public:
  // Everything but `warn` must outlive the engine. `warn` receives each kind of warning once, when
  // the first trial to which it applies begins. It may be null; its calls do not overlap.
  Engine(const PluginRegistry& registry, Executor& executor, const std::atomic<bool>& stop,
         Progress& progress, std::function<void(const std::string& warning)> warn);

  // The warnings that were given so far. Warnings found before trials begin are added here.
  FirstWarnings& warnings() { return warnings_; }

  // Trains the trials, each in one of the executor's processes, as many at a time as it has
  // threads. A trial that fails or diverges does not stop the others. When `stop` becomes true,
  // trials end after their current step, and trials that have not begun are skipped without a call
  // of the owner. Every process of the executor must make this call with the same list.
  // Errors: those of Executor::Execute.
  absl::Status Train(const TrialList& list, TrialOwner& owner);

 private:
  void TrainOne(int64_t trial, TrialOwner& owner, const std::atomic<bool>& stop);
  TrialResult ResultOf(int64_t trial, TrialOwner& owner, const std::atomic<bool>& stop,
                       TrialProgress& progress);

  const PluginRegistry& registry_;
  Executor& executor_;
  const std::atomic<bool>& stop_;
  Progress& progress_;
  FirstWarnings warnings_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_ENGINE_H_
