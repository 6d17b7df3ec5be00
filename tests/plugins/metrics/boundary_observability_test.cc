#include <algorithm>
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
std::unique_ptr<Metric<T>> Build() {
  auto metric = BuildPlugin<Metric<T>>(RegisterBoundaryObservability, "");
  EXPECT_TRUE(metric.ok()) << metric.status();
  return *std::move(metric);
}

template <class T>
std::vector<int64_t> NaiveCounts(const Rows<T>& teacher, const Rows<T>& student) {
  std::vector<int64_t> result;
  for (int64_t t = 0; t < teacher.columns(); ++t) {
    for (int64_t s = 0; s < student.columns(); ++s) {
      int64_t on = 0, off = 0;
      for (int64_t i = 0; i < teacher.rows(); ++i) {
        if (!(student(i, s) > 0)) continue;
        ++(teacher(i, t) > 0 ? on : off);
      }
      result.push_back(std::min(on, off));
    }
  }
  return result;
}

template <class T>
class BoundaryObservabilityTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(BoundaryObservabilityTest, Precisions);

TYPED_TEST(BoundaryObservabilityTest, CountsExactlyHoweverTheDataAreSplit) {
  const RandomStream random(1, "observability");
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 333;
  for (int64_t layer = 0; layer < 2; ++layer) {
    evaluated.teacher_activations.push_back(
        RandomRows<TypeParam>(333, 5 - layer, random.Split(2 * layer), 0.2));
    evaluated.student_activations.push_back(
        RandomRows<TypeParam>(333, 21 + layer, random.Split(2 * layer + 1), -0.1));
  }
  // Some nodes are dead, always active, or at the boundary.
  for (int64_t i = 0; i < 333; ++i) {
    evaluated.teacher_activations[0](i, 0) = 0;
    evaluated.teacher_activations[0](i, 1) = 1;
    evaluated.student_activations[0](i, 0) = 0;
    evaluated.student_activations[0](i, 1) = std::numeric_limits<TypeParam>::denorm_min();
    evaluated.student_activations[0](i, 2) = -TypeParam(0);
    evaluated.student_activations[0](i, 3) = std::numeric_limits<TypeParam>::quiet_NaN();
  }
  const auto metric = Build<TypeParam>();
  Prepare(*metric, evaluated);
  for (const int64_t part : {1, 16, 63, 64, 65, 128, 333}) {
    const Record record = Evaluate(*metric, evaluated, part);
    EXPECT_EQ(KeysOf(record),
              (std::vector<std::string>{"observability.layer0", "observability.layer1"}));
    for (int64_t layer = 0; layer < 2; ++layer) {
      const RecordArray array =
          ArrayIn(record, layer == 0 ? "observability.layer0" : "observability.layer1");
      EXPECT_EQ(array.shape, (std::vector<int64_t>{5 - layer, 21 + layer}));
      EXPECT_EQ(
          std::get<std::vector<int64_t>>(array.elements),
          NaiveCounts(evaluated.teacher_activations[layer], evaluated.student_activations[layer]))
          << part;
    }
  }
}

TYPED_TEST(BoundaryObservabilityTest, SeesABoundaryFromOneSideOnlyAsNothing) {
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 4;
  // The first student node is active exactly on the samples of the teacher node, the second also on
  // others.
  evaluated.teacher_activations.emplace_back(4, 1, std::vector<double>{1, 1, 0, 0});
  evaluated.student_activations.emplace_back(4, 2, std::vector<double>{1, 1, 1, 1, 0, 1, 0, 0});
  const auto metric = Build<TypeParam>();
  const Record record = PrepareAndEvaluate(*metric, evaluated, 4);
  EXPECT_EQ(ElementsIn(record, "observability.layer0"), (std::vector<double>{0, 1}));
}

}  // namespace
}  // namespace didact
