#include "framework/execution/sweep_progress.h"

#include <cmath>
#include <memory>

#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(SweepProgress, HasNotBegunAtFirst) {
  const SweepProgress progress;
  EXPECT_EQ(progress.View().trials, 0);
  EXPECT_TRUE(std::isnan(progress.View().best_loss));
}

TEST(SweepProgress, CountsPartsOfTrialsThatRun) {
  SweepProgress progress;
  progress.Begin(/*trials=*/4, /*trials_before=*/1, /*work=*/10);
  const auto a = progress.BeginTrial(0, /*steps=*/100, /*work=*/6);
  const auto b = progress.BeginTrial(1, /*steps=*/100, /*work=*/2);
  EXPECT_EQ(progress.View().work_done, 0);
  a->steps_done = 50;
  EXPECT_DOUBLE_EQ(progress.View().work_done, 0.3);
  b->steps_done = 100;
  progress.EndTrial(1, /*wrong=*/true, /*counts=*/true);
  const SweepProgressView view = progress.View();
  EXPECT_DOUBLE_EQ(view.work_done, 0.5);
  EXPECT_EQ(view.steps_done, 150);
  EXPECT_EQ(view.trials_done, 2);
  EXPECT_EQ(view.trials_before, 1);
  EXPECT_EQ(view.trials_wrong, 1);
}

TEST(SweepProgress, ATrialThatStepsLongerThanEstimatedCountsOnce) {
  SweepProgress progress;
  progress.Begin(2, 0, 10);
  progress.BeginTrial(0, /*steps=*/10, /*work=*/5)->steps_done = 1000;
  EXPECT_DOUBLE_EQ(progress.View().work_done, 0.5);
}

TEST(SweepProgress, KeepsTheLossesOfTrialsThatHaveEnded) {
  SweepProgress progress;
  progress.Begin(3, 0, 3);
  progress.BeginTrial(0, 1, 1)->eval_loss = 0.5;
  progress.EndTrial(0, false, true);
  const auto running = progress.BeginTrial(1, 1, 1);
  running->eval_loss = 9;
  EXPECT_EQ(progress.View().best_loss, 0.5);
  EXPECT_EQ(progress.View().worst_loss, 9);
  running->eval_loss = 0.25;  // it has learned since
  EXPECT_EQ(progress.View().best_loss, 0.25);
  EXPECT_EQ(progress.View().worst_loss, 0.5);
}

TEST(SweepProgress, AddsUpWhatAllProcessesHaveDone) {
  SweepProgress progress;
  progress.Begin(10, 2, 8);
  progress.BeginTrial(0, 10, 1)->eval_loss = 0.5;
  progress.EndTrial(0, false, true);
  SweepProgress other;
  other.Begin(10, 2, 8);
  other.BeginTrial(1, 10, 2)->eval_loss = 0.25;
  progress.SetShareOf(1, other.Share());
  other.EndTrial(1, /*wrong=*/true, true);
  // The latest of a process counts, and one that has not evaluated anything spoils no loss.
  progress.SetShareOf(1, other.Share());
  progress.SetShareOf(2, SweepShare());
  const SweepProgressView view = progress.View();
  EXPECT_EQ(view.trials, 10);
  EXPECT_EQ(view.trials_done, 4);
  EXPECT_EQ(view.trials_wrong, 1);
  EXPECT_DOUBLE_EQ(view.work_done, 3.0 / 8);
  EXPECT_EQ(view.best_loss, 0.25);
  EXPECT_EQ(view.worst_loss, 0.5);
}

TEST(SweepProgress, AnInterruptedTrialIsNotDone) {
  SweepProgress progress;
  progress.Begin(1, 0, 1);
  progress.BeginTrial(0, 10, 1)->steps_done = 5;
  progress.EndTrial(0, false, /*counts=*/false);
  EXPECT_EQ(progress.View().trials_done, 0);
  EXPECT_EQ(progress.View().steps_done, 5);
}

}  // namespace
}  // namespace didact
