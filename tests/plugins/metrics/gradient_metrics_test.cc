// Tests the metrics that need gradients: GradientNorm and PerSampleGradient.

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
std::unique_ptr<Metric<T>> Build(RegisterFunction register_metric, const std::string& text = "") {
  auto metric = BuildPlugin<Metric<T>>(register_metric, text);
  EXPECT_TRUE(metric.ok()) << metric.status();
  return *std::move(metric);
}

// A student of one hidden layer and its gradients.
template <class T>
Evaluated<T> Student() {
  const RandomStream random(1, "gradients");
  Evaluated<T> evaluated;
  evaluated.samples = 100;
  evaluated.student = {RandomRows<T>(5, 3, random.Split(0)), RandomRows<T>(4, 2, random.Split(1))};
  evaluated.gradient = {RandomRows<T>(5, 3, random.Split(2)), RandomRows<T>(4, 2, random.Split(3))};
  evaluated.gradients = {RandomRows<T>(100, 3, random.Split(4)),
                         RandomRows<T>(100, 2, random.Split(5), 1)};
  return evaluated;
}

template <class T>
class GradientMetricsTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(GradientMetricsTest, Precisions);

TYPED_TEST(GradientMetricsTest, GradientNormIsThatOfEachLayerAndOfAll) {
  const Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto metric = Build<TypeParam>(RegisterGradientNorm);
  EXPECT_TRUE(metric->needs_gradients());
  const Record record = PrepareAndEvaluate(*metric, evaluated, 100);
  EXPECT_EQ(KeysOf(record),
            (std::vector<std::string>{"gradient_norm.layer0.weight", "gradient_norm.layer0.bias",
                                      "gradient_norm.layer1.weight", "gradient_norm.layer1.bias",
                                      "gradient_norm.total"}));
  long double total = 0;
  for (int64_t layer = 0; layer < 2; ++layer) {
    const Rows<TypeParam>& block = evaluated.gradient[layer];
    long double weight = 0, bias = 0;
    for (int64_t i = 0; i < block.rows(); ++i) {
      for (int64_t j = 0; j < block.columns(); ++j) {
        (i + 1 < block.rows() ? weight : bias) +=
            static_cast<long double>(block(i, j)) * block(i, j);
      }
    }
    total += weight + bias;
    const std::string key = absl::StrCat("gradient_norm.layer", layer);
    EXPECT_NEAR(NumberIn(record, key + ".weight"), static_cast<double>(std::sqrt(weight)), 1e-14);
    EXPECT_NEAR(NumberIn(record, key + ".bias"), static_cast<double>(std::sqrt(bias)), 1e-14);
  }
  EXPECT_NEAR(NumberIn(record, "gradient_norm.total"), static_cast<double>(std::sqrt(total)),
              1e-14);
}

