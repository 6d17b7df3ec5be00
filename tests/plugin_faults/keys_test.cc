// Tests the output of metrics: keys must differ, no other metric can change them, and arrays keep
// one form.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/plugin_faults/faulty_experiment.h"

namespace didact::faulty {
namespace {

using testing::ElementsAre;

// Returns TestExperiment, which has the metric Loss, with more metrics.
Experiment WithMetrics(const std::vector<std::string>& metrics) {
  std::string changes;
  for (const std::string& metric : metrics) {
    changes += "metric { [type.googleapis.com/" + metric + "} }\n";
  }
  return TestExperiment(changes);
}

std::string Refusal(const std::vector<std::string>& metrics) {
  const auto trial = CreateTrial(WithMetrics(metrics), 1, Registry(), FieldPath("e.textproto"));
  return std::string(trial.status().message());
}

TEST(Keys, OfTwoMetricsMustDiffer) {
  EXPECT_EQ(Refusal({"didact.Loss] {"}),
            "e.textproto: metric[1] (didact.Loss) writes \"loss\", which metric[0] (didact.Loss) "
            "writes, too; remove one of them");
  EXPECT_EQ(Refusal({"didact.Specialization] {", "didact.Specialization] { threshold: 0.3"}),
            "e.textproto: metric[2] (didact.Specialization) writes "
            "\"specialization.layer0.best\", which metric[1] (didact.Specialization) writes, too; "
            "remove one of them");
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { number: 'a' number: 'mse'"}),
            "e.textproto: metric[1] (didact.faulty.Writing) writes \"mse\", which metric[0] "
            "(didact.Loss) writes, too; remove one of them");
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { array: 'x'", "didact.faulty.Writing] { array: 'x'"}),
            "e.textproto: metric[2] (didact.faulty.Writing) writes \"x\", which metric[1] "
            "(didact.faulty.Writing) writes, too; remove one of them");
}

TEST(Keys, OfNumbersAndArraysMustDiffer) {
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { array: 'loss'"}),
            "e.textproto: metric[1] (didact.faulty.Writing) writes \"loss\", which metric[0] "
            "(didact.Loss) writes, too; remove one of them");
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { number: 'a' array: 'a'"}),
            "e.textproto: metric[1] (didact.faulty.Writing) writes \"a\" twice");
}

TEST(Keys, OfOneMetricMustDiffer) {
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { number: 'b' number: 'a' number: 'b'"}),
            "e.textproto: metric[1] (didact.faulty.Writing) writes \"b\" twice");
}

// Metrics that depend only on the weights are written under `eval.` alone.
TEST(Keys, OfMetricsThatDependOnNoDataMustDifferToo) {
  EXPECT_EQ(
      Refusal({"didact.WeightNorm] {", "didact.faulty.Writing] { number: 'weight_norm.total'"}),
      "e.textproto: metric[2] (didact.faulty.Writing) writes \"weight_norm.total\", which "
      "metric[1] (didact.WeightNorm) writes, too; remove one of them");
}

TEST(Keys, OfMetricsThatNeedGradientsAreSeen) {
  EXPECT_EQ(
      Refusal({"didact.GradientNorm] {", "didact.faulty.Writing] { number: 'gradient_norm.total'"}),
      "e.textproto: metric[2] (didact.faulty.Writing) writes \"gradient_norm.total\", which "
      "metric[1] (didact.GradientNorm) writes, too; remove one of them");
}

TEST(Keys, OfOtherNamesArePossible) {
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { number: 'loss.x' array: 'x'",
                     "didact.faulty.Writing] { number: 'los' number: 'eval.loss'"}),
            "");
}

TEST(Keys, ThatComeLaterEndTheTrial) {
  const auto trial = CreateTrial(WithMetrics({"didact.faulty.Writing] { late_number: 'loss'"}), 1,
                                 Registry(), FieldPath("e.textproto"));
  ASSERT_TRUE(trial.ok()) << trial.status();
  EXPECT_TRUE((*trial)->Evaluate().ok());
  const absl::Status failure = (*trial)->Evaluate().status();
  EXPECT_THAT(
      failure,
      FailsWith(absl::StatusCode::kInvalidArgument,
                "e.textproto: metric[1] (didact.faulty.Writing) writes \"loss\", which metric[0] "
                "(didact.Loss) writes, too; remove one of them"));
  EXPECT_EQ((*trial)->failure(), failure);
  EXPECT_EQ((*trial)->Step().code(), absl::StatusCode::kFailedPrecondition);
}

