#include "framework/training/run_trial.h"

#include <algorithm>
#include <chrono>

#include "framework/base/status.h"

namespace didact {
namespace {

// Says when time has passed. Steps can take a microsecond, and then not each of them can pay for a
// look at the clock.
class Timer {
 public:
  explicit Timer(double seconds) : seconds_(seconds) {}

  // To be asked after every step.
  bool IsOver() {
    if (seconds_ <= 0 || --steps_to_look_ > 0) return false;
    const Clock::time_point now = Clock::now();
    // Looks are between a millisecond and a tenth of a second apart, if steps are short enough.
    const double since_look = Seconds(now - last_look_);
    if (since_look < 1e-3) stride_ = std::min(2 * stride_, kLongestStride);
    if (since_look > 1e-1) stride_ = std::max(stride_ / 2, 1);
    last_look_ = now;
    steps_to_look_ = stride_;
    return Seconds(now - start_) >= seconds_;
  }

  void Restart() { start_ = Clock::now(); }

 private:
  // Never set back, whatever happens to the time of day.
  using Clock = std::chrono::steady_clock;
  static constexpr int kLongestStride = 4096;

  static double Seconds(Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
  }

  double seconds_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_look_ = start_;
  int stride_ = 1;
  int steps_to_look_ = 1;
};

}  // namespace

absl::StatusOr<TrialOutcome> RunTrial(Trial& trial, TrialObserver& observer,
                                      const std::atomic<bool>& stop,
                                      const CheckpointPolicy& policy) {
  const auto evaluate = [&]() {
    const Record record = trial.Evaluate();
    return observer.OnEvaluation(trial, trial.step() / trial.steps_per_epoch() - 1, record);
  };
  const auto ends_epochs = [&] {
    return policy.every_epochs > 0 && trial.step() % trial.steps_per_epoch() == 0 &&
           trial.step() / trial.steps_per_epoch() % policy.every_epochs == 0;
  };
  if (trial.step() == 0) DIDACT_RETURN_IF_ERROR(evaluate());
  Timer timer(policy.every_seconds);
  while (!trial.finished() && !trial.diverged()) {
    if (stop.load(std::memory_order_relaxed)) {
      if (trial.step() > 0) DIDACT_RETURN_IF_ERROR(observer.OnCheckpoint(trial));
      return TrialOutcome::kInterrupted;
    }
    // A step's only error is divergence, which the trial remembers.
    if (!trial.Step().ok()) break;
    observer.OnStep(trial);
    if (trial.step() % trial.steps_per_epoch() == 0) DIDACT_RETURN_IF_ERROR(evaluate());
    if (trial.finished() || trial.diverged()) break;
    if (timer.IsOver() || ends_epochs()) {
      DIDACT_RETURN_IF_ERROR(observer.OnCheckpoint(trial));
      timer.Restart();
    }
  }
  return trial.diverged() ? TrialOutcome::kDiverged : TrialOutcome::kFinished;
}

}  // namespace didact
