#include "didact/framework/execution/sweep_time.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/execution/build_one_trial.h"
#include "didact/framework/execution/sweep_states.h"
#include "didact/framework/sweep/trial_cost.h"
#include "didact/framework/training/trial.h"

namespace didact {
namespace {

constexpr int64_t kMaxMeasured = 8;
constexpr double kSecondsOfSteps = 0.05;
constexpr double kMaxSecondsOfEvaluation = 1;

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A flag that is set after some time, or soon after `stop` is set.
class TimeLimit {
 public:
  TimeLimit(double seconds, StopFlag stop)
      : thread_([this, seconds, stop] { Wait(seconds, stop); }) {}
  ~TimeLimit() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }

  StopFlag flag() const { return &flag_; }

 private:
  void Wait(double seconds, StopFlag stop) {
    const Clock::time_point start = Clock::now();
    std::unique_lock<std::mutex> lock(mutex_);
    while (!over_ && !IsSet(stop) && SecondsSince(start) < seconds) {
      ended_.wait_for(lock, std::chrono::milliseconds(20));
    }
    flag_ = true;
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::atomic<bool> flag_ = false;
  std::thread thread_;
};

// Returns the time of a step after the first; nothing if the trial ends before.
std::optional<double> MeasureStep(Trial& trial, StopFlag stop) {
  if (trial.finished() || !trial.Step().ok()) return std::nullopt;
  const Clock::time_point start = Clock::now();
  int64_t steps = 0;
  while (!trial.finished() && SecondsSince(start) < kSecondsOfSteps && !IsSet(stop)) {
    if (!trial.Step().ok()) return std::nullopt;
    ++steps;
  }
  if (steps == 0) return std::nullopt;
  return SecondsSince(start) / static_cast<double>(steps);
}

// Returns the time of an evaluation; nothing if it takes too long.
std::optional<double> MeasureEvaluation(Trial& trial, StopFlag stop) {
  const TimeLimit limit(kMaxSecondsOfEvaluation, stop);
  std::optional<double> seconds;
  // The first evaluation allocates its buffers.
  for (int repetition = 0; repetition < 2; ++repetition) {
    const Clock::time_point start = Clock::now();
    if (!trial.Evaluate(limit.flag()).ok()) break;
    seconds = SecondsSince(start);
  }
  return seconds;
}

// Returns the time of the first trial of experiment i on one core.
absl::StatusOr<double> MeasureTrial(const SweepPlan& plan, int64_t i,
                                    const PluginRegistry& registry, StopFlag stop) {
  const TrialCost& cost = plan.experiments()[i].trial_cost;
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment, plan.Make(i));
  const Clock::time_point start = Clock::now();
  const absl::StatusOr<std::unique_ptr<Trial>> built =
      BuildOneTrial(experiment, {experiment->seed().first()}, registry, plan.path(), stop);
  if (absl::IsCancelled(built.status())) return built.status();
  // The trial reports what is wrong when it is its turn.
  if (!built.ok()) return cost.seconds;
  Trial& trial = **built;
  const double building = SecondsSince(start);
  const std::optional<double> step = MeasureStep(trial, stop);
  if (!step) return cost.seconds;
  const double steps = static_cast<double>(trial.steps());
  const double evaluations = static_cast<double>(trial.epochs() + 1);
  const double estimated_training = cost.seconds - evaluations * cost.evaluation_seconds;
  const std::optional<double> evaluation = MeasureEvaluation(trial, stop);
  if (IsSet(stop)) return StoppedError();
  // An evaluation that is too long to measure is as much longer than its estimate as a step.
  const double ratio = *step * steps / std::max(estimated_training, 1e-9);
  return building + kSecondsOfFiles + *step * steps +
         evaluations * evaluation.value_or(
                           std::max(kMaxSecondsOfEvaluation, ratio * cost.evaluation_seconds));
}

// Returns the experiments to measure, by ascending cost: the cheapest, the most expensive, and some
// in between. `order`: all experiments by ascending cost.
std::vector<int64_t> Chosen(const std::vector<int64_t>& order) {
  const int64_t last = static_cast<int64_t>(order.size()) - 1;
  const int64_t count = std::min(last + 1, kMaxMeasured);
  std::vector<int64_t> chosen;
  for (int64_t k = 0; k < count; ++k) {
    chosen.push_back(order[count == 1 ? 0 : last * k / (count - 1)]);
  }
  return chosen;
}

}  // namespace

SweepTime SweepTimeOf(const SweepPlan& plan, std::vector<double> trial_seconds, const Shard& shard,
                      int threads) {
  SweepTime time;
  time.threads = threads;
  double longest = 0;
  for (const int64_t trial : PartOf(TrialsByCost(plan), shard)) {
    const double seconds = trial_seconds[plan.ExperimentOf(trial)];
    longest = std::max(longest, seconds);
    time.core_seconds += seconds;
    ++time.trials;
  }
  time.seconds = std::max(longest, time.core_seconds / threads);
  time.trial_seconds = std::move(trial_seconds);
  return time;
}

absl::StatusOr<SweepTime> MeasureSweepTime(const SweepPlan& plan, const PluginRegistry& registry,
                                           const Shard& shard, int threads, StopFlag stop) {
  const std::vector<PlannedExperiment>& experiments = plan.experiments();
  const auto cost = [&experiments](int64_t i) { return experiments[i].trial_cost.seconds; };
  std::vector<int64_t> order(experiments.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&cost](int64_t a, int64_t b) { return cost(a) < cost(b); });
  const std::vector<int64_t> chosen = Chosen(order);
  std::vector<double> logs_of_ratios;
  std::vector<double> trial_seconds(experiments.size());
  for (const int64_t i : chosen) {
    DIDACT_ASSIGN_OR_RETURN(trial_seconds[i], MeasureTrial(plan, i, registry, stop));
    logs_of_ratios.push_back(std::log(trial_seconds[i] / cost(i)));
  }
  // Between two experiments that were measured, the logarithm of the ratio is interpolated.
  size_t above = 0;
  for (const int64_t i : order) {
    while (above < chosen.size() && cost(chosen[above]) < cost(i)) ++above;
    if (trial_seconds[i] > 0) continue;
    const size_t high = std::min(above, chosen.size() - 1);
    const size_t low = high == 0 ? 0 : high - 1;
    const double span = std::log(cost(chosen[high]) / cost(chosen[low]));
    const double part = span > 0 ? std::log(cost(i) / cost(chosen[low])) / span : 1;
    trial_seconds[i] = cost(i) * std::exp(logs_of_ratios[low] +
                                          part * (logs_of_ratios[high] - logs_of_ratios[low]));
  }
  return SweepTimeOf(plan, std::move(trial_seconds), shard, threads);
}

}  // namespace didact