TYPED_TEST(GradientMetricsTest, GradientNormWritesTheGradientOnRequest) {
  const Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto metric = Build<TypeParam>(RegisterGradientNorm, "arrays: true");
  const Record record = PrepareAndEvaluate(*metric, evaluated, 100);
  const Rows<TypeParam>& block = evaluated.gradient[0];
  std::vector<double> weight, bias;
  for (int64_t out = 0; out < 3; ++out) {
    for (int64_t in = 0; in < 4; ++in) weight.push_back(block(in, out));
    bias.push_back(block(4, out));
  }
  EXPECT_EQ(ArrayIn(record, "gradient.layer0.weight").shape, (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(ElementsIn(record, "gradient.layer0.weight"), weight);
  EXPECT_EQ(ArrayIn(record, "gradient.layer0.bias").shape, (std::vector<int64_t>{3}));
  EXPECT_EQ(ElementsIn(record, "gradient.layer0.bias"), bias);
  EXPECT_EQ(ArrayIn(record, "gradient.layer1.weight").shape, (std::vector<int64_t>{2, 3}));
}

TYPED_TEST(GradientMetricsTest, SayNothingOfBiasesThatAStudentDoesNotHave) {
  Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto with_biases = Build<TypeParam>(RegisterPerSampleGradient);
  const Record expected = PrepareAndEvaluate(*with_biases, evaluated, 33);
  evaluated.has_bias = false;
  const auto norm = Build<TypeParam>(RegisterGradientNorm, "arrays: true");
  const Record norms = PrepareAndEvaluate(*norm, evaluated, 33);
  EXPECT_EQ(KeysOf(norms),
            (std::vector<std::string>{"gradient_norm.layer0.weight", "gradient_norm.layer1.weight",
                                      "gradient_norm.total", "gradient.layer0.weight",
                                      "gradient.layer1.weight"}));
  EXPECT_NEAR(NumberIn(norms, "gradient_norm.total"),
              std::hypot(NumberIn(norms, "gradient_norm.layer0.weight"),
                         NumberIn(norms, "gradient_norm.layer1.weight")),
              1e-14);
  const auto per_sample = Build<TypeParam>(RegisterPerSampleGradient);
  const Record squares = PrepareAndEvaluate(*per_sample, evaluated, 33);
  EXPECT_EQ(KeysOf(squares),
            (std::vector<std::string>{"per_sample_gradient.layer0", "per_sample_gradient.layer1"}));
  for (const std::string& key : KeysOf(squares)) {
    EXPECT_EQ(ElementsIn(squares, key), ElementsIn(expected, key)) << key;
  }
}

TYPED_TEST(GradientMetricsTest, PerSampleGradientAveragesSquaresHoweverTheDataAreSplit) {
  const Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto metric = Build<TypeParam>(RegisterPerSampleGradient);
  EXPECT_TRUE(metric->needs_gradients());
  Prepare(*metric, evaluated);
  // Dividing by the part's size in float causes a rounding error.
  const double tolerance = sizeof(TypeParam) == sizeof(float) ? 1e-6 : 1e-14;
  for (const int64_t part : {1, 16, 33, 100}) {
    const Record record = Evaluate(*metric, evaluated, part);
    EXPECT_EQ(KeysOf(record), (std::vector<std::string>{"per_sample_gradient.layer0.constant",
                                                        "per_sample_gradient.layer0",
                                                        "per_sample_gradient.layer1"}));
    for (int64_t layer = 0; layer < 2; ++layer) {
      const Rows<TypeParam>& gradients = evaluated.gradients[layer];
      std::vector<double> expected(gradients.columns());
      for (int64_t i = 0; i < 100; ++i) {
        for (size_t j = 0; j < expected.size(); ++j) {
          expected[j] += static_cast<double>(gradients(i, j)) * gradients(i, j) / 100;
        }
      }
      EXPECT_LT(RelativeDifference(
                    ElementsIn(record, absl::StrCat("per_sample_gradient.layer", layer)), expected),
                tolerance);
    }
    double constant = 0;
    for (int64_t i = 0; i < 100; ++i) {
      double product = 0;
      for (int64_t j = 0; j < 2; ++j) {
        product += static_cast<double>(evaluated.gradients[1](i, j)) * evaluated.student[1](3, j);
      }
      constant += product * product / 100;
    }
    EXPECT_NEAR(NumberIn(record, "per_sample_gradient.layer0.constant"), constant,
                tolerance * constant);
  }
}

TYPED_TEST(GradientMetricsTest, PerSampleGradientLooksAtTheLiveBiases) {
  Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto metric = Build<TypeParam>(RegisterPerSampleGradient);
  Prepare(*metric, evaluated);
  const double before =
      NumberIn(Evaluate(*metric, evaluated, 100), "per_sample_gradient.layer0.constant");
  for (int64_t j = 0; j < 2; ++j) evaluated.student[1](3, j) *= 2;
  const double after =
      NumberIn(Evaluate(*metric, evaluated, 100), "per_sample_gradient.layer0.constant");
  EXPECT_NEAR(after, 4 * before, 1e-5 * after);
}

}  // namespace
}  // namespace didact
