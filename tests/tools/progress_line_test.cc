#include "tools/progress_line.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// Returns the setting of two threads after some time.
ProgressSetting Setting(absl::Duration elapsed) {
  ProgressSetting setting;
  setting.elapsed = elapsed;
  setting.threads = 2;
  return setting;
}

// Begins a run of 32 trials, 100 epochs and 1000 steps each.
void Begin(ProgressView& progress) {
  progress.epochs = 100;
  progress.steps = int64_t{32} * 100 * 1000;
  progress.trials = 32;
}

TEST(FormatRunProgress, PreparesBeforeTheRunHasBegun) {
  const ProgressView progress;
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::ZeroDuration())), "preparing");
}

TEST(FormatRunProgress, LeavesOutWhatIsNotKnownYet) {
  ProgressView progress;
  Begin(progress);
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::Seconds(1))),
            "0%  trials 0/32  2 threads  1s");
}

TEST(FormatRunProgress, ShowsPercentTrialsWhoseLossRateThreadsAndTimes) {
  ProgressView progress;
  Begin(progress);
  progress.trials_done = 3;
  progress.seed = 5;
  progress.epoch = 16;  // the 17th
  progress.step_loss = 0.00012345;
  progress.steps_done = 320000;
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::Milliseconds(6250))),
            "10%  trials 3/32  seed 5 epoch 17/100 loss 1.234e-04  51,200 steps/s  2 threads  "
            "7s, 57s left");
}

TEST(FormatRunProgress, ShowsTimeInTheTwoUnitsThatMatter) {
  ProgressView progress;
  Begin(progress);
  const auto left_after = [&progress](int64_t steps_done, absl::Duration elapsed) {
    progress.steps_done = steps_done;
    const std::string line = FormatRunProgress(progress, Setting(elapsed));
    return line.substr(line.rfind(", ") + 2);
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
    const std::string line = FormatRunProgress(progress, Setting(absl::Seconds(1)));
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
  progress.seed = 7;
  progress.epoch = 0;
  progress.step_loss = std::numeric_limits<double>::infinity();
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::Seconds(1))),
            "0%  trials 0/32  seed 7 epoch 1/100  2 threads  1s");
}

TEST(FormatRunProgress, ShowsTheTrainingOfATeacher) {
  ProgressView progress;
  Begin(progress);
  progress.teacher_trainings = 1;
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::Seconds(1))),
            "0%  trials 0/32  teacher  2 threads  1s");
  progress.teacher_epoch = 2;  // the third
  progress.teacher_epochs = 30;
  progress.teacher_step_loss = 1.25;
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::Seconds(9))),
            "0%  trials 0/32  teacher epoch 3/30 loss 1.250e+00  2 threads  9s");
  progress.teacher_trainings = 2;
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::Seconds(9))),
            "0%  trials 0/32  2 teachers epoch 3/30 loss 1.250e+00  2 threads  9s");
}

TEST(FormatRunProgress, ExpectsStudentsToTakeNoTimeForTheirTeacher) {
  ProgressView progress;
  Begin(progress);
  progress.steps_done = 320000;        // a tenth
  progress.teacher_seconds = 2 * 990;  // each of two trials has waited for 990 seconds
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::Seconds(1000))),
            "10%  trials 0/32  32,000 steps/s  2 threads  16m40s, 1m30s left");
  // A single trial is trained on one of both threads.
  progress.trials = 1;
  progress.teacher_seconds = 990;
  EXPECT_EQ(FormatRunProgress(progress, Setting(absl::Seconds(1000))),
            "10%  trials 0/1  32,000 steps/s  2 threads  16m40s, 1m30s left");
}

TEST(FormatRunProgress, LeavesOutTheLeastImportantPartsOnANarrowTerminal) {
  ProgressView progress;
  progress.epochs = 1000;
  progress.steps = int64_t{1} << 40;
  progress.trials = 32;
  progress.trials_done = 31;
  progress.seed = 32;
  progress.epoch = 999;
  progress.step_loss = 1.23456789e-10;
  progress.steps_done = 1234567;
  const auto line = [&progress](size_t columns) {
    ProgressSetting setting = Setting(absl::Seconds(1));
    setting.columns = columns;
    return FormatRunProgress(progress, setting);
  };
  EXPECT_EQ(line(110),
            "0%  trials 31/32  seed 32 epoch 1000/1000 loss 1.235e-10  1,234,567 steps/s  "
            "2 threads  1s, 10d07h left");
  EXPECT_EQ(line(90),
            "0%  trials 31/32  seed 32 epoch 1000/1000 loss 1.235e-10  2 threads  "
            "1s, 10d07h left");
  EXPECT_EQ(line(79), "0%  trials 31/32  seed 32 epoch 1000/1000 loss 1.235e-10  1s, 10d07h left");
  EXPECT_EQ(line(50), "0%  trials 31/32  1s, 10d07h left");
  EXPECT_EQ(line(10), "0%  trials 31/32  1s, 10d07h left");
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
  return FormatSweepProgress(view, Setting(elapsed));
}

TEST(FormatSweepProgress, PreparesBeforeTheSweepHasBegun) {
  EXPECT_EQ(After(ProgressView(), absl::Seconds(5)), "preparing");
}

TEST(FormatSweepProgress, LeavesOutWhatIsNotKnownYet) {
  EXPECT_EQ(After(Sweep(), absl::Seconds(5)), "0%  trials 304/2304  2 threads  5s");
  EXPECT_EQ(After(Sweep(), absl::ZeroDuration()), "0%  trials 304/2304  2 threads  0s");
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
            "25%  trials 504/2304, 3 wrong  2.5 trials/s  loss of trials 1.2e-04 to 3.4e-01  "
            "2 threads  1m20s, 4m00s left");
}

TEST(FormatSweepProgress, ShowsTheTrainingOfATeacherAndExpectsNoTimeForIt) {
  ProgressView view = Sweep();
  view.trials_done = 504;
  view.work_done = 0.25;
  view.teacher_trainings = 1;
  view.teacher_epoch = 0;
  view.teacher_epochs = 30;
  view.teacher_step_loss = 2.5;
  view.teacher_seconds = 2 * 920;
  EXPECT_EQ(After(view, absl::Seconds(1000)),
            "25%  trials 504/2304  2.5 trials/s  teacher epoch 1/30 loss 2.500e+00  2 threads  "
            "16m40s, 4m00s left");
}

TEST(FormatSweepProgress, CountsTrialsOfThisProcessInTheUnitThatFits) {
  ProgressView view = Sweep();
  view.trials_done = 305;
  const auto rate = [&view](absl::Duration elapsed) {
    const std::string line = After(view, elapsed);
    const size_t begin = line.find("2304  ") + 6;
    return line.substr(begin, line.find("  ", begin) - begin);
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
  EXPECT_EQ(After(view, absl::Seconds(1000)),
            "100%  trials 2304/2304  2.0 trials/s  2 threads  16m40s, 0s left");
}

}  // namespace
}  // namespace didact
