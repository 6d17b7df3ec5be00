// Compares all schedules with hand-computed values.

#include "didact/plugins/schedules/schedules.h"

#include <memory>
#include <string>

#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"

namespace didact {
namespace {

TrainingTime Epoch(int64_t epoch) {
  return {.step = 10 * epoch + 3, .epoch = epoch, .steps_per_epoch = 10, .total_epochs = 1000};
}

std::unique_ptr<Schedule> Built(RegisterFunction register_schedule, const std::string& config) {
  return BuildPlugin<Schedule>(register_schedule, config).value();
}

std::string Message(RegisterFunction register_schedule, const std::string& config) {
  return std::string(BuildPlugin<Schedule>(register_schedule, config).status().message());
}

TEST(Constant, HasOneValue) {
  const auto schedule = Built(RegisterConstant, "value: 0.25");
  EXPECT_EQ(schedule->Value(Epoch(0)), 0.25);
  EXPECT_EQ(schedule->Value(Epoch(999)), 0.25);
}

TEST(Constant, RefusesANegativeValue) {
  EXPECT_EQ(Message(RegisterConstant, "value: -1"), "value: must be >= 0, got -1");
  EXPECT_EQ(Message(RegisterConstant, "value: inf"), "value: must be finite, got inf");
}

TEST(Schedules, NeedTheirValuesButTakeZeros) {
  EXPECT_EQ(Message(RegisterConstant, ""), "value: must be given, such as value: 0.01");
  EXPECT_EQ(Built(RegisterConstant, "value: 0")->Value(Epoch(0)), 0);
  EXPECT_EQ(Message(RegisterPiecewise, "point {} point { epoch: 3 }"),
            "point[0].value: must be given, such as value: 0.1\npoint[1].value: must be given, "
            "such as value: 0.1");
  EXPECT_EQ(Built(RegisterPiecewise, "point { value: 0 }")->Value(Epoch(0)), 0);
  EXPECT_EQ(Message(RegisterStepDecay, "every_epochs: 1"),
            "value: must be given, such as value: 0.1");
  EXPECT_EQ(Built(RegisterStepDecay, "value: 0 every_epochs: 1")->Value(Epoch(0)), 0);
}

TEST(Piecewise, HasTheValueOfTheLastPointThatHasBegun) {
  const auto schedule =
      Built(RegisterPiecewise,
            "point { value: 1 } point { epoch: 3 value: 0.5 } point { epoch: 10 value: 0 }");
  EXPECT_EQ(schedule->Value(Epoch(0)), 1);
  EXPECT_EQ(schedule->Value(Epoch(2)), 1);
  EXPECT_EQ(schedule->Value(Epoch(3)), 0.5);
  EXPECT_EQ(schedule->Value(Epoch(9)), 0.5);
  EXPECT_EQ(schedule->Value(Epoch(10)), 0);
  EXPECT_EQ(schedule->Value(Epoch(999)), 0);
}

TEST(Piecewise, OfOnePointIsConstant) {
  EXPECT_EQ(Built(RegisterPiecewise, "point { value: 2 }")->Value(Epoch(7)), 2);
}

TEST(Piecewise, NeedsAPoint) {
  EXPECT_EQ(Message(RegisterPiecewise, ""),
            "point: must be given at least once, such as point { epoch: 0 value: 0.1 }");
}

TEST(Piecewise, NamesEveryPointThatIsOutOfOrder) {
  EXPECT_EQ(
      Message(RegisterPiecewise,
              "point { epoch: 2 value: 1 } point { epoch: 5 value: 1 } point { epoch: 5 value: 1 } "
              "point { epoch: 4 value: 1 }"),
      "point[0].epoch: must be 0 at the first point, got 2\n"
      "point[2].epoch: must be > 5, the epoch of the point before, got 5\n"
      "point[3].epoch: must be > 5, the epoch of the point before, got 4");
}

TEST(Piecewise, NamesEveryValueOutOfRange) {
  EXPECT_EQ(Message(RegisterPiecewise, "point { value: -1 } point { epoch: -3 value: -2 }"),
            "point[0].value: must be >= 0, got -1\n"
            "point[1].epoch: must be >= 0, got -3\n"
            "point[1].value: must be >= 0, got -2");
}

TEST(StepDecay, MultipliesAtTheStartOfEveryInterval) {
  const auto schedule = Built(RegisterStepDecay, "value: 0.8 factor: 0.1 every_epochs: 4");
  EXPECT_EQ(schedule->Value(Epoch(0)), 0.8);
  EXPECT_EQ(schedule->Value(Epoch(3)), 0.8);
  EXPECT_DOUBLE_EQ(schedule->Value(Epoch(4)), 0.08);
  EXPECT_DOUBLE_EQ(schedule->Value(Epoch(7)), 0.08);
  EXPECT_DOUBLE_EQ(schedule->Value(Epoch(8)), 0.008);
}

// The values are those of repeated halving, as in the reference, to the last bit.
TEST(StepDecay, HalvesExactlyByDefault) {
  const auto schedule = Built(RegisterStepDecay, "value: 0.3 every_epochs: 1");
  double rate = 0.3;
  for (int epoch = 0; epoch < 50; ++epoch, rate /= 2)
    EXPECT_EQ(schedule->Value(Epoch(epoch)), rate);
}

TEST(StepDecay, DecaysToZeroWithoutTrouble) {
  EXPECT_EQ(Built(RegisterStepDecay, "value: 1 factor: 0 every_epochs: 2")->Value(Epoch(1)), 1);
  EXPECT_EQ(Built(RegisterStepDecay, "value: 1 factor: 0 every_epochs: 2")->Value(Epoch(2)), 0);
}

TEST(StepDecay, NamesEveryFieldOutOfRange) {
  EXPECT_EQ(Message(RegisterStepDecay, "value: -1 factor: -2"),
            "value: must be >= 0, got -1\n"
            "factor: must be >= 0, got -2\n"
            "every_epochs: must be >= 1, got 0");
}

}  // namespace
}  // namespace didact
