// Verifies that the suite finds schedules that break a promise.

#include <vector>

#include "didact/framework/conformance/conformance.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::ElementsAre;

struct Negative : Buildable<Schedule, Negative> {
  double Value(const TrainingTime& time) const override {
    return 100.0 - static_cast<double>(time.epoch);
  }
};

struct StatefulScheduleOfCalls : Buildable<Schedule, StatefulScheduleOfCalls> {
  double Value(const TrainingTime&) const override { return 1.0 / ++calls; }
  mutable double calls = 0;
};

struct SharesABuffer : Buildable<Schedule, SharesABuffer> {
  double Value(const TrainingTime& time) const override {
    return 1.0 / (1.0 + buffer.Pass(static_cast<double>(time.epoch)));
  }
  SharedBuffer<double> buffer;
};

TEST(WrongSchedule, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferSchedule, SharesABuffer>()),
              ElementsAre("concurrent"));
}

TEST(WrongSchedule, IsFound) {
  EXPECT_THAT((FailuresOf<test::NegativeSchedule, Negative>()), ElementsAre("values"));
  EXPECT_THAT((FailuresOf<test::StatefulSchedule, StatefulScheduleOfCalls>()), ElementsAre("pure"));
}

// A plugin does not accept the config of another plugin.
TEST(WrongConfig, IsFound) {
  PluginRegistry registry;
  ASSERT_TRUE((registry.Add<test::NegativeSchedule, Negative>().ok()));
  google::protobuf::Any config;
  config.PackFrom(test::StatefulSchedule());
  const std::vector<ConformanceCheck> checks =
      CheckPlugin(registry, *registry.List().front(), {config});
  ASSERT_EQ(checks.size(), 1u);
  EXPECT_EQ(checks[0].name, "config");
  EXPECT_EQ(checks[0].status.message(),
            "must be a didact.test.NegativeSchedule, got a didact.test.StatefulSchedule");
}

}  // namespace
}  // namespace didact
