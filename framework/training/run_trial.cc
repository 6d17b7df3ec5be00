#include "framework/training/run_trial.h"

#include "framework/base/status.h"

namespace didact {

absl::StatusOr<TrialOutcome> RunTrial(Trial& trial, TrialObserver& observer,
                                      const std::atomic<bool>& stop) {
  const auto evaluate = [&]() {
    const Record record = trial.Evaluate();
    return observer.OnEvaluation(trial, trial.step() / trial.steps_per_epoch() - 1, record);
  };
  if (trial.step() == 0) DIDACT_RETURN_IF_ERROR(evaluate());
  while (!trial.finished() && !trial.diverged()) {
    if (stop.load(std::memory_order_relaxed)) return TrialOutcome::kInterrupted;
    // A step's only error is divergence, which the trial remembers.
    if (!trial.Step().ok()) break;
    observer.OnStep(trial);
    if (trial.step() % trial.steps_per_epoch() == 0) DIDACT_RETURN_IF_ERROR(evaluate());
  }
  return trial.diverged() ? TrialOutcome::kDiverged : TrialOutcome::kFinished;
}

}  // namespace didact