// A metric cannot access what others have written.
TEST(Keys, AreSafeFromOtherMetrics) {
  const auto trial = CreateTrial(WithMetrics({"didact.faulty.Writing] { number: 'a' array: 'x'",
                                              "didact.faulty.Writing] { clears: true number: 'b'"}),
                                 1, Registry(), FieldPath());
  ASSERT_TRUE(trial.ok()) << trial.status();
  const absl::StatusOr<Record> record = (*trial)->Evaluate();
  ASSERT_TRUE(record.ok());
  std::vector<std::string> keys;
  for (const auto& [key, number] : record->numbers()) keys.push_back(key);
  for (const auto& [key, array] : record->arrays()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("train.loss", "train.mse", "train.a", "train.b", "eval.loss",
                                "eval.mse", "eval.a", "eval.b", "train.x", "eval.x"));
}

// Returns the status of a second evaluation.
absl::Status SecondEvaluation(const std::string& fields) {
  const auto trial = CreateTrial(WithMetrics({"didact.faulty.Writing] { " + fields}), 1, Registry(),
                                 FieldPath("e.textproto"));
  EXPECT_TRUE(trial.ok()) << trial.status();
  EXPECT_TRUE((*trial)->Evaluate().ok());
  const absl::Status second = (*trial)->Evaluate().status();
  EXPECT_EQ((*trial)->failure(), second);
  return second;
}

TEST(Arrays, KeepTheirTypeAndTheNumberOfTheirDimensions) {
  const std::string metric =
      "e.textproto: metric[1] (didact.faulty.Writing) writes the array \"form\" ";
  EXPECT_THAT(SecondEvaluation("shape: 1 late_integers: true"),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        metric + "as int64 of 1 dimension, before as float64 of 1 dimension"));
  EXPECT_THAT(SecondEvaluation("shape: 2 late_shape: [2, 1]"),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        metric + "as float64 of 2 dimensions, before as float64 of 1 dimension"));
  // Export fills up such arrays.
  EXPECT_EQ(SecondEvaluation("shape: [2, 3] late_shape: [4, 0]"), absl::OkStatus());
}

TEST(Arrays, HaveAsManyElementsAsTheirShapeSays) {
  const std::string metric =
      "e.textproto: metric[1] (didact.faulty.Writing) writes the array \"form\" with ";
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { shape: [2, 3] elements: 2"}),
            metric + "2 elements in a shape [2, 3]");
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { shape: [-2, -3] elements: 6"}),
            metric + "6 elements in a shape [-2, -3]");
  EXPECT_EQ(Refusal({"didact.faulty.Writing] { shape: [4294967296, 4294967296] elements: 1"}),
            metric + "1 element in a shape [4294967296, 4294967296]");
}

TEST(Keys, MustBeDescribed) {
  EXPECT_EQ(
      Refusal({"didact.faulty.Writing] { number: 'a' undescribed_number: 'b'"}),
      "e.textproto: metric[1] (didact.faulty.Writing) writes \"b\", which is not among its keys()");
  // The description of another metric does not count.
  EXPECT_EQ(
      Refusal({"didact.faulty.Writing] { late_number: 'b'",
               "didact.faulty.Writing] { number: 'a' undescribed_number: 'b'"}),
      "e.textproto: metric[2] (didact.faulty.Writing) writes \"b\", which is not among its keys()");
  EXPECT_EQ(
      Refusal({"didact.faulty.Writing] { late_number: 'b' undescribed_array: 'b'"}),
      "e.textproto: metric[1] (didact.faulty.Writing) writes an array of 2 dimensions under \"b\", "
      "which its keys() describe as a number");
  EXPECT_EQ(
      Refusal({"didact.faulty.Writing] { late_number: 'layer*.b' undescribed_number: 'layer12.b'"}),
      "");
}

// The output of metrics for a single sample is discarded.
TEST(Keys, LookingAtThemChangesNoResult) {
  const auto trial = CreateTrial(
      WithMetrics({"didact.WeightChange] {", "didact.faulty.Writing] { late_number: 'late'"}), 1,
      Registry(), FieldPath());
  ASSERT_TRUE(trial.ok()) << trial.status();
  for (const bool late : {false, true}) {
    const absl::StatusOr<Record> record = (*trial)->Evaluate();
    ASSERT_TRUE(record.ok());
    std::vector<std::string> keys;
    for (const auto& [key, number] : record->numbers()) keys.push_back(key);
    EXPECT_EQ(testing::Value(keys, testing::Contains("eval.late")), late);
    EXPECT_EQ(testing::Value(keys, testing::Contains("train.late")), late);
  }
}

}  // namespace
}  // namespace didact::faulty
