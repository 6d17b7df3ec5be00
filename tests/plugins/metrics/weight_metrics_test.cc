// Tests the metrics that use only the student's weights: FanOutNorm, WeightNorm and WeightChange.

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/state.h"
#include "didact/plugins/metrics/metrics.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/metrics/evaluated.h"

namespace didact {
namespace {

// A student of two hidden layers: blocks [in + 1, out].
template <class T>
Evaluated<T> Student() {
  const RandomStream random(1, "weights");
  Evaluated<T> evaluated;
  evaluated.samples = 1;
  evaluated.student = {RandomRows<T>(5, 3, random.Split(0)), RandomRows<T>(4, 6, random.Split(1)),
                       RandomRows<T>(7, 2, random.Split(2))};
  return evaluated;
}

// Returns sqrt(sum of squares) of rows `first` to `last` of a block, minus those of `minus`.
template <class T>
double Norm(const Rows<T>& block, int64_t first, int64_t last, const Rows<T>& minus) {
  long double sum = 0;
  for (int64_t i = first; i < last; ++i) {
    for (int64_t j = 0; j < block.columns(); ++j) {
      const long double x = static_cast<long double>(block(i, j)) - minus(i, j);
      sum += x * x;
    }
  }
  return static_cast<double>(std::sqrt(sum));
}

template <class T>
class WeightMetricsTest : public testing::Test {
 protected:
  static std::unique_ptr<Metric<T>> Build(RegisterFunction register_metric) {
    auto metric = BuildPlugin<Metric<T>>(register_metric, "");
    EXPECT_TRUE(metric.ok()) << metric.status();
    return *std::move(metric);
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(WeightMetricsTest, Precisions);

TYPED_TEST(WeightMetricsTest, FanOutNormIsThatOfTheNextLayersColumns) {
  const Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto metric = this->Build(RegisterFanOutNorm);
  const Record record = PrepareAndEvaluate(*metric, evaluated, 1);
  EXPECT_EQ(KeysOf(record),
            (std::vector<std::string>{"fan_out_norm.layer0", "fan_out_norm.layer1"}));
  for (int64_t layer = 0; layer < 2; ++layer) {
    const Rows<TypeParam>& next = evaluated.student[layer + 1];
    std::vector<double> expected;
    // Row j of the block holds the fan-out weights of node j; the last row the biases.
    for (int64_t j = 0; j + 1 < next.rows(); ++j) {
      expected.push_back(Norm(next, j, j + 1, Rows<TypeParam>(next.rows(), next.columns())));
    }
    EXPECT_LT(
        RelativeDifference(ElementsIn(record, absl::StrCat("fan_out_norm.layer", layer)), expected),
        1e-15);
  }
}

// The layer above reads three positions of each of two channels, side by side.
TYPED_TEST(WeightMetricsTest, FanOutNormOfAChannelIsThatOfAllWeightsThatReadIt) {
  const RandomStream random(2, "weights");
  Evaluated<TypeParam> evaluated;
  evaluated.samples = 1;
  evaluated.student = {RandomRows<TypeParam>(5, 2, random.Split(0)),
                       RandomRows<TypeParam>(7, 4, random.Split(1))};
  const auto metric = this->Build(RegisterFanOutNorm);
  const Record record = PrepareAndEvaluate(*metric, evaluated, 1);
  const Rows<TypeParam>& next = evaluated.student[1];
  const Rows<TypeParam> zeros(next.rows(), next.columns());
  EXPECT_LT(
      RelativeDifference(ElementsIn(record, "fan_out_norm.layer0"),
                         std::vector<double>{Norm(next, 0, 3, zeros), Norm(next, 3, 6, zeros)}),
      1e-15);
}

TYPED_TEST(WeightMetricsTest, WeightNormIsThatOfEachLayerAndOfAll) {
  const Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto metric = this->Build(RegisterWeightNorm);
  const Record record = PrepareAndEvaluate(*metric, evaluated, 1);
  EXPECT_EQ(KeysOf(record),
            (std::vector<std::string>{"weight_norm.layer0.weight", "weight_norm.layer0.bias",
                                      "weight_norm.layer1.weight", "weight_norm.layer1.bias",
                                      "weight_norm.layer2.weight", "weight_norm.layer2.bias",
                                      "weight_norm.total"}));
  double total = 0;
  for (int64_t layer = 0; layer < 3; ++layer) {
    const Rows<TypeParam>& block = evaluated.student[layer];
    const Rows<TypeParam> zero(block.rows(), block.columns());
    const std::string key = absl::StrCat("weight_norm.layer", layer);
    EXPECT_NEAR(NumberIn(record, key + ".weight"), Norm(block, 0, block.rows() - 1, zero), 1e-14);
    EXPECT_NEAR(NumberIn(record, key + ".bias"), Norm(block, block.rows() - 1, block.rows(), zero),
                1e-14);
    total = std::hypot(total, Norm(block, 0, block.rows(), zero));
  }
  EXPECT_NEAR(NumberIn(record, "weight_norm.total"), total, 1e-14);
}

TYPED_TEST(WeightMetricsTest, SayNothingOfBiasesThatAStudentDoesNotHave) {
  Evaluated<TypeParam> evaluated = Student<TypeParam>();
  evaluated.has_bias = false;
  double total = 0;
  for (const Rows<TypeParam>& block : evaluated.student) {
    const Rows<TypeParam> zero(block.rows(), block.columns());
    total = std::hypot(total, Norm(block, 0, block.rows() - 1, zero));
  }
  const auto norm = this->Build(RegisterWeightNorm);
  const Record norms = PrepareAndEvaluate(*norm, evaluated, 1);
  EXPECT_EQ(KeysOf(norms),
            (std::vector<std::string>{"weight_norm.layer0.weight", "weight_norm.layer1.weight",
                                      "weight_norm.layer2.weight", "weight_norm.total"}));
  EXPECT_NEAR(NumberIn(norms, "weight_norm.total"), total, 1e-14);

  const auto change = this->Build(RegisterWeightChange);
  Prepare(*change, evaluated);
  Evaluate(*change, evaluated, 1);
  evaluated.student[1](2, 3) += 4;
  evaluated.student[0](4, 1) -= 3;  // no part of the student
  const Record changes = Evaluate(*change, evaluated, 1);
  EXPECT_EQ(KeysOf(changes),
            (std::vector<std::string>{"weight_change.layer0", "weight_change.layer0.weight",
                                      "weight_change.layer1", "weight_change.layer1.weight",
                                      "weight_change.layer2", "weight_change.layer2.weight",
                                      "weight_change.total"}));
  EXPECT_NEAR(NumberIn(changes, "weight_change.layer1"), 4, 1e-6);
  EXPECT_NEAR(NumberIn(changes, "weight_change.total"), 4, 1e-6);
}

std::vector<std::string> WeightChangeKeys() {
  std::vector<std::string> keys;
  for (int layer = 0; layer < 3; ++layer) {
    for (const char* const part : {"", ".weight", ".bias"}) {
      keys.push_back(absl::StrCat("weight_change.layer", layer, part));
    }
  }
  keys.push_back("weight_change.total");
  return keys;
}

TYPED_TEST(WeightMetricsTest, WeightChangeIsTheDistanceToThePreviousEvaluation) {
  Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto metric = this->Build(RegisterWeightChange);
  Prepare(*metric, evaluated);
  const Record first = Evaluate(*metric, evaluated, 1);
  EXPECT_EQ(KeysOf(first), WeightChangeKeys());
  for (const std::string& key : KeysOf(first)) EXPECT_EQ(NumberIn(first, key), 0) << key;

  // The metric has views of the weights: they are changed in place.
  for (int evaluation = 0; evaluation < 2; ++evaluation) {
    const std::vector<Rows<TypeParam>> before = evaluated.student;
    for (Rows<TypeParam>& block : evaluated.student) {
      for (int64_t i = 0; i < block.rows(); ++i) {
        for (int64_t j = 0; j < block.columns(); ++j) {
          block(i, j) += static_cast<TypeParam>(0.1 * (i + 1) - 0.2 * j);
        }
      }
    }
    const Record record = Evaluate(*metric, evaluated, 1);
    double total = 0;
    for (int64_t layer = 0; layer < 3; ++layer) {
      const Rows<TypeParam>& now = evaluated.student[layer];
      const std::string key = absl::StrCat("weight_change.layer", layer);
      EXPECT_NEAR(NumberIn(record, key + ".weight"), Norm(now, 0, now.rows() - 1, before[layer]),
                  1e-14);
      EXPECT_NEAR(NumberIn(record, key + ".bias"),
                  Norm(now, now.rows() - 1, now.rows(), before[layer]), 1e-14);
      EXPECT_NEAR(NumberIn(record, key), Norm(now, 0, now.rows(), before[layer]), 1e-14);
      total = std::hypot(total, Norm(now, 0, now.rows(), before[layer]));
    }
    EXPECT_NEAR(NumberIn(record, "weight_change.total"), total, 1e-14);
  }
}

// Saves the state that it visits, or restores the state that another one saved.
class Copier final : public StateVisitor {
 public:
  explicit Copier(const Copier* source) : source_(source) {}
  void Visit(absl::string_view name, AnyArrayView array) override { Copy(name, array); }
  using StateVisitor::Visit;

 private:
  struct Piece {
    std::string name;
    std::string bytes;
  };

  void Copy(absl::string_view name, AnyArrayView array) {
    Piece piece{std::string(name), std::string(array.size() * SizeOf(array.type()), '\0')};
    if (source_ != nullptr) {
      const Piece& saved = source_->pieces_.at(pieces_.size());
      EXPECT_EQ(saved.name, piece.name);
      ASSERT_EQ(saved.bytes.size(), piece.bytes.size());
      CopyFromBytes(saved.bytes.data(), array);
    }
    CopyToBytes(array, piece.bytes.data());
    for (const Piece& other : pieces_) EXPECT_NE(other.name, piece.name);
    pieces_.push_back(std::move(piece));
  }

  const Copier* source_;
  std::vector<Piece> pieces_;
};

TYPED_TEST(WeightMetricsTest, WeightChangeGoesOnFromASavedState) {
  Evaluated<TypeParam> evaluated = Student<TypeParam>();
  const auto metric = this->Build(RegisterWeightChange);
  Prepare(*metric, evaluated);
  Evaluate(*metric, evaluated, 1);
  Copier saved(nullptr);
  metric->VisitState(saved);

  evaluated.student[1](2, 3) += 4;
  evaluated.student[0](4, 1) -= 3;  // a bias
  const auto resumed = this->Build(RegisterWeightChange);
  Prepare(*resumed, evaluated);
  Copier restored(&saved);
  resumed->VisitState(restored);
  const Record expected = Evaluate(*metric, evaluated, 1);
  const Record record = Evaluate(*resumed, evaluated, 1);
  for (const std::string& key : KeysOf(expected))
    EXPECT_EQ(NumberIn(record, key), NumberIn(expected, key)) << key;
  EXPECT_NEAR(NumberIn(record, "weight_change.total"), 5, 1e-6);
}

}  // namespace
}  // namespace didact
