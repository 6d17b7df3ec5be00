// Runs a trial to its end: evaluation, epoch, evaluation, ..., with checkpoints.

#ifndef DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/trial.h"

namespace didact {

// Receives the events of a trial, on the thread that trains it.
//
// 1. RunTrial calls OnEvaluation before the first step, with epoch -1.
// 2. It calls OnStep after every step, OnEvaluation after the last step of every epoch, and
//    OnCheckpoint when a checkpoint is due.
// 3. If the trial is stopped after its first step, the last call is OnCheckpoint.
//
// Example, an observer that prints the loss of every evaluation:
//
//   class LossPrinter final : public TrialObserver {
//    public:
//     absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record&) override {
//       std::printf("epoch %lld: loss %g\n", static_cast<long long>(epoch), trial.eval_loss());
//       return absl::OkStatus();
//     }
//   };
//
//   LossPrinter printer;
//   const std::atomic<bool> stop = false;
//   DIDACT_ASSIGN_OR_RETURN(const bool ended, RunTrial(*trial, printer, stop));
class TrialObserver {
 public:
  virtual ~TrialObserver() = default;

  // Called after every evaluation; `epoch` is the number of the epoch that ended, counted over
  // all stages from 0; -1 before the first step. An error ends the trial.
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

// When checkpoints are due between steps. One more is written when a trial is stopped, also if both
// numbers are 0.
struct CheckpointPolicy {
  int64_t every_epochs = 0;  // 0: never
  double every_seconds = 0;  // measured by a monotonic clock; 0: never
};

// Trains `trial` from its current step to its end, and evaluates it before the first step and after
// every epoch unless that evaluation was made before. If `stop` becomes true, it returns after the
// current step, with a last checkpoint; an evaluation under way is cancelled and is repeated when
// the trial is resumed. No checkpoint is written before the first step.
// Returns true at the end of the trial, which has then finished or diverged (Trial::diverged), and
// false if it was stopped before its end.
// Errors: those of a trial that fails, and those of the observer.
absl::StatusOr<bool> RunTrial(Trial& trial, TrialObserver& observer, const std::atomic<bool>& stop,
                              const CheckpointPolicy& policy = {});

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_
