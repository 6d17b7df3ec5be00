#include "didact/framework/execution/sweep_time.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/sweep/load_sweep.h"
#include "didact/plugins/builtin.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/sweep/sweep_base.h"

namespace didact {
namespace {

// Sleeps for so many milliseconds after each step.
template <class T>
class SleepingProjection final : public Projection<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Projection<T>>> Build(
      const google::protobuf::Int64Value& config, const BuildContext&) {
    auto projection = std::make_unique<SleepingProjection>();
    projection->pause_ = absl::Milliseconds(config.value());
    return projection;
  }
  void Apply(const RandomStream&, NetworkView<T>) const override { absl::SleepFor(pause_); }

 private:
  absl::Duration pause_;
};

class SweepTimeTest : public testing::Test {
 protected:
  SweepTimeTest() {
    EXPECT_EQ(RegisterBuiltinPlugins(registry_), absl::OkStatus());
    EXPECT_EQ((registry_.Add<google::protobuf::Int64Value, SleepingProjection>()),
              absl::OkStatus());
  }

  // Returns a sweep with these values of a field, by default of the pause in milliseconds, which is
  // otherwise 1. Each experiment has two trials of 20 epochs of 10 steps.
  SweepPlan Plan(const std::string& values, const std::string& field = "projection[0].value") {
    ConfigFile file;
    file.path = "s.textproto";
    file.folder = "/";
    file.text = absl::StrReplaceAll(
        absl::StrCat("name: \"s\"\naxis { field: \"", field, "\" value: [", values, "] }\n",
                     test::SweepBase(/*first_seed=*/1, /*last_seed=*/2)),
        {{"  training { epochs: 10 batch_size: 16 with_replacement { steps_per_epoch: 100 } }",
          "  projection { [didact/google.protobuf.Int64Value] { value: 1 } }\n"
          "  training { epochs: 20 batch_size: 16 with_replacement { steps_per_epoch: 10 } }"}});
    absl::StatusOr<SweepPlan> plan = LoadSweep(file, {}, registry_);
    EXPECT_EQ(plan.status(), absl::OkStatus());
    return *std::move(plan);
  }

  PluginRegistry registry_;
};

// Estimates from configs alone say that a step takes microseconds.
TEST_F(SweepTimeTest, StepsAreMeasured) {
  const SweepPlan plan = Plan("\"2\", \"10\"");
  EXPECT_LT(plan.experiments()[0].trial_cost.seconds, 0.1);
  const absl::StatusOr<SweepTime> time = MeasureSweepTime(plan, registry_, Shard(), /*threads=*/2);
  ASSERT_EQ(time.status(), absl::OkStatus());
  ASSERT_EQ(time->trial_seconds.size(), 2u);
  // 200 steps. Upper limits are generous, since a busy machine sleeps longer.
  EXPECT_GE(time->trial_seconds[0], 0.4);
  EXPECT_LE(time->trial_seconds[0], 1.5);
  EXPECT_GE(time->trial_seconds[1], 2);
  EXPECT_LE(time->trial_seconds[1], 6);
  EXPECT_EQ(time->trials, 4);
  EXPECT_DOUBLE_EQ(time->core_seconds, 2 * (time->trial_seconds[0] + time->trial_seconds[1]));
  EXPECT_DOUBLE_EQ(time->seconds, time->core_seconds / 2);
}

// Eight experiments are measured, at most.
TEST_F(SweepTimeTest, ExperimentsThatAreNotMeasuredAreScaledLikeThoseThatAre) {
  std::string widths;
  for (int width = 10; width < 30; ++width) {
    absl::StrAppend(&widths, widths.empty() ? "" : ", ", "\"", width, "\"");
  }
  const SweepPlan plan = Plan(widths, "teacher.hidden[0].width");
  ASSERT_EQ(plan.experiments().size(), 20u);
  const absl::StatusOr<SweepTime> time = MeasureSweepTime(plan, registry_, Shard(), /*threads=*/1);
  ASSERT_EQ(time.status(), absl::OkStatus());
  for (const double seconds : time->trial_seconds) {
    EXPECT_GE(seconds, 0.15);
    EXPECT_LE(seconds, 1);
  }
}

TEST_F(SweepTimeTest, AShardHasItsTrialsOnly) {
  const SweepPlan plan = Plan("\"1\", \"2\"");
  const SweepTime time = SweepTimeOf(plan, {1, 1}, {.index = 1, .count = 4}, /*threads=*/8);
  EXPECT_EQ(time.trials, 1);
  EXPECT_EQ(time.core_seconds, 1);
  EXPECT_EQ(time.seconds, 1);
}

TEST_F(SweepTimeTest, IsCancelled) {
  const std::atomic<bool> stop = true;
  EXPECT_TRUE(absl::IsCancelled(
      MeasureSweepTime(Plan("\"1\""), registry_, Shard(), /*threads=*/1, &stop).status()));
}

}  // namespace
}  // namespace didact
