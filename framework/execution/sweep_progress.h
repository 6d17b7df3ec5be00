// How far a sweep is, written by the threads that train and read by whoever shows it.

#ifndef DIDACT_FRAMEWORK_EXECUTION_SWEEP_PROGRESS_H_
#define DIDACT_FRAMEWORK_EXECUTION_SWEEP_PROGRESS_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include "framework/execution/run_progress.h"

namespace didact {

// The state at one moment.
struct SweepProgressView {
  int64_t trials = 0;         // in all; 0 until the sweep has begun
  int64_t trials_done = 0;    // those that were done before it began included
  int64_t trials_wrong = 0;   // of these: diverged or failed
  int64_t trials_before = 0;  // done before it began
  int64_t steps_done = 0;
  // Part of the work that was to be done when it began, by estimated cost, from 0 to 1. What turned
  // out not to be needed is not counted: the rest of a trial that diverged, what a checkpoint holds.
  double work_done = 0;
  // Of the last evaluation, over the trials that run or have ended; NaN before the first.
  double best_loss = std::numeric_limits<double>::quiet_NaN();
  double worst_loss = std::numeric_limits<double>::quiet_NaN();
};

// What one process has done of a sweep since it began. Bytes that may be sent to another process.
struct SweepShare {
  int64_t trials_done = 0;
  int64_t trials_wrong = 0;
  int64_t steps_done = 0;
  double work_done = 0;
  double work_gone = 0;  // was not to be done after all
  double best_loss = std::numeric_limits<double>::quiet_NaN();
  double worst_loss = std::numeric_limits<double>::quiet_NaN();
};

// All methods may be called from any thread.
class SweepProgress {
 public:
  // `work` is the estimated cost of the trials that are left, in any unit.
  void Begin(int64_t trials, int64_t trials_before, double work);

  // A trial begins; it reports to what is returned until End.
  std::shared_ptr<RunProgress> BeginTrial(int64_t trial, int64_t steps, double work);
  // It has ended. `wrong`: it diverged or failed. `counts`: it is done, and not only interrupted.
  void EndTrial(int64_t trial, bool wrong, bool counts);

  // What this process has done.
  SweepShare Share() const;
  // What another process has done until now.
  void SetShareOf(int process, const SweepShare& share);

  // Of all processes that are known of.
  SweepProgressView View() const;

 private:
  struct Running {
    std::shared_ptr<RunProgress> progress;
    int64_t steps = 0;  // as estimated
    double work = 0;
  };

  // The work of a trial that is done until now, and what was not to be done.
  static void AddWork(const Running& running, SweepShare& share);

  mutable std::mutex mutex_;
  int64_t trials_ = 0;
  int64_t trials_before_ = 0;
  double work_ = 0;
  SweepShare ended_;  // of the trials that have ended alone
  std::map<int64_t, Running> running_;
  std::map<int, SweepShare> others_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_SWEEP_PROGRESS_H_
