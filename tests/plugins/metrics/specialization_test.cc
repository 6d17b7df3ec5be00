#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numbers>
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
std::unique_ptr<Metric<T>> Build(const std::string& text) {
  auto metric = BuildPlugin<Metric<T>>(RegisterSpecialization, text);
  EXPECT_TRUE(metric.ok()) << metric.status();
  return *std::move(metric);
}

template <class T>
Evaluated<T> OneLayer(Rows<T> teacher, Rows<T> student) {
  Evaluated<T> evaluated;
  evaluated.samples = teacher.rows();
  evaluated.teacher_activations.push_back(std::move(teacher));
  evaluated.student_activations.push_back(std::move(student));
  return evaluated;
}

// Computes the definition: two passes, one pair of nodes at a time, in long double.
template <class T>
std::vector<double> NaiveCorrelations(const Rows<T>& teacher, const Rows<T>& student,
                                      long double epsilon, bool variance) {
  const int64_t samples = teacher.rows();
  const auto mean = [&](const Rows<T>& x, int64_t j) {
    long double sum = 0;
    for (int64_t i = 0; i < samples; ++i) sum += x(i, j);
    return sum / samples;
  };
  std::vector<double> result;
  for (int64_t t = 0; t < teacher.columns(); ++t) {
    for (int64_t s = 0; s < student.columns(); ++s) {
      const long double a_mean = mean(teacher, t), b_mean = mean(student, s);
      long double ab = 0, aa = 0, bb = 0;
      for (int64_t i = 0; i < samples; ++i) {
        const long double a = teacher(i, t) - a_mean, b = student(i, s) - b_mean;
        ab += a * b;
        aa += a * a;
        bb += b * b;
      }
      const long double count = variance ? samples : 1;
      result.push_back(static_cast<double>(ab / count / std::sqrt(aa / count + epsilon) /
                                           std::sqrt(bb / count + epsilon)));
    }
  }
  return result;
}

constexpr char kCorrelation[] = "specialization.layer0.correlation";

template <class T>
class SpecializationTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SpecializationTest, Precisions);

// Sines and cosines over whole periods are orthogonal.
TYPED_TEST(SpecializationTest, KnowsIdenticalNegatedScaledAndIndependentNodes) {
  constexpr int64_t kSamples = 360;
  Rows<TypeParam> teacher(kSamples, 2), student(kSamples, 4);
  for (int64_t i = 0; i < kSamples; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / kSamples;
    teacher(i, 0) = student(i, 0) = static_cast<TypeParam>(std::sin(angle));
    teacher(i, 1) = student(i, 2) = static_cast<TypeParam>(std::cos(angle));
    student(i, 1) = -teacher(i, 0);
    student(i, 3) = 8 * teacher(i, 1) + 3;
  }
  const auto metric = Build<TypeParam>("");
  const Record record = PrepareAndEvaluate(*metric, OneLayer(teacher, student), 100);
  const double tolerance = sizeof(TypeParam) == sizeof(float) ? 1e-6 : 1e-11;
  EXPECT_LT(RelativeDifference(ElementsIn(record, kCorrelation), {1, -1, 0, 0, 0, 0, 1, 1}),
            tolerance);
  EXPECT_LT(RelativeDifference(ElementsIn(record, "specialization.layer0.best"), {1, 1}),
            tolerance);
  EXPECT_NEAR(NumberIn(record, "specialization.layer0.mean_best"), 1, tolerance);
  EXPECT_EQ(ElementsIn(record, "specialization.layer0.count"),
            (std::vector<double>{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}));
  EXPECT_EQ(NumberIn(record, "specialization.layer0.found_0.95"), 2);
}

TYPED_TEST(SpecializationTest, AgreesWithTheDefinitionHoweverTheDataAreSplit) {
  constexpr int64_t kSamples = 300;
  const RandomStream random(1, "specialization");
  Rows<TypeParam> teacher = RandomRows<TypeParam>(kSamples, 5, random.Split("teacher"), 0.5);
  Rows<TypeParam> student = RandomRows<TypeParam>(kSamples, 19, random.Split("student"), -2);
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t s = 0; s < 19; ++s)
      student(i, s) += static_cast<TypeParam>(0.3 * s) * teacher(i, s % 5);
  }
  for (const bool variance : {false, true}) {
    const auto metric =
        Build<TypeParam>(variance ? "epsilon: 1e-3 epsilon_placement: VARIANCE" : "epsilon: 1e-3");
    Prepare(*metric, OneLayer(teacher, student));
    const std::vector<double> expected = NaiveCorrelations(teacher, student, 1e-3, variance);
    for (const int64_t part : {1, 7, 127, 128, 129, 256, 300}) {
      const Record record = Evaluate(*metric, OneLayer(teacher, student), part);
      EXPECT_LT(RelativeDifference(ElementsIn(record, kCorrelation), expected), 1e-13) << part;
    }
  }
}

