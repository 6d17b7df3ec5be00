#include "didact/framework/training/describe_metrics.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::ElementsAre;

// Returns the keys of TestExperiment, which has the metric Loss, with one more metric.
std::vector<MetricKey> KeysWith(const std::string& metric) {
  return DescribeMetrics(TestExperiment("metric { [type.googleapis.com/didact." + metric + " }"),
                         BuildContext(BuiltinRegistry(), FieldPath()));
}

std::vector<std::string> Headlines(const std::vector<MetricKey>& keys) {
  std::vector<std::string> headlines;
  for (const MetricKey& key : keys) {
    if (key.is_headline) headlines.push_back(key.key);
  }
  return headlines;
}

TEST(DescribeMetrics, HasTheKeysOfAllMetricsInTheirOrder) {
  std::vector<std::string> keys;
  for (const MetricKey& key : KeysWith("WeightNorm] {}")) keys.push_back(key.key);
  EXPECT_THAT(keys, ElementsAre("loss", "mse", "weight_norm.layer*.weight",
                                "weight_norm.layer*.bias", "weight_norm.total"));
}

TEST(DescribeMetrics, TheHeadlineOfSpecializationIsItsLargestThreshold) {
  EXPECT_THAT(Headlines(KeysWith("Specialization] {}")),
              ElementsAre("loss", "specialization.layer*.found_0.95"));
  EXPECT_THAT(Headlines(KeysWith("Specialization] { threshold: 0.9 }")),
              ElementsAre("loss", "specialization.layer*.found_0.9"));
  EXPECT_THAT(Headlines(KeysWith("Specialization] { threshold: 0.99 threshold: 0.5 }")),
              ElementsAre("loss", "specialization.layer*.found_0.99"));
  EXPECT_THAT(Headlines(KeysWith("Specialization] { threshold: -0.5 threshold: -0.75 }")),
              ElementsAre("loss", "specialization.layer*.found_-0.5"));
}

TEST(DescribeMetrics, ArraysHaveAxesAndUnits) {
  const std::vector<MetricKey> keys = KeysWith("Specialization] {}");
  const MetricKey* const count = FindMetricKey(keys, "specialization.layer1.count");
  ASSERT_NE(count, nullptr);
  EXPECT_THAT(count->axes, ElementsAre("threshold", "teacher"));
  EXPECT_EQ(count->unit, "student nodes");
}

TEST(DescribeMetrics, LeavesOutWhatCannotBeBuilt) {
  EXPECT_EQ(KeysWith("Specialization] { threshold: 0.5 threshold: 0.5 }").size(), 2);
  EXPECT_EQ(KeysWith("Relu] {}").size(), 2);
}

template <class T>
class ThrowingMetric final : public Metric<T> {
 public:
  std::vector<MetricKey> keys() const override { throw std::runtime_error("out of order"); }
  void Add(const EvaluationBatch<T>&) override {}
  void Finish(const EvaluationSummary<T>&, Record&) override {}
};

TEST(DescribeMetrics, LeavesOutAMetricThatThrows) {
  PluginRegistry registry;
  ASSERT_EQ(RegisterBuiltinPlugins(registry), absl::OkStatus());
  ASSERT_EQ((registry.Add<google::protobuf::BoolValue, ThrowingMetric>()), absl::OkStatus());
  Experiment experiment = TestExperiment();
  experiment.add_metric()->PackFrom(google::protobuf::BoolValue());
  *experiment.add_metric() = TestExperiment().metric(0);
  EXPECT_EQ(DescribeMetrics(experiment, BuildContext(registry, FieldPath())).size(), 4)
      << "those of Loss, twice";
}

}  // namespace
}  // namespace didact
