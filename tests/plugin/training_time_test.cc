#include "didact/framework/plugin/training_time.h"

#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(TrainingTime, NotesThatTheTotalNumberOfEpochsWasAskedFor) {
  bool asked = false;
  const TrainingTime time = {
      .step = 5, .epoch = 1, .steps_per_epoch = 3, .total_epochs = {4, &asked}};
  const TrainingTime copy = time;
  EXPECT_EQ(copy.step + copy.epoch + copy.steps_per_epoch, 9);
  EXPECT_FALSE(asked);
  EXPECT_EQ(copy.total_epochs(), 4);
  EXPECT_TRUE(asked);
}

TEST(TrainingTime, NeedsNobodyWhoWantsToKnow) {
  EXPECT_EQ(TrainingTime().total_epochs(), 1);
  EXPECT_EQ(TrainingTime{.total_epochs = 7}.total_epochs(), 7);
}

}  // namespace
}  // namespace didact
