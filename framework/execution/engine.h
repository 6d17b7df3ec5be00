// The engine of runs and sweeps: trains a list of trials, several at a time.

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
#include "framework/base/problem.h"
#include "framework/execution/execute_trial.h"
#include "framework/execution/executor.h"
#include "framework/execution/first_warnings.h"
#include "framework/execution/progress.h"
#include "framework/plugin/registry.h"
#include "framework/results/trial_result.h"
#include "framework/results/trial_status.h"
#include "framework/sweep/trial_cost.h"
#include "framework/training/trial.h"

namespace didact {

// A trial whose turn has come.
struct BegunTrial {
  TrialTask task;  // all but TrialTask::warn
  // The trial of the task if it has been built already; may be null.
  std::unique_ptr<Trial> built;
  // How the trial ended in an earlier process, if its folder says so: it is not trained then.
  std::optional<TrialResult> ended;
  // What is known of the trial already, e.g. from earlier processes; the notes of its result begin with them.
  std::vector<std::string> notes;
};

// What the engine asks and tells the directory that its trials belong to. Trials go by numbers, which mean
// something to the owner alone.
//
// Threads: the methods are called from several at the same time, for different trials.
class TrialOwner {
 public:
  virtual ~TrialOwner() = default;

  // The estimated cost of a trial.
  virtual TrialCost CostOf(int64_t trial) const = 0;

  // The trial is about to begin. What its task points to must live until End. Errors: the trial fails with this
  // message.
  virtual absl::StatusOr<BegunTrial> Begin(int64_t trial) = 0;

  // `warning`, which is about a trial that has begun, at the place where its cause stands.
  virtual Problem Locate(int64_t trial, const Problem& warning) const = 0;

  // The trial has ended as `result` says, or was interrupted. Returns its status, which is kFailed if the
  // result could not be recorded.
  virtual TrialStatus End(int64_t trial, TrialResult result) = 0;
};

// Trials to be trained.
struct TrialList {
  int64_t trials = 0;          // in all, with those that are done already
  std::vector<int64_t> to_do;  // numbers of those that are left, in the order in which they begin
  int64_t epochs = 0;          // of each trial; 0 where trials differ
};

class Engine {
 public:
  // All but `warn` must outlive the engine. `warn` receives each kind of warning once, when the first trial that
  // it is about begins; its calls do not overlap; it may be null.
  Engine(const PluginRegistry& registry, Executor& executor, const std::atomic<bool>& stop,
         Progress& progress, std::function<void(const std::string& warning)> warn);

  // Those that were given already, also by probing before trials begin.
  FirstWarnings& warnings() { return warnings_; }

  // Trains the trials, as many at a time as the executor has threads, in one of its processes each. A trial that
  // goes wrong does not keep the others from ending. When `stop` becomes true, trials end after their
  // current step, and those that have not begun are left out: the owner is told nothing of them.
  // Every process of the executor makes this call with the same list.
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
