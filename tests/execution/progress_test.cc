#include "didact/framework/execution/progress.h"

#include <cmath>
#include <memory>

#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(Progress, HasNotBegunAtFirst) {
  const Progress progress;
  EXPECT_EQ(progress.View().trials, 0);
  EXPECT_TRUE(std::isnan(progress.View().best_loss));
}

TEST(Progress, CountsPartsOfTrialsThatRun) {
  Progress progress;
  progress.Begin(/*trials=*/4, /*trials_before=*/1, /*work=*/10);
  const auto a = progress.BeginTrial(0, /*steps=*/100, /*work=*/6);
  const auto b = progress.BeginTrial(1, /*steps=*/100, /*work=*/2);
  EXPECT_EQ(progress.View().work_done, 0);
  a->steps_done = 50;
  EXPECT_DOUBLE_EQ(progress.View().work_done, 0.3);
  b->steps_done = 100;
  progress.EndTrial(1, /*wrong=*/true, /*counts=*/true);
  const ProgressView view = progress.View();
  EXPECT_DOUBLE_EQ(view.work_done, 0.5);
  EXPECT_EQ(view.steps_done, 150);
  EXPECT_EQ(view.trials_done, 2);
  EXPECT_EQ(view.trials_before, 1);
  EXPECT_EQ(view.trials_wrong, 1);
}

TEST(Progress, ATrialThatStepsLongerThanEstimatedCountsOnce) {
  Progress progress;
  progress.Begin(2, 0, 10);
  progress.BeginTrial(0, /*steps=*/10, /*work=*/5)->steps_done = 1000;
  EXPECT_DOUBLE_EQ(progress.View().work_done, 0.5);
}

TEST(Progress, KeepsTheLossesOfTrialsThatHaveEnded) {
  Progress progress;
  progress.Begin(3, 0, 3);
  progress.BeginTrial(0, 1, 1)->eval_loss = 0.5;
  progress.EndTrial(0, false, true);
  const auto running = progress.BeginTrial(1, 1, 1);
  running->eval_loss = 9;
  EXPECT_EQ(progress.View().best_loss, 0.5);
  EXPECT_EQ(progress.View().worst_loss, 9);
  running->eval_loss = 0.25;  // changed since the evaluation
  EXPECT_EQ(progress.View().best_loss, 0.25);
  EXPECT_EQ(progress.View().worst_loss, 0.5);
}

TEST(Progress, AddsUpWhatAllProcessesHaveDone) {
  Progress progress;
  progress.Begin(10, 2, 8);
  const auto first = progress.BeginTrial(0, 10, 1);
  first->eval_loss = 0.5;
  first->steps_done = 10;
  progress.EndTrial(0, false, true);
  Progress other;
  other.Begin(10, 2, 8);
  const auto second = other.BeginTrial(1, 10, 2);
  second->eval_loss = 0.25;
  second->steps_done = 10;
  progress.SetShareOf(1, other.Share());
  other.EndTrial(1, /*wrong=*/true, true);
  // Only the latest share of a process counts, and one without an evaluation does not affect the
  // losses.
  progress.SetShareOf(1, other.Share());
  progress.SetShareOf(2, ProgressShare());
  const ProgressView view = progress.View();
  EXPECT_EQ(view.trials, 10);
  EXPECT_EQ(view.trials_done, 4);
  EXPECT_EQ(view.trials_wrong, 1);
  EXPECT_EQ(view.steps_done, 20);
  EXPECT_DOUBLE_EQ(view.work_done, 3.0 / 8);
  EXPECT_EQ(view.best_loss, 0.25);
  EXPECT_EQ(view.worst_loss, 0.5);
}

// The time left is elapsed * (1 - work_done) / work_done, so the rate must be that of work that was
// actually done.
TEST(Progress, WhatNeedNotBeDoneMakesNobodyFaster) {
  Progress progress;
  progress.Begin(4, 0, /*work=*/40);
  // One trial diverges after a tenth of its steps.
  progress.BeginTrial(0, /*steps=*/100, /*work=*/10)->steps_done = 10;
  progress.EndTrial(0, /*wrong=*/true, /*counts=*/true);
  EXPECT_DOUBLE_EQ(progress.View().work_done, 1.0 / 31);
  // One trial had ended before, as only its folder recorded.
  progress.BeginTrial(1, 100, 10);
  progress.EndTrial(1, false, true);
  EXPECT_DOUBLE_EQ(progress.View().work_done, 1.0 / 21);
  // One trial resumes from a checkpoint in its middle.
  const auto resumed = progress.BeginTrial(2, 100, 10);
  resumed->steps -= 50;
  EXPECT_DOUBLE_EQ(progress.View().work_done, 1.0 / 16);
  resumed->steps_done = 25;
  EXPECT_DOUBLE_EQ(progress.View().work_done, 3.5 / 16);
  resumed->steps_done = 50;
  progress.EndTrial(2, false, true);
  EXPECT_DOUBLE_EQ(progress.View().work_done, 6.0 / 16);
}