// E[x^2] - E[x]^2 would be meaningless here: the square of the mean is 1e10 times the variance,
// which float cannot represent.
TYPED_TEST(SpecializationTest, ALargeMeanCancelsNothing) {
  const RandomStream random(2, "large mean");
  Rows<TypeParam> teacher = RandomRows<TypeParam>(1000, 3, random.Split("teacher"), 1000, 0.01);
  Rows<TypeParam> student = RandomRows<TypeParam>(1000, 6, random.Split("student"), 1000, 0.01);
  for (int64_t i = 0; i < 1000; ++i) {
    for (int64_t t = 0; t < 3; ++t) student(i, t) = teacher(i, t);
  }
  const auto metric = Build<TypeParam>("epsilon: 0");
  Prepare(*metric, OneLayer(teacher, student));
  for (const int64_t part : {16, 1000}) {
    const Record record = Evaluate(*metric, OneLayer(teacher, student), part);
    const std::vector<double> correlations = ElementsIn(record, kCorrelation);
    for (int64_t t = 0; t < 3; ++t) EXPECT_NEAR(correlations[t * 6 + t], 1, 1e-14) << part;
    EXPECT_LT(RelativeDifference(correlations, NaiveCorrelations(teacher, student, 0, false)), 1e-9)
        << part;
  }
}

TYPED_TEST(SpecializationTest, ANodeThatNeverChangesHasNoCorrelation) {
  const RandomStream random(3, "constant");
  Rows<TypeParam> teacher = RandomRows<TypeParam>(999, 3, random.Split("teacher"));
  Rows<TypeParam> student = RandomRows<TypeParam>(999, 3, random.Split("student"));
  for (int64_t i = 0; i < 999; ++i) {
    teacher(i, 0) = 0;
    teacher(i, 1) = static_cast<TypeParam>(0.1);  // its mean is rounded
    student(i, 0) = 0;
    student(i, 1) = static_cast<TypeParam>(0.7);
  }
  for (const char* const text : {"epsilon: 0", "", "epsilon_placement: VARIANCE"}) {
    const auto metric = Build<TypeParam>(text);
    Prepare(*metric, OneLayer(teacher, student));
    for (const int64_t part : {10, 999}) {
      const Record record = Evaluate(*metric, OneLayer(teacher, student), part);
      const std::vector<double> correlations = ElementsIn(record, kCorrelation);
      for (int i = 0; i < 8; ++i) EXPECT_NEAR(correlations[i], 0, 1e-9) << text << ": " << i;
      EXPECT_NE(correlations[8], 0);
    }
  }
}

TEST(SpecializationInDouble, DoesNotTakeSquaresThatOverflowForThoseOfAConstant) {
  const Rows<double> teacher(4, 1, {1e200, 2e200, 3e200, 5e200});
  const Rows<double> student(4, 1, {1, 2, 3, 5});
  const auto metric = Build<double>("");
  const Record record = PrepareAndEvaluate(*metric, OneLayer(teacher, student), 4);
  EXPECT_EQ(ElementsIn(record, kCorrelation), std::vector<double>{0});
}

TYPED_TEST(SpecializationTest, FollowsAPermutationOfNodes) {
  const RandomStream random(4, "permutation");
  const Rows<TypeParam> teacher = RandomRows<TypeParam>(200, 4, random.Split("teacher"));
  const Rows<TypeParam> student = RandomRows<TypeParam>(200, 9, random.Split("student"));
  Rows<TypeParam> reversed_teacher(200, 4), reversed_student(200, 9);
  for (int64_t i = 0; i < 200; ++i) {
    for (int64_t t = 0; t < 4; ++t) reversed_teacher(i, 3 - t) = teacher(i, t);
    for (int64_t s = 0; s < 9; ++s) reversed_student(i, 8 - s) = student(i, s);
  }
  const auto metric = Build<TypeParam>("threshold: [0, 0.1]");
  Prepare(*metric, OneLayer(teacher, student));
  const Record record = Evaluate(*metric, OneLayer(teacher, student), 64);
  const Record reversed = Evaluate(*metric, OneLayer(reversed_teacher, reversed_student), 64);
  std::vector<double> expected = ElementsIn(record, kCorrelation);
  std::reverse(expected.begin(), expected.end());
  EXPECT_LT(RelativeDifference(ElementsIn(reversed, kCorrelation), expected), 1e-14);
  for (const auto& [key, number] : record.numbers()) {
    EXPECT_NEAR(NumberIn(reversed, key), NumberIn(record, key), 1e-14) << key;
  }
}

