// How far a run or a sweep is, written by the threads that train and read by whoever shows it.

#ifndef DIDACT_FRAMEWORK_EXECUTION_PROGRESS_H_
#define DIDACT_FRAMEWORK_EXECUTION_PROGRESS_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

namespace didact {

// Where the trial stands that was evaluated last. All members may be used from any thread at any time.
struct LastEvaluation {
  std::atomic<int64_t> epoch = -1;
  std::atomic<double> step_loss = std::numeric_limits<double>::quiet_NaN();
};

// How far one trial is. All members may be used from any thread at any time.
struct TrialProgress {
  std::atomic<int64_t> steps = 0;  // to be done by this process; not positive if unknown
  std::atomic<int64_t> steps_done = 0;
  // The objective's mean over the evaluation set.
  std::atomic<double> eval_loss = std::numeric_limits<double>::quiet_NaN();
  LastEvaluation* last = nullptr;  // that of all trials, which outlives this; null: there is none

  // The trial has been evaluated.
  void SetEvaluation(int64_t epoch, double step_loss, double loss) {
    eval_loss = loss;
    if (last == nullptr) return;
    last->epoch = epoch;
    last->step_loss = step_loss;
  }
};

// The state at one moment.
struct ProgressView {
  int64_t trials = 0;         // in all; 0 until the run or sweep has begun
  int64_t trials_done = 0;    // those that were done before it began included
  int64_t trials_wrong = 0;   // of these: diverged or failed
  int64_t trials_before = 0;  // done before it began
  // Steps that were to be done when it began, without those that checkpoints held; not positive if unknown.
  int64_t steps = 0;
  int64_t steps_done = 0;
  int64_t epochs = 0;  // of each trial; 0 where trials differ
  // Of the trial that was evaluated last in this process; -1 and NaN before the first evaluation.
  int64_t epoch = -1;
  double step_loss = std::numeric_limits<double>::quiet_NaN();
  // Part of the work that was to be done when it began, by estimated cost, from 0 to 1. What turned
  // out not to be needed is not counted: the rest of a trial that diverged, what a checkpoint holds.
  double work_done = 0;
  // Of the last evaluation, over the trials that run or have ended; NaN before the first.
  double best_loss = std::numeric_limits<double>::quiet_NaN();
  double worst_loss = std::numeric_limits<double>::quiet_NaN();
};

// What one process has done since it began. Bytes that may be sent to another process.
struct ProgressShare {
  int64_t trials_done = 0;
  int64_t trials_wrong = 0;
  int64_t steps_done = 0;
  int64_t steps_gone = 0;  // were not to be done after all, since checkpoints held them
  double work_done = 0;
  double work_gone = 0;  // was not to be done after all
  double best_loss = std::numeric_limits<double>::quiet_NaN();
  double worst_loss = std::numeric_limits<double>::quiet_NaN();
};

// All methods may be called from any thread.
class Progress {
 public:
  // Forgets all earlier progress. `work`: the estimated cost of the trials that are left, in any
  // unit; `steps`: their steps, not positive if unknown; `epochs`: those of each trial, 0 if trials
  // differ.
  void Begin(int64_t trials, int64_t trials_before, double work, int64_t steps = 0,
             int64_t epochs = 0);

  // A trial begins; it reports to what is returned until End.
  std::shared_ptr<TrialProgress> BeginTrial(int64_t trial, int64_t steps, double work);
  // It has ended. `wrong`: it diverged or failed. `counts`: it is done, and not only interrupted.
  void EndTrial(int64_t trial, bool wrong, bool counts);

  // What this process has done.
  ProgressShare Share() const;
  // What another process has done until now.
  void SetShareOf(int process, const ProgressShare& share);

  // Of all processes that are known of.
  ProgressView View() const;

 private:
  struct Running {
    std::shared_ptr<TrialProgress> progress;
    int64_t steps = 0;  // as estimated
    double work = 0;
  };

  // The work of a trial that is done until now, and what was not to be done.
  static void AddWork(const Running& running, ProgressShare& share);
  // The steps of a trial that are done until now, and those that were not to be done.
  static void AddSteps(const Running& running, ProgressShare& share);

  mutable std::mutex mutex_;
  int64_t trials_ = 0;
  int64_t trials_before_ = 0;
  double work_ = 0;
  int64_t steps_ = 0;
  int64_t epochs_ = 0;
  ProgressShare ended_;  // of the trials that have ended alone
  std::map<int64_t, Running> running_;
  std::map<int, ProgressShare> others_;
  LastEvaluation last_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_PROGRESS_H_
