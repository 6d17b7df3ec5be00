#include "didact/framework/training/run_trial.h"

#include <algorithm>
#include <chrono>

#include "didact/framework/base/status.h"
#include "didact/framework/base/stop.h"

namespace didact {
namespace {

// Reports when a period of time has passed. A step can take as little as a microsecond, so that
// reading the clock after each step would be too slow.
class Timer {
 public:
  explicit Timer(double seconds) : seconds_(seconds) {}

  // Call it after every step.
  bool IsOver() {
    if (seconds_ <= 0 || --steps_to_look_ > 0) return false;
    const Clock::time_point now = Clock::now();
    // Adapts the number of steps between readings so that they are between a millisecond and a
    // tenth of a second apart, if steps are short enough.
    const double since_look = Seconds(now - last_look_);
    if (since_look < 1e-3) stride_ = std::min(2 * stride_, kLongestStride);
    if (since_look > 1e-1) stride_ = std::max(stride_ / 2, 1);
    last_look_ = now;
    steps_to_look_ = stride_;
    return Seconds(now - start_) >= seconds_;
  }

  void Restart() { start_ = Clock::now(); }

 private:
  // A monotonic clock, which changes of the system time do not affect.
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

absl::StatusOr<bool> RunTrial(Trial& trial, TrialObserver& observer, const std::atomic<bool>& stop,
                              const CheckpointPolicy& policy) {
  const auto ends_epochs = [&] {
    return policy.every_epochs > 0 && trial.is_between_epochs() &&
           trial.ended_epochs() % policy.every_epochs == 0;
  };
  Timer timer(policy.every_seconds);
  for (bool has_stepped = false;; has_stepped = true) {
    bool is_given_up = false;
    if (trial.is_between_epochs() && trial.evaluated_step() != trial.step()) {
      const absl::StatusOr<Record> record = trial.Evaluate(&stop);
      is_given_up = absl::IsCancelled(record.status());
      if (!is_given_up) {
        DIDACT_RETURN_IF_ERROR(record.status());
        DIDACT_RETURN_IF_ERROR(observer.OnEvaluation(trial, trial.ended_epochs() - 1, *record));
      }
    }
    if (!is_given_up && (trial.finished() || trial.diverged())) return true;
    if (is_given_up || IsSet(&stop)) {
      if (trial.step() > 0) DIDACT_RETURN_IF_ERROR(observer.OnCheckpoint(trial));
      return false;
    }
    if (has_stepped && (timer.IsOver() || ends_epochs())) {
      DIDACT_RETURN_IF_ERROR(observer.OnCheckpoint(trial));
      timer.Restart();
    }
    if (const absl::Status status = trial.Step(); !status.ok()) {
      if (trial.diverged()) return true;
      return status;
    }
    observer.OnStep(trial);
  }
}

}  // namespace didact