// The correlations are exactly 1/2 in floating point: 2 / 2 / 2.
TYPED_TEST(SpecializationTest, CountsStrictlyAboveAThreshold) {
  const Rows<TypeParam> teacher(6, 1, {1, -1, 1, -1, 0, 0});
  const Rows<TypeParam> student(6, 2, {1, 1, -1, -1, 0, 1, 0, -1, 1, 0, -1, 0});
  const auto metric = Build<TypeParam>("epsilon: 0 threshold: [0.5, 0.499, -1, 1, 0.001]");
  const Record record = PrepareAndEvaluate(*metric, OneLayer(teacher, student), 6);
  EXPECT_EQ(ElementsIn(record, kCorrelation), (std::vector<double>{0.5, 1}));
  const RecordArray count = ArrayIn(record, "specialization.layer0.count");
  EXPECT_EQ(count.shape, (std::vector<int64_t>{5, 1}));
  EXPECT_EQ(std::get<std::vector<int64_t>>(count.elements), (std::vector<int64_t>{1, 2, 2, 0, 2}));
  EXPECT_EQ(NumberIn(record, "specialization.layer0.found_1"), 0);
  EXPECT_EQ(NumberIn(record, "specialization.layer0.found_0.001"), 1);
}

// The correlations are -1, 0.5 and 0; and -0.5, 1 and 0.
template <class T>
Evaluated<T> WithMinusTheTeacher(bool student_odd) {
  Evaluated<T> evaluated =
      OneLayer(Rows<T>(6, 2, {1, 1, 1, 0, -1, -1, -1, 0, 0, 1, 0, -1}),
               Rows<T>(6, 3, {-1, 1, 0, -1, 0, 0, 1, -1, 0, 1, 0, 0, 0, 1, 0, 0, -1, 0}));
  evaluated.student_odd = student_odd;
  return evaluated;
}

template <class T>
void ExpectComparison(const std::string& text, bool student_odd, bool absolute) {
  const auto metric = Build<T>("epsilon: 0 threshold: [0.9, 0.4, -0.7] " + text);
  const Record record = PrepareAndEvaluate(*metric, WithMinusTheTeacher<T>(student_odd), 6);
  const std::string key = "specialization.layer0";
  EXPECT_EQ(ElementsIn(record, key + ".correlation"),
            (std::vector<double>{-1, 0.5, 0, -0.5, 1, 0}));
  if (absolute) {
    EXPECT_EQ(ElementsIn(record, key + ".best"), (std::vector<double>{1, 1}));
    EXPECT_EQ(NumberIn(record, key + ".mean_best"), 1);
    EXPECT_EQ(NumberIn(record, key + ".found_0.9"), 2);
    EXPECT_EQ(ElementsIn(record, key + ".count"), (std::vector<double>{1, 1, 2, 2, 3, 3}));
  } else {
    EXPECT_EQ(ElementsIn(record, key + ".best"), (std::vector<double>{0.5, 1}));
    EXPECT_EQ(NumberIn(record, key + ".mean_best"), 0.75);
    EXPECT_EQ(NumberIn(record, key + ".found_0.9"), 1);
    EXPECT_EQ(ElementsIn(record, key + ".count"), (std::vector<double>{0, 1, 1, 1, 2, 3}));
  }
}

TYPED_TEST(SpecializationTest, ComparesAbsoluteValuesWhereTheStudentsActivationIsOdd) {
  ExpectComparison<TypeParam>("", /*student_odd=*/true, /*absolute=*/true);
  ExpectComparison<TypeParam>("", /*student_odd=*/false, /*absolute=*/false);
}

TYPED_TEST(SpecializationTest, ComparesAbsoluteValuesAsItIsTold) {
  ExpectComparison<TypeParam>("absolute: true", /*student_odd=*/false, /*absolute=*/true);
  ExpectComparison<TypeParam>("absolute: false", /*student_odd=*/true, /*absolute=*/false);
}

TYPED_TEST(SpecializationTest, NotANumberIsNotHiddenByAbsoluteValues) {
  Evaluated<TypeParam> evaluated = WithMinusTheTeacher<TypeParam>(true);
  evaluated.student_activations[0](2, 1) = std::numeric_limits<TypeParam>::quiet_NaN();
  const Record record = PrepareAndEvaluate(*Build<TypeParam>(""), evaluated, 6);
  EXPECT_TRUE(std::isnan(NumberIn(record, "specialization.layer0.mean_best")));
}

