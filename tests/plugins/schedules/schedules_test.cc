// Compares all schedules with hand-computed values, and Cosine with PyTorch's.

#include "didact/plugins/schedules/schedules.h"

#include <cmath>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>

#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/schedules/torch_cosine.h"

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

// Returns a step of a training of 3 epochs of 8 steps.
TrainingTime Step(int64_t step) {
  return {.step = step, .epoch = step / 8, .steps_per_epoch = 8, .total_epochs = 3};
}

TEST(Cosine, HasTheRatesOfTorchAtEveryStep) {
  const auto schedule = Built(
      RegisterCosine,
      "value: 0.75 final_value: 0.125 warm_up_epochs: 0.75 warm_up_factor: 0.3333333333333333");
  const auto to_zero =
      Built(RegisterCosine, "value: 0.75 warm_up_epochs: 0.75 warm_up_factor: 0.5");
  ASSERT_EQ(std::size(kTorchCosine), 25u);
  ASSERT_EQ(std::size(kTorchCosineToZero), 25u);
  for (int64_t step = 0; step < 25; ++step) {
    EXPECT_NEAR(schedule->Value(Step(step)), kTorchCosine[step], 1e-15) << step;
    EXPECT_NEAR(to_zero->Value(Step(step)), kTorchCosineToZero[step], 1e-15) << step;
  }
}

TEST(Cosine, BeginsWithTheLargestValueUnlessItIsToWarmUp) {
  EXPECT_EQ(Built(RegisterCosine, "value: 0.5")->Value(Step(0)), 0.5);
  EXPECT_DOUBLE_EQ(Built(RegisterCosine, "value: 0.5")->Value(Step(12)), 0.25);
  EXPECT_EQ(Built(RegisterCosine, "value: 0.5 warm_up_epochs: 1")->Value(Step(0)), 0);
  EXPECT_EQ(Built(RegisterCosine, "value: 0.5 warm_up_epochs: 1")->Value(Step(4)), 0.25);
  EXPECT_EQ(Built(RegisterCosine, "value: 0.5 warm_up_epochs: 1")->Value(Step(8)), 0.5);
}

TEST(Cosine, HasALengthOfItsOwnOrThatOfTheTraining) {
  bool asked = false;
  TrainingTime time = Step(4);
  time.total_epochs = {3, &asked};
  const auto own = Built(RegisterCosine, "value: 0.5 final_value: 0.125 epochs: 1");
  EXPECT_DOUBLE_EQ(own->Value(time), 0.3125);
  EXPECT_FALSE(asked);
  EXPECT_EQ(own->Value(Step(8)), 0.125);
  EXPECT_EQ(own->Value(Step(23)), 0.125);
  Built(RegisterCosine, "value: 0.5")->Value(time);
  EXPECT_TRUE(asked);
}

TEST(Cosine, NamesEveryFieldOutOfRange) {
  EXPECT_EQ(
      Message(RegisterCosine, "final_value: -1 warm_up_epochs: -2 warm_up_factor: 1.5 epochs: 0"),
      "value: must be given, such as value: 0.1\n"
      "final_value: must be >= 0, got -1\n"
      "warm_up_epochs: must be >= 0, got -2\n"
      "warm_up_factor: must be >= 0 and <= 1, got 1.5\n"
      "epochs: must be >= 1, got 0");
}

TEST(Cosine, RefusesAWarmUpThatLeavesNoEpoch) {
  EXPECT_EQ(Message(RegisterCosine, "value: 1 warm_up_epochs: 2.5 epochs: 2"),
            "warm_up_epochs: must be < epochs, 2, got 2.5");
  EXPECT_EQ(Message(RegisterCosine, "value: 1 warm_up_epochs: 2 epochs: 2"),
            "warm_up_epochs: must be < epochs, 2, got 2");
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