// All estimates are wrong by the same factor. Two threads each run a trial at a time, and the test
// has its own clock.
TEST(Progress, TimeLeftFollowsWhatWasMeasured) {
  for (const double error : {0.01, 1.0, 100.0}) {
    Progress progress;
    // Trials of 8, 8, 4, 4, 2 and 2 seconds take 14 seconds on two threads.
    progress.Begin(6, 0, 28 * error);
    double now = 0;
    int trial = 0;
    for (const double seconds : {8.0, 4.0, 2.0}) {
      const auto a = progress.BeginTrial(trial, 100, seconds * error);
      const auto b = progress.BeginTrial(trial + 1, 100, seconds * error);
      for (int part = 1; part <= 4; ++part) {
        a->steps_done = b->steps_done = 25 * part;
        const double elapsed = now + seconds * part / 4;
        const double done = progress.View().work_done;
        EXPECT_NEAR(elapsed * (1 - done) / done, 14 - elapsed, 1e-9);
      }
      progress.EndTrial(trial++, false, true);
      progress.EndTrial(trial++, false, true);
      now += seconds;
    }
    EXPECT_DOUBLE_EQ(progress.View().work_done, 1);
  }
}

TEST(Progress, StepsThatACheckpointHeldAreNotLeft) {
  Progress progress;
  progress.Begin(2, 0, 2, /*steps=*/200, /*epochs=*/10);
  EXPECT_EQ(progress.View().steps, 200);
  EXPECT_EQ(progress.View().epochs, 10);
  const auto resumed = progress.BeginTrial(0, 100, 1);
  resumed->steps -= 40;
  EXPECT_EQ(progress.View().steps, 160);
  progress.EndTrial(0, false, true);
  EXPECT_EQ(progress.View().steps, 160);
  // The total still includes the remaining steps of a trial that ends early.
  progress.BeginTrial(1, 100, 1)->steps_done = 5;
  progress.EndTrial(1, /*wrong=*/true, true);
  EXPECT_EQ(progress.View().steps, 160);
  EXPECT_EQ(progress.View().steps_done, 5);
}

TEST(Progress, SaysWhereTheTrialStandsThatWasEvaluatedLast) {
  Progress progress;
  progress.Begin(2, 0, 2);
  EXPECT_EQ(progress.View().epoch, -1);
  EXPECT_TRUE(std::isnan(progress.View().step_loss));
  const auto a = progress.BeginTrial(0, 1, 1);
  const auto b = progress.BeginTrial(1, 1, 1);
  a->SetEvaluation(11, 7, 0.5, 0.25);
  b->SetEvaluation(12, 3, 2, 4);
  EXPECT_EQ(progress.View().seed, 12u);
  EXPECT_EQ(progress.View().epoch, 3);
  EXPECT_EQ(progress.View().step_loss, 2);
  EXPECT_EQ(progress.View().best_loss, 0.25);
  EXPECT_EQ(progress.View().worst_loss, 4);
  a->SetEvaluation(11, 8, 0.125, 0.0625);
  progress.EndTrial(0, false, true);
  EXPECT_EQ(progress.View().seed, 11u);
  EXPECT_EQ(progress.View().epoch, 8);
  EXPECT_EQ(progress.View().step_loss, 0.125);
}

TEST(Progress, AnInterruptedTrialIsNotDone) {
  Progress progress;
  progress.Begin(1, 0, 1);
  progress.BeginTrial(0, 10, 1)->steps_done = 5;
  progress.EndTrial(0, false, /*counts=*/false);
  EXPECT_EQ(progress.View().trials_done, 0);
  EXPECT_EQ(progress.View().steps_done, 5);
}

}  // namespace
}  // namespace didact
