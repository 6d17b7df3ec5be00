#include "didact/framework/plugin/metric_key.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(MetricKey, AStarStandsForAWholeNumberAlone) {
  const std::vector<MetricKey> keys = {
      {"change.layer*"}, {"change.layer*.weight"}, {"top*"}, {"*"}};
  const auto found = [&keys](const std::string& key) {
    const MetricKey* const described = FindMetricKey(keys, key);
    return described == nullptr ? "none" : described->key;
  };
  EXPECT_EQ(found("change.layer0"), "change.layer*");
  EXPECT_EQ(found("change.layer12"), "change.layer*");
  EXPECT_EQ(found("change.layer12.weight"), "change.layer*.weight");
  EXPECT_EQ(found("top5"), "top*");
  EXPECT_EQ(found("7"), "*");
  for (const char* other :
       {"change.layer", "change.layer.weight", "change.layer1x", "change.layer-1",
        "change.layer1.weight.x", "change.layer1.", "xtop5", "top", "", "7.5"}) {
    EXPECT_EQ(found(other), "none") << other;
  }
}

TEST(MetricKey, OfARecordStandsBehindADataSet) {
  const std::vector<MetricKey> keys = {{"loss", {}, "", true}, {"best.layer*", {"teacher"}}};
  EXPECT_EQ(FindRecordKey(keys, "train.loss"), &keys[0]);
  EXPECT_EQ(FindRecordKey(keys, "eval.best.layer3"), &keys[1]);
  EXPECT_EQ(FindRecordKey(keys, "loss"), nullptr);
  EXPECT_EQ(FindRecordKey(keys, "eval.eval.loss"), nullptr);
  EXPECT_EQ(FindRecordKey(keys, ""), nullptr);
}

TEST(MetricKey, HeadlinesAreMeasuredOnTheEvaluationSet) {
  const std::vector<MetricKey> keys = {{"loss", {}, "", true}, {"mse"}};
  EXPECT_TRUE(IsHeadline(keys, "eval.loss"));
  for (const char* other : {"train.loss", "loss", "eval.mse", "eval.other", "evaluation.loss"}) {
    EXPECT_FALSE(IsHeadline(keys, other)) << other;
  }
}

TEST(MetricKey, WhatIsWrittenMustBeDescribed) {
  const std::vector<MetricKey> keys = {{"loss"}, {"best.layer*", {"teacher"}}};
  const auto array = [](std::vector<int64_t> shape) {
    return RecordArray{std::move(shape), std::vector<double>()};
  };
  const RecordArray vector = array({3});
  const RecordArray matrix = array({3, 2});
  const RecordArray scalar = array({});
  EXPECT_EQ(CheckIsDescribed(keys, "loss", nullptr), absl::OkStatus());
  EXPECT_EQ(CheckIsDescribed(keys, "best.layer1", &vector), absl::OkStatus());
  EXPECT_EQ(CheckIsDescribed(keys, "los", nullptr),
            absl::InvalidArgumentError("writes \"los\", which is not among its keys()"));
  EXPECT_EQ(CheckIsDescribed(keys, "best.layer1", nullptr),
            absl::InvalidArgumentError("writes a number under \"best.layer1\", which its keys() "
                                       "describe as an array [teacher]"));
  EXPECT_EQ(CheckIsDescribed(keys, "best.layer1", &matrix),
            absl::InvalidArgumentError("writes an array of 2 dimensions under \"best.layer1\", "
                                       "which its keys() describe as an array [teacher]"));
  EXPECT_EQ(CheckIsDescribed(keys, "loss", &vector),
            absl::InvalidArgumentError("writes an array of 1 dimension under \"loss\", which its "
                                       "keys() describe as a number"));
  EXPECT_EQ(CheckIsDescribed(keys, "loss", &scalar),
            absl::InvalidArgumentError("writes an array of 0 dimensions under \"loss\", which its "
                                       "keys() describe as a number"));
}

}  // namespace
}  // namespace didact
