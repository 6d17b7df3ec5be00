#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/record.h"
#include "didact/plugins/metrics/metrics.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/metrics/evaluated.h"

namespace didact {
namespace {

template <class T>
class AccuracyTest : public testing::Test {
 protected:
  // Evaluates outputs [samples, columns], row by row.
  Record Of(const std::string& config, int64_t samples, int64_t columns,
            const std::vector<double>& student, const std::vector<double>& teacher,
            const std::vector<int64_t>& labels, int64_t part = 1) {
    Evaluated<T> evaluated;
    evaluated.samples = samples;
    evaluated.student_outputs = Rows<T>(samples, columns, student);
    if (!teacher.empty()) {
      evaluated.teacher_outputs = Rows<T>(samples, columns, teacher);
      evaluated.teacher = {Rows<T>(2, columns)};
    }
    evaluated.labels = labels;
    const auto metric = *BuildPlugin<Metric<T>>(RegisterAccuracy, config);
    return PrepareAndEvaluate(*metric, evaluated, part);
  }

  // Returns the message of the error of Prepare.
  static std::string ErrorOf(const std::string& config, const MetricContext<T>& context) {
    const auto metric = *BuildPlugin<Metric<T>>(RegisterAccuracy, config);
    return std::string(metric->Prepare(context).message());
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(AccuracyTest, Precisions);

// The teacher's classes are 2, 0 and 1. Student outputs in descending order: 2 0 1, 1 2 0, 0 1 2.
TYPED_TEST(AccuracyTest, IsTheFractionOfSamplesWhoseClassIsAmongTheLargestOutputs) {
  const std::vector<double> student = {0.5, -1, 3, 0, 9, 1, 2, 1, -5};
  const std::vector<double> teacher = {0, 1, 2, 5, 4, 3, -3, -1, -2};
  const Record record = this->Of("top: [1, 2, 3]", 3, 3, student, teacher, {2, 1, 1});
  EXPECT_EQ(KeysOf(record),
            (std::vector<std::string>{"accuracy.labels.top1", "accuracy.labels.top2",
                                      "accuracy.labels.top3", "accuracy.teacher.top1",
                                      "accuracy.teacher.top2", "accuracy.teacher.top3"}));
  EXPECT_EQ(NumberIn(record, "accuracy.labels.top1"), 2.0 / 3);
  EXPECT_EQ(NumberIn(record, "accuracy.labels.top2"), 1);
  EXPECT_EQ(NumberIn(record, "accuracy.labels.top3"), 1);
  EXPECT_EQ(NumberIn(record, "accuracy.teacher.top1"), 1.0 / 3);
  EXPECT_EQ(NumberIn(record, "accuracy.teacher.top2"), 2.0 / 3);
  EXPECT_EQ(NumberIn(record, "accuracy.teacher.top3"), 1);
}

TYPED_TEST(AccuracyTest, IsThatOfTheLargestOutputUnlessToldOtherwise) {
  const Record record = this->Of("", 1, 2, {0, 1}, {}, {1});
  EXPECT_EQ(KeysOf(record), (std::vector<std::string>{"accuracy.labels.top1"}));
  EXPECT_EQ(NumberIn(record, "accuracy.labels.top1"), 1);
}

TYPED_TEST(AccuracyTest, IsWrittenForTheClassesThatThereAre) {
  EXPECT_EQ(KeysOf(this->Of("", 1, 2, {0, 1}, {}, {1})),
            (std::vector<std::string>{"accuracy.labels.top1"}));
  EXPECT_EQ(KeysOf(this->Of("", 1, 2, {0, 1}, {1, 0}, {})),
            (std::vector<std::string>{"accuracy.teacher.top1"}));
}

TYPED_TEST(AccuracyTest, CountsTheFirstOfEqualOutputsAsTheLargest) {
  const std::vector<double> equal = {4, 4, 4};
  for (int64_t label = 0; label < 3; ++label) {
    const Record record = this->Of("top: [1, 2]", 1, 3, equal, {1, 7, 7}, {label});
    EXPECT_EQ(NumberIn(record, "accuracy.labels.top1"), label == 0) << label;
    EXPECT_EQ(NumberIn(record, "accuracy.labels.top2"), label <= 1) << label;
    // The teacher's class is 1.
    EXPECT_EQ(NumberIn(record, "accuracy.teacher.top1"), 0);
    EXPECT_EQ(NumberIn(record, "accuracy.teacher.top2"), 1);
  }
}

TYPED_TEST(AccuracyTest, DoesNotCountWhatIsNotANumberAsRight) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (int64_t label = 0; label < 3; ++label) {
    EXPECT_EQ(NumberIn(this->Of("", 1, 3, {nan, nan, nan}, {}, {label}), "accuracy.labels.top1"),
              0);
  }
  EXPECT_EQ(NumberIn(this->Of("", 1, 2, {1, nan}, {}, {0}), "accuracy.labels.top1"), 0);
  EXPECT_EQ(NumberIn(this->Of("", 1, 2, {nan, 1}, {}, {1}), "accuracy.labels.top1"), 0);
  for (const std::vector<double>& teacher : std::vector<std::vector<double>>{{nan, 1}, {1, nan}}) {
    const Record record = this->Of("top: [1, 2]", 1, 2, {1, 0}, teacher, {0});
    EXPECT_EQ(NumberIn(record, "accuracy.labels.top1"), 1);
    EXPECT_EQ(NumberIn(record, "accuracy.teacher.top1"), 0);
    EXPECT_EQ(NumberIn(record, "accuracy.teacher.top2"), 0);
  }
}

TYPED_TEST(AccuracyTest, DoesNotDependOnTheSplitAndBeginsAnew) {
  const RandomStream random(1, "accuracy");
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 100;
  evaluated.student_outputs = RandomRows<TypeParam>(100, 7, random.Split(1));
  for (int64_t i = 0; i < 100; ++i) evaluated.labels.push_back(i % 7);
  int64_t right = 0;
  for (int64_t i = 0; i < 100; ++i) {
    int64_t larger = 0;
    for (int64_t k = 0; k < 7; ++k) {
      larger += evaluated.student_outputs(i, k) > evaluated.student_outputs(i, i % 7);
    }
    right += larger < 3;
  }
  const auto metric = *BuildPlugin<Metric<TypeParam>>(RegisterAccuracy, "top: 3");
  Prepare(*metric, evaluated);
  for (const int64_t part : {1, 33, 100}) {
    EXPECT_EQ(NumberIn(Evaluate(*metric, evaluated, part), "accuracy.labels.top3"),
              static_cast<double>(right) / 100);
  }
}

TYPED_TEST(AccuracyTest, ShowsItsFirstNumberInTables) {
  const auto metric = *BuildPlugin<Metric<TypeParam>>(RegisterAccuracy, "top: [5, 1]");
  std::vector<std::string> headlines;
  for (const MetricKey& key : metric->keys()) {
    EXPECT_TRUE(key.axes.empty());
    if (key.is_headline) headlines.push_back(key.key);
  }
  EXPECT_EQ(headlines, (std::vector<std::string>{"accuracy.labels.top5", "accuracy.teacher.top5"}));
}

TYPED_TEST(AccuracyTest, RefusesWhatDoesNotFit) {
  MetricContext<TypeParam> context;
  context.outputs = 3;
  EXPECT_EQ(this->ErrorOf("", context),
            "needs labels or a teacher, but a data set has no labels and there is no teacher; give "
            "both data sets labels, or remove it");
  context.classes = 3;
  EXPECT_EQ(this->ErrorOf("top: [1, 3]", context), "");
  EXPECT_EQ(this->ErrorOf("top: [1, 4]", context),
            "top[1]: must be <= the number of outputs, which is 3, got 4");
  context.classes = 4;
  EXPECT_EQ(this->ErrorOf("", context),
            "needs labels below the number of outputs, which is 3, got the label 3");
  EXPECT_EQ(BuildPlugin<Metric<TypeParam>>(RegisterAccuracy, "top: [2, 1, 2]").status().message(),
            "top[2]: must differ from those before it, got 2 again");
  EXPECT_EQ(BuildPlugin<Metric<TypeParam>>(RegisterAccuracy, "top: 0").status().message(),
            "top[0]: must be >= 1, got 0");
}

}  // namespace
}  // namespace didact
