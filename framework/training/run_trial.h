// Runs a trial to its end: evaluation, epoch, evaluation, ..., with checkpoints.

#ifndef DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/plugin/record.h"
#include "framework/training/trial.h"

namespace didact {

// Receives the events of a trial, on the thread that trains it.
class TrialObserver {
 public:
  virtual ~TrialObserver() = default;

  // Called after every evaluation; `epoch` is the number of the epoch that ended, -1 before the
  // first step. An error ends the trial.
  virtual absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record& record) = 0;

  // Called after every step; must be fast.
  virtual void OnStep(const Trial& trial) { static_cast<void>(trial); }

  // Called when a checkpoint is due: between steps, after the evaluation at that step, if any. An
  // error ends the trial.
  virtual absl::Status OnCheckpoint(const Trial& trial) {
    static_cast<void>(trial);
    return absl::OkStatus();
  }
};

// When checkpoints are due; one is also written when a trial is interrupted.
struct CheckpointPolicy {
  int64_t every_epochs = 0;  // 0: never
  double every_seconds = 0;  // measured by a monotonic clock; 0: never
};

// Trains `trial` from its current step to its end, and evaluates it before the first step and after
// every epoch unless that evaluation was made before. If `stop` becomes true, it returns after the
// current step with a last checkpoint; an evaluation is cancelled at once and repeated when the
// trial is resumed. No checkpoint is written before the first step.
// Returns true at the end of the trial, which has then finished or diverged (Trial::diverged), and
// false if it was stopped before its end.
// Errors: those of a trial that fails, and those of the observer.
absl::StatusOr<bool> RunTrial(Trial& trial, TrialObserver& observer, const std::atomic<bool>& stop,
                              const CheckpointPolicy& policy = {});

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_
