#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "didact/framework/base/random.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/plugins/metrics/metrics.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/metrics/evaluated.h"

namespace didact {
namespace {

template <class T>
class LossTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(LossTest, Precisions);

TYPED_TEST(LossTest, AveragesTheObjectiveOverSamplesAndSquaresOverOutputsToo) {
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 3;
  evaluated.losses = {1, 2, 6};
  evaluated.student_outputs = Rows<TypeParam>(3, 2, {1, 2, 3, 4, 5, 6});
  evaluated.teacher_outputs = Rows<TypeParam>(3, 2, {0, 2, 3, 6, 5, 5});
  const auto metric = *BuildPlugin<Metric<TypeParam>>(RegisterLoss, "");
  const Record record = PrepareAndEvaluate(*metric, evaluated, 3);
  EXPECT_EQ(KeysOf(record), (std::vector<std::string>{"loss", "mse"}));
  EXPECT_EQ(NumberIn(record, "loss"), 3);
  EXPECT_EQ(NumberIn(record, "mse"), 1);  // (1 + 4 + 1) / 6
}

TYPED_TEST(LossTest, DoesNotDependOnTheSplitAndBeginsAnew) {
  const RandomStream random(1, "loss");
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 100;
  evaluated.student_outputs = RandomRows<TypeParam>(100, 7, random.Split(1));
  evaluated.teacher_outputs = RandomRows<TypeParam>(100, 7, random.Split(2));
  for (int64_t i = 0; i < 100; ++i) evaluated.losses.push_back(random.Uniform(i));
  long double loss = 0, square = 0;
  for (int64_t i = 0; i < 100; ++i) {
    loss += evaluated.losses[i];
    for (int64_t j = 0; j < 7; ++j) {
      const long double error = static_cast<long double>(evaluated.student_outputs(i, j)) -
                                evaluated.teacher_outputs(i, j);
      square += error * error;
    }
  }
  const auto metric = *BuildPlugin<Metric<TypeParam>>(RegisterLoss, "");
  Prepare(*metric, evaluated);
  for (const int64_t part : {1, 33, 100}) {
    const Record record = Evaluate(*metric, evaluated, part);
    EXPECT_NEAR(NumberIn(record, "loss"), static_cast<double>(loss / 100), 1e-14);
    EXPECT_NEAR(NumberIn(record, "mse"), static_cast<double>(square / 700), 1e-14);
  }
}

TYPED_TEST(LossTest, TakesTheSquaredErrorFromAnObjectiveThatGivesItAway) {
  const Rows<TypeParam> outputs(2, 3, {1, 2, 3, 4, 5, 6});
  EvaluationBatch<TypeParam> batch;
  batch.size = 2;
  batch.student_outputs = outputs.view();
  batch.teacher_outputs = outputs.view();
  batch.squared_error_sum = 12;
  const auto metric = *BuildPlugin<Metric<TypeParam>>(RegisterLoss, "");
  metric->Begin();
  metric->Add(batch);
  batch.squared_error_sum = 24;
  metric->Add(batch);
  EvaluationSummary<TypeParam> summary;
  summary.samples = 4;
  Record record;
  metric->Finish(summary, record);
  EXPECT_EQ(NumberIn(record, "mse"), 3);  // 36 / 12
}

TYPED_TEST(LossTest, WhatIsNotFiniteStaysSo) {
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 1;
  evaluated.losses = {std::numeric_limits<double>::quiet_NaN()};
  evaluated.student_outputs = Rows<TypeParam>(1, 1, {std::numeric_limits<double>::infinity()});
  evaluated.teacher_outputs = Rows<TypeParam>(1, 1, {1});
  const auto metric = *BuildPlugin<Metric<TypeParam>>(RegisterLoss, "");
  const Record record = PrepareAndEvaluate(*metric, evaluated, 1);
  EXPECT_TRUE(std::isnan(NumberIn(record, "loss")));
  EXPECT_TRUE(std::isinf(NumberIn(record, "mse")));
}

}  // namespace
}  // namespace didact
