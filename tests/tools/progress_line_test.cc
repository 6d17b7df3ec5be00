#include "tools/progress_line.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// Begins a run of 32 trials, 100 epochs and 1000 steps each.
void Begin(ProgressView& progress) {
  progress.epochs = 100;
  progress.steps = int64_t{32} * 100 * 1000;
  progress.trials = 32;
}

TEST(FormatRunProgress, PreparesBeforeTheRunHasBegun) {
  const ProgressView progress;
  EXPECT_EQ(FormatRunProgress(progress, absl::ZeroDuration()), "preparing");
}

TEST(FormatRunProgress, LeavesOutWhatIsNotKnownYet) {
  ProgressView progress;
  Begin(progress);
  EXPECT_EQ(FormatRunProgress(progress, absl::Seconds(1)), "trials 0/32  epoch 0/100");
}

TEST(FormatRunProgress, ShowsTrialsEpochLossRateAndTimeLeft) {
  ProgressView progress;
  Begin(progress);
  progress.trials_done = 3;
  progress.epoch = 16;  // the 17th
  progress.step_loss = 0.00012345;
  progress.steps_done = 320000;
  EXPECT_EQ(FormatRunProgress(progress, absl::Milliseconds(6250)),
            "trials 3/32  epoch 17/100  loss 1.234e-04  51,200 steps/s  57s left");
}

TEST(FormatRunProgress, ShowsTimeInTheTwoUnitsThatMatter) {
  ProgressView progress;
  Begin(progress);
  const auto left_after = [&progress](int64_t steps_done, absl::Duration elapsed) {
    progress.steps_done = steps_done;
    const std::string line = FormatRunProgress(progress, elapsed);
    return line.substr(line.rfind("  ") + 2);
  };
  EXPECT_EQ(left_after(3200000, absl::Seconds(10)), "0s left");
  EXPECT_EQ(left_after(3199999, absl::Seconds(10)), "1s left");
  EXPECT_EQ(left_after(1600000, absl::Seconds(59)), "59s left");
  EXPECT_EQ(left_after(1600000, absl::Seconds(60)), "1m00s left");
  EXPECT_EQ(left_after(1600000, absl::Seconds(3599)), "59m59s left");
  EXPECT_EQ(left_after(1600000, absl::Seconds(3600)), "1h00m left");
  EXPECT_EQ(left_after(1600000, absl::Seconds(86399)), "23h59m left");
  EXPECT_EQ(left_after(1600000, absl::Hours(24)), "1d00h left");
  EXPECT_EQ(left_after(1600000, absl::Hours(1005)), "41d21h left");
}

TEST(FormatRunProgress, SeparatesThousandsOfSteps) {
  ProgressView progress;
  Begin(progress);
  const auto rate_of = [&progress](int64_t steps_done) {
    progress.steps_done = steps_done;
    const std::string line = FormatRunProgress(progress, absl::Seconds(1));
    const size_t end = line.find(" steps/s");
    const size_t begin = line.rfind("  ", end) + 2;
    return line.substr(begin, end - begin);
  };
  EXPECT_EQ(rate_of(1), "1");
  EXPECT_EQ(rate_of(999), "999");
  EXPECT_EQ(rate_of(1000), "1,000");
  EXPECT_EQ(rate_of(123456), "123,456");
  EXPECT_EQ(rate_of(1234567), "1,234,567");
}

TEST(FormatRunProgress, LeavesOutALossThatIsNotFinite) {
  ProgressView progress;
  Begin(progress);
  progress.step_loss = std::numeric_limits<double>::infinity();
  EXPECT_EQ(FormatRunProgress(progress, absl::Seconds(1)), "trials 0/32  epoch 0/100");
}

TEST(FormatRunProgress, FitsATerminalOfEightyColumns) {
  ProgressView progress;
  progress.epochs = 1000;
  progress.steps = int64_t{1} << 40;
  progress.trials = 32;
  progress.trials_done = 31;
  progress.epoch = 999;
  progress.step_loss = 1.23456789e-10;
  progress.steps_done = 1234567;
  EXPECT_EQ(FormatRunProgress(progress, absl::Seconds(1)),
            "trials 31/32  epoch 1000/1000  loss 1.235e-10  1,234,567 steps/s  10d07h left");
}

// Returns a sweep of 2304 trials, 304 of which had ended before.
ProgressView Sweep() {
  ProgressView view;
  view.trials = 2304;
  view.trials_before = 304;
  view.trials_done = 304;
  return view;
}

std::string After(const ProgressView& view, absl::Duration elapsed) {
  return FormatSweepProgress(view, elapsed);
}

TEST(FormatSweepProgress, PreparesBeforeTheSweepHasBegun) {
  EXPECT_EQ(After(ProgressView(), absl::Seconds(5)), "preparing");
}

TEST(FormatSweepProgress, LeavesOutWhatIsNotKnownYet) {
  EXPECT_EQ(After(Sweep(), absl::Seconds(5)), "trials 304/2304");
  EXPECT_EQ(After(Sweep(), absl::ZeroDuration()), "trials 304/2304");
}

TEST(FormatSweepProgress, ShowsTrialsRateLossesAndTimeLeft) {
  ProgressView view = Sweep();
  view.trials_done = 504;
  view.trials_wrong = 3;
  view.best_loss = 0.000123;
  view.worst_loss = 0.34;
  view.work_done = 0.25;
  // 200 trials with a quarter of the work took 80 seconds: the rest takes three times as long.
  EXPECT_EQ(After(view, absl::Seconds(80)),
            "trials 504/2304, 3 wrong  2.5 trials/s  loss 1.2e-04 to 3.4e-01  4m00s left");
}

TEST(FormatSweepProgress, CountsTrialsOfThisProcessInTheUnitThatFits) {
  ProgressView view = Sweep();
  view.trials_done = 305;
  const auto rate = [&view](absl::Duration elapsed) {
    const std::string line = After(view, elapsed);
    return line.substr(line.find("  ") + 2);
  };
  EXPECT_EQ(rate(absl::Seconds(1)), "1.0 trials/s");
  EXPECT_EQ(rate(absl::Seconds(2)), "30.0 trials/min");
  EXPECT_EQ(rate(absl::Minutes(1)), "1.0 trials/min");
  EXPECT_EQ(rate(absl::Minutes(2)), "30.0 trials/h");
}

TEST(FormatSweepProgress, ShowsNothingLeftAtTheEnd) {
  ProgressView view = Sweep();
  view.trials_done = 2304;
  view.work_done = 1;
  EXPECT_EQ(After(view, absl::Seconds(1000)), "trials 2304/2304  2.0 trials/s  0s left");
}

}  // namespace
}  // namespace didact
