// The course of a trial: evaluation, epoch, evaluation, ... to the end.

#ifndef DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/plugin/record.h"
#include "framework/training/trial.h"

namespace didact {

// How a trial ended.
enum class TrialOutcome { kFinished, kDiverged, kInterrupted };

// Is told what happens in a trial, on the thread that trains it.
class TrialObserver {
 public:
  virtual ~TrialObserver() = default;

  // After every evaluation; `epoch` is the number of the epoch that ended, -1 before the first step.
  // An error ends the trial.
  virtual absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record& record) = 0;

  // After every step; must be quick.
  virtual void OnStep(const Trial& trial) { static_cast<void>(trial); }
};

// Trains `trial` from where it stands to its end, evaluating before the first step and after every
// epoch. Stops after the step during which `stop` becomes true.
// Errors: those of the observer.
absl::StatusOr<TrialOutcome> RunTrial(Trial& trial, TrialObserver& observer,
                                      const std::atomic<bool>& stop);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_RUN_TRIAL_H_
