#include <cstdint>
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
std::vector<double> NaiveMeans(const Rows<T>& x, const Rows<T>& y) {
  std::vector<double> result;
  for (int64_t a = 0; a < x.columns(); ++a) {
    for (int64_t b = 0; b < y.columns(); ++b) {
      long double sum = 0;
      for (int64_t i = 0; i < x.rows(); ++i) sum += static_cast<long double>(x(i, a)) * y(i, b);
      result.push_back(static_cast<double>(sum / x.rows()));
    }
  }
  return result;
}

template <class T>
class ActivationProductTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ActivationProductTest, Precisions);

TYPED_TEST(ActivationProductTest, AgreesWithTheDefinitionHoweverTheDataAreSplit) {
  const RandomStream random(1, "product");
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 300;
  for (int64_t layer = 0; layer < 2; ++layer) {
    evaluated.teacher_activations.push_back(
        RandomRows<TypeParam>(300, 3 + layer, random.Split(2 * layer), 1));
    evaluated.student_activations.push_back(
        RandomRows<TypeParam>(300, 10 + layer, random.Split(2 * layer + 1), 2));
  }
  const auto metric = *BuildPlugin<Metric<TypeParam>>(RegisterActivationProduct, "");
  Prepare(*metric, evaluated);
  for (const int64_t part : {1, 100, 128, 129, 300}) {
    const Record record = Evaluate(*metric, evaluated, part);
    EXPECT_EQ(KeysOf(record),
              (std::vector<std::string>{"activation_product.layer0.teacher_student",
                                        "activation_product.layer0.student_student",
                                        "activation_product.layer1.teacher_student",
                                        "activation_product.layer1.student_student"}));
    for (int64_t layer = 0; layer < 2; ++layer) {
      const auto& teacher = evaluated.teacher_activations[layer];
      const auto& student = evaluated.student_activations[layer];
      const std::string key =
          layer == 0 ? "activation_product.layer0" : "activation_product.layer1";
      EXPECT_EQ(ArrayIn(record, key + ".teacher_student").shape,
                (std::vector<int64_t>{3 + layer, 10 + layer}));
      EXPECT_EQ(ArrayIn(record, key + ".student_student").shape,
                (std::vector<int64_t>{10 + layer, 10 + layer}));
      EXPECT_LT(RelativeDifference(ElementsIn(record, key + ".teacher_student"),
                                   NaiveMeans(teacher, student)),
                1e-14);
      EXPECT_LT(RelativeDifference(ElementsIn(record, key + ".student_student"),
                                   NaiveMeans(student, student)),
                1e-14);
    }
  }
}

TYPED_TEST(ActivationProductTest, CountsEveryPositionAsASample) {
  const RandomStream random(2, "product");
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 50;
  evaluated.teacher_activations = {RandomRows<TypeParam>(150, 3, random.Split(0), 1)};
  evaluated.student_activations = {RandomRows<TypeParam>(150, 4, random.Split(1), 2)};
  const auto metric = *BuildPlugin<Metric<TypeParam>>(RegisterActivationProduct, "");
  Prepare(*metric, evaluated);
  for (const int64_t part : {7, 50}) {
    const Record record = Evaluate(*metric, evaluated, part);
    const auto& teacher = evaluated.teacher_activations[0];
    const auto& student = evaluated.student_activations[0];
    EXPECT_LT(RelativeDifference(ElementsIn(record, "activation_product.layer0.teacher_student"),
                                 NaiveMeans(teacher, student)),
              1e-14);
    EXPECT_LT(RelativeDifference(ElementsIn(record, "activation_product.layer0.student_student"),
                                 NaiveMeans(student, student)),
              1e-14);
  }
}

}  // namespace
}  // namespace didact
