#include "tools/progress_line.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// A run of 32 trials, 100 epochs and 1000 steps each.
void Begin(RunProgress& progress) {
  progress.epochs = 100;
  progress.steps = int64_t{32} * 100 * 1000;
  progress.trials = 32;
}

TEST(FormatProgress, PreparesBeforeTheRunHasBegun) {
  const RunProgress progress;
  EXPECT_EQ(FormatProgress(progress, absl::ZeroDuration()), "preparing");
}

TEST(FormatProgress, LeavesOutWhatIsNotKnownYet) {
  RunProgress progress;
  Begin(progress);
  EXPECT_EQ(FormatProgress(progress, absl::Seconds(1)), "trials 0/32  epoch 0/100");
}

TEST(FormatProgress, ShowsTrialsEpochLossRateAndTimeLeft) {
  RunProgress progress;
  Begin(progress);
  progress.trials_done = 3;
  progress.epoch = 16;  // the 17th
  progress.step_loss = 0.00012345;
  progress.steps_done = 320000;
  EXPECT_EQ(FormatProgress(progress, absl::Milliseconds(6250)),
            "trials 3/32  epoch 17/100  loss 1.234e-04  51,200 steps/s  57s left");
}

TEST(FormatProgress, ShowsTimeInTheTwoUnitsThatMatter) {
  RunProgress progress;
  Begin(progress);
  const auto left_after = [&progress](int64_t steps_done, absl::Duration elapsed) {
    progress.steps_done = steps_done;
    const std::string line = FormatProgress(progress, elapsed);
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

TEST(FormatProgress, SeparatesThousandsOfSteps) {
  RunProgress progress;
  Begin(progress);
  const auto rate_of = [&progress](int64_t steps_done) {
    progress.steps_done = steps_done;
    const std::string line = FormatProgress(progress, absl::Seconds(1));
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

TEST(FormatProgress, LeavesOutALossThatIsNotFinite) {
  RunProgress progress;
  Begin(progress);
  progress.step_loss = std::numeric_limits<double>::infinity();
  EXPECT_EQ(FormatProgress(progress, absl::Seconds(1)), "trials 0/32  epoch 0/100");
}

TEST(FormatProgress, FitsATerminalOfEightyColumns) {
  RunProgress progress;
  progress.epochs = 1000;
  progress.steps = int64_t{1} << 40;
  progress.trials = 32;
  progress.trials_done = 31;
  progress.epoch = 999;
  progress.step_loss = 1.23456789e-10;
  progress.steps_done = 1234567;
  EXPECT_EQ(FormatProgress(progress, absl::Seconds(1)),
            "trials 31/32  epoch 1000/1000  loss 1.235e-10  1,234,567 steps/s  10d07h left");
}

}  // namespace
}  // namespace didact
