// The course of a trial: evaluation, epoch, evaluation, ... to the end, with checkpoints on the way.

#ifndef DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/plugin/record.h"
#include "framework/training/trial.h"

namespace didact {

// Is told what happens in a trial, on the thread that trains it.
class TrialObserver {
 public:
  virtual ~TrialObserver() = default;

  // After every evaluation; `epoch` is the number of the epoch that ended, -1 before the first step.
  // An error ends the trial.
  virtual absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record& record) = 0;

  // After every step; must be quick.
  virtual void OnStep(const Trial& trial) { static_cast<void>(trial); }

  // When a checkpoint is due: between steps, after the evaluation that belongs there, if any. An
  // error ends the trial.
  virtual absl::Status OnCheckpoint(const Trial& trial) {
    static_cast<void>(trial);
    return absl::OkStatus();
  }
};

// When checkpoints are due, besides the one when a trial is interrupted.
struct CheckpointPolicy {
  int64_t every_epochs = 0;  // 0: never
  double every_seconds = 0;  // of a clock that is never set back; 0: never
};

// Trains `trial` from where it stands to its end, evaluating before the first step and after every
// epoch, where it has not been evaluated already. Stops after the step during which `stop` becomes
// true, with a last checkpoint; an evaluation is given up at once, and made again by whoever goes on
// from there. There is no checkpoint before the first step, where nothing would be gained.
// Returns true at the end of the trial, where it has finished or diverged (Trial::diverged), and false
// where it was stopped before.
// Errors: those of a trial that fails, and those of the observer.
absl::StatusOr<bool> RunTrial(Trial& trial, TrialObserver& observer, const std::atomic<bool>& stop,
                              const CheckpointPolicy& policy = {});

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_