TYPED_TEST(SpecializationTest, RecordsTheKeysOfItsContractForEveryLayer) {
  Evaluated<TypeParam> evaluated = OneLayer(Rows<TypeParam>(4, 2, {1, 0, 0, 0, 0, 1, 0, 0}),
                                            Rows<TypeParam>(4, 1, {0, 0, 1, 0}));
  evaluated.teacher_activations.emplace_back(4, 1, std::vector<double>{1, 2, 3, 4});
  evaluated.student_activations.emplace_back(
      4, 3, std::vector<double>{1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 1});
  const auto metric = Build<TypeParam>("");
  const Record record = PrepareAndEvaluate(*metric, evaluated, 4);
  std::vector<std::string> expected;
  for (const std::string layer : {"specialization.layer0", "specialization.layer1"}) {
    for (const char* const key : {".mean_best", ".found_0.5", ".found_0.6", ".found_0.7",
                                  ".found_0.8", ".found_0.9", ".found_0.95"}) {
      expected.push_back(layer + key);
    }
  }
  for (const std::string layer : {"specialization.layer0", "specialization.layer1"}) {
    for (const char* const key : {".correlation", ".best", ".count"})
      expected.push_back(layer + key);
  }
  EXPECT_EQ(KeysOf(record), expected);
  EXPECT_EQ(ArrayIn(record, "specialization.layer0.correlation").shape,
            (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(ArrayIn(record, "specialization.layer1.correlation").shape,
            (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(ArrayIn(record, "specialization.layer0.best").shape, (std::vector<int64_t>{2}));
  EXPECT_EQ(ArrayIn(record, "specialization.layer0.count").shape, (std::vector<int64_t>{6, 2}));
}

TYPED_TEST(SpecializationTest, EveryEvaluationBeginsAnew) {
  const RandomStream random(5, "again");
  const auto first = OneLayer(RandomRows<TypeParam>(50, 2, random.Split(1)),
                              RandomRows<TypeParam>(50, 3, random.Split(2)));
  const auto second = OneLayer(RandomRows<TypeParam>(50, 2, random.Split(3)),
                               RandomRows<TypeParam>(50, 3, random.Split(4)));
  const auto metric = Build<TypeParam>("");
  Prepare(*metric, first);
  const std::vector<double> before = ElementsIn(Evaluate(*metric, first, 20), kCorrelation);
  EXPECT_NE(ElementsIn(Evaluate(*metric, second, 20), kCorrelation), before);
  EXPECT_EQ(ElementsIn(Evaluate(*metric, first, 20), kCorrelation), before);
}

TYPED_TEST(SpecializationTest, ASingleSampleHasNoCorrelations) {
  const auto metric = Build<TypeParam>("epsilon: 0");
  const Record record = PrepareAndEvaluate(
      *metric, OneLayer(Rows<TypeParam>(1, 1, {3}), Rows<TypeParam>(1, 2, {3, -1})), 1);
  EXPECT_EQ(ElementsIn(record, kCorrelation), (std::vector<double>{0, 0}));
}

TYPED_TEST(SpecializationTest, NotANumberIsNotHidden) {
  Rows<TypeParam> student(4, 2, {1, 0, 2, 1, 3, 0, 4, 0});
  student(2, 1) = std::numeric_limits<TypeParam>::quiet_NaN();
  const auto metric = Build<TypeParam>("");
  const Record record =
      PrepareAndEvaluate(*metric, OneLayer(Rows<TypeParam>(4, 1, {1, 2, 3, 4}), student), 4);
  EXPECT_NEAR(ElementsIn(record, kCorrelation)[0], 1, 1e-9);
  EXPECT_TRUE(std::isnan(ElementsIn(record, kCorrelation)[1]));
  EXPECT_TRUE(std::isnan(NumberIn(record, "specialization.layer0.mean_best")));
}

TEST(Specialization, RefusesImpossibleConfigs) {
  const auto message = [](const std::string& text) {
    return std::string(
        BuildPlugin<Metric<double>>(RegisterSpecialization, text).status().message());
  };
  EXPECT_EQ(message("threshold: [0.5, 2] epsilon: -1"),
            "threshold[1]: must be >= -1 and <= 1, got 2\n"
            "epsilon: must be >= 0, got -1");
  EXPECT_EQ(message("threshold: [0.5, 0.6, 0.5]"),
            "threshold[2]: must differ from the others, got 0.5 twice");
}

TEST(Specialization, RefusesMatricesThatNeverFit) {
  const auto metric = Build<double>("");
  const std::vector<int64_t> widths = {int64_t{1} << 30};
  MetricContext<double> context;
  context.teacher_widths = widths;
  context.student_widths = widths;
  EXPECT_EQ(metric->Prepare(context).code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace didact
