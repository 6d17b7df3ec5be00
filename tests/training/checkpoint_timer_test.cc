// Tests checkpoints that are due after a period of time.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/run_trial.h"
#include "didact/framework/training/trial.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using Clock = std::chrono::steady_clock;

// Records when checkpoints are written, and stops the trial after the wanted number of them.
class Recorder final : public TrialObserver {
 public:
  explicit Recorder(size_t wanted) : wanted_(wanted) {}

  absl::Status OnEvaluation(const Trial&, int64_t, const Record&) override {
    return absl::OkStatus();
  }
  absl::Status OnCheckpoint(const Trial& trial) override {
    // The checkpoint of the interruption is not counted.
    if (stop) return absl::OkStatus();
    steps.push_back(trial.step());
    times.push_back(Clock::now());
    stop = steps.size() == wanted_;
    return absl::OkStatus();
  }

  std::atomic<bool> stop = false;
  std::vector<int64_t> steps;
  std::vector<Clock::time_point> times;

 private:
  const size_t wanted_;
};

TEST(CheckpointTimer, StartsAnewAtEachCheckpoint) {
  constexpr std::chrono::milliseconds kInterval(20);
  constexpr size_t kWanted = 6;
  // There are more steps than can ever be done in one epoch, so that a checkpoint is due only by
  // time.
  const auto trial = MakeTrial(
      TestExperiment("training { epochs: 1 with_replacement { steps_per_epoch: 1000000000 } }"));
  Recorder recorder(kWanted);
  Clock::time_point before = Clock::now();
  const absl::StatusOr<bool> has_ended =
      RunTrial(*trial, recorder, recorder.stop,
               {.every_seconds = std::chrono::duration<double>(kInterval).count()});
  ASSERT_TRUE(has_ended.ok()) << has_ended.status();
  EXPECT_FALSE(*has_ended);
  ASSERT_EQ(recorder.times.size(), kWanted);
  for (size_t i = 0; i < kWanted; ++i) {
    EXPECT_GE(recorder.times[i] - before, kInterval)
        << "checkpoint " << i << ", at step " << recorder.steps[i];
    before = recorder.times[i];
  }
}

TEST(CheckpointTimer, NeverEndsBeforeItsTime) {
  Recorder recorder(1);
  const absl::StatusOr<bool> has_ended =
      RunTrial(*MakeTrial(TestExperiment()), recorder, recorder.stop, {.every_seconds = 1e9});
  ASSERT_TRUE(has_ended.ok()) << has_ended.status();
  EXPECT_TRUE(*has_ended);
  EXPECT_TRUE(recorder.steps.empty());
}

}  // namespace
}  // namespace didact
