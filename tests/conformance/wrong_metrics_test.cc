// Verifies that the suite finds metrics that break a promise.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::ElementsAre;

template <class T>
struct MeanOfBatchMeansMetric : Buildable<Metric<T>, MeanOfBatchMeansMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"loss"}}; }
  void Begin() override { sum = batches = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    sum += batch.loss_sum / static_cast<double>(batch.size);
    ++batches;
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("loss", sum / batches);
  }
  double sum = 0;
  double batches = 0;
};

template <class T>
struct FirstNodeMetric : Buildable<Metric<T>, FirstNodeMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"first"}}; }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    const ArrayView<const T>& activations = batch.student_activations[0];
    for (int64_t n = 0; n < activations.shape(0); ++n) sum += activations(n, 0);
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("first", sum); }
  double sum = 0;
};

// A sum over nodes, each times a factor that depends on its number and on its width. Equal factors
// at both ends hide the order from a reversal.
template <class T>
struct SymmetricFactorsMetric : Buildable<Metric<T>, SymmetricFactorsMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"sum"}}; }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    const ArrayView<const T>& activations = batch.student_activations[0];
    const int64_t nodes = activations.shape(1);
    for (int64_t n = 0; n < activations.shape(0); ++n) {
      for (int64_t j = 0; j < nodes; ++j) {
        sum += static_cast<double>(std::min(j, nodes - 1 - j)) * activations(n, j);
      }
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("sum", sum); }
  double sum = 0;
};

// Compares the first nodes of both networks with each other: teacher and student are aligned only if
// they are reordered alike.
template <class T>
struct SameNumbersMetric : Buildable<Metric<T>, SameNumbersMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"products"}}; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    return context.teacher.empty() ? absl::InvalidArgumentError("needs a teacher")
                                   : absl::OkStatus();
  }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    const ArrayView<const T>& teacher = batch.teacher_activations[1];
    const ArrayView<const T>& student = batch.student_activations[1];
    for (int64_t n = 0; n < batch.size; ++n) {
      for (int64_t j = 0; j < teacher.shape(1); ++j) {
        sum += static_cast<double>(teacher(n, j)) * student(n, j);
      }
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("products", sum); }
  double sum = 0;
};

// The mean of all samples of all evaluations, whose sums grow with each batch.
template <class T>
struct ChangesStateInAddMetric : Buildable<Metric<T>, ChangesStateInAddMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"mean"}}; }
  void Begin() override { evaluation_sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    evaluation_sum += batch.loss_sum;
    samples += static_cast<double>(batch.size);
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    sum += evaluation_sum;
    record.Add("mean", sum / samples);
  }
  void VisitState(StateVisitor& visitor) override {
    visitor.Visit("sum", sum);
    visitor.Visit("samples", samples);
  }
  double evaluation_sum = 0;
  double sum = 0;
  double samples = 0;
};

// Two metrics use one sum.
template <class T>
struct SharesItsSumMetric : Buildable<Metric<T>, SharesItsSumMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"sum"}}; }
  void Begin() override { Sum() = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t n = 0; n < batch.size; ++n) {
      for (const double output : batch.student_outputs.row(n)) Sum() = Sum() + output * output;
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("sum", Sum().load());
  }
  static std::atomic<double>& Sum() {
    static std::atomic<double> sum = 0;
    return sum;
  }
};

// An array that is computed with too few digits in float.
template <class T>
struct CoarseArrayInFloatMetric : Buildable<Metric<T>, CoarseArrayInFloatMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"outputs", {"output"}}}; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    sums.resize(context.outputs);
    return absl::OkStatus();
  }
  void Begin() override { std::fill(sums.begin(), sums.end(), 0); }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t n = 0; n < batch.size; ++n) {
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += batch.student_outputs(n, k);
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    RecordArray array = {{static_cast<int64_t>(sums.size())}, sums};
    if constexpr (std::is_same_v<T, float>) {
      for (double& sum : std::get<std::vector<double>>(array.elements)) sum *= 1.1;
    }
    record.Add("outputs", array);
  }
  std::vector<double> sums;
};

TEST(WrongMetric, ThatDependsOnTheOrderOfNodesIsFound) {
  EXPECT_THAT((FailuresOf<test::SymmetricFactors, SymmetricFactorsMetric>()),
              ElementsAre("any_node_order"));
  EXPECT_THAT((FailuresOf<test::SameNumbers, SameNumbersMetric>()), ElementsAre("any_node_order"));
}

TEST(WrongMetric, ThatChangesItsStateBeforeFinishIsFound) {
  EXPECT_THAT((FailuresOf<test::ChangesStateInAdd, ChangesStateInAddMetric>()),
              ElementsAre("cancelled"));
}

TEST(WrongMetric, ThatSharesItsSumWithOthersIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesItsSum, SharesItsSumMetric>()), ElementsAre("concurrent"));
}

TEST(WrongMetric, WithAnArrayThatIsWrongInFloatOnlyIsFound) {
  EXPECT_THAT((FailuresOf<test::CoarseArrayInFloat, CoarseArrayInFloatMetric>()),
              ElementsAre("precisions"));
}

template <class T>
struct DividesByZeroMetric : Buildable<Metric<T>, DividesByZeroMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"ratio"}}; }
  void Begin() override { sum = squares = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t n = 0; n < batch.student_activations[0].shape(0); ++n) {
      for (const double activation : batch.student_activations[0].row(n)) {
        sum += activation;
        squares += activation * activation;
      }
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("ratio", sum / std::sqrt(squares));
  }
  double sum = 0;
  double squares = 0;
};

// Reads a row of activations for each sample, not for each position.
template <class T>
struct IgnoresPositionsMetric : Buildable<Metric<T>, IgnoresPositionsMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"sum"}}; }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t n = 0; n < batch.size; ++n) {
      for (const double activation : batch.student_activations[0].row(n)) sum += activation;
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("sum", sum); }
  double sum = 0;
};

// Reports the number of its calls.
template <class T>
struct Forgetful : Buildable<Metric<T>, Forgetful<T>> {
  std::vector<MetricKey> keys() const override { return {{"evaluations"}}; }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("evaluations", ++evaluations);
  }
  double evaluations = 0;
};

template <class T>
struct ClaimsToNeedNoDataMetric : Buildable<Metric<T>, ClaimsToNeedNoDataMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"sum"}}; }
  bool depends_on_data() const override { return false; }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override { sum += batch.loss_sum; }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("sum", sum); }
  double sum = 0;
};

// Writes the student's width in every hidden layer, and zeros for all pairs of nodes, and describes
// this correctly. Each incorrect metric changes one thing.
template <class T, class Plugin>
struct Widths : Buildable<Metric<T>, Plugin> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student", {}, "nodes"},
            {"widths.layer*.zeros", {"teacher", "student"}}};
  }
  absl::Status Prepare(const MetricContext<T>& context) override {
    teacher.assign(context.teacher_widths.begin(), context.teacher_widths.end());
    student.assign(context.student_widths.begin(), context.student_widths.end());
    return absl::OkStatus();
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    for (size_t l = 0; l < teacher.size(); ++l) {
      const std::string key = absl::StrCat("widths.layer", l);
      record.Add(key + ".student", student[l]);
      record.Add(key + ".zeros", RecordArray{{teacher[l], student[l]},
                                             std::vector<int64_t>(teacher[l] * student[l])});
    }
  }
  std::vector<int64_t> teacher, student;
};

template <class T>
struct RightWidthsMetric : Widths<T, RightWidthsMetric<T>> {};

// Divides by the number of the teacher's outputs without a look at whether there are any.
template <class T>
struct FailsWithoutTeacherMetric : Buildable<Metric<T>, FailsWithoutTeacherMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"batch_share"}}; }
  void Begin() override { share = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    share += static_cast<double>(batch.size) * batch.student_outputs.shape(1) /
             static_cast<double>(batch.teacher_outputs.size());
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("batch_share", std::isfinite(share) ? 1.0 : share);
  }
  double share = 0;
};

// Divides by the number of biases without a look at whether there are any.
template <class T>
struct FailsWithoutBiasMetric : Buildable<Metric<T>, FailsWithoutBiasMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"nodes_per_bias"}}; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    const LayerView<const T>& layer = context.student[0];
    ratio = static_cast<double>(layer.nodes) / static_cast<double>(layer.bias.size());
    return absl::OkStatus();
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("nodes_per_bias", ratio);
  }
  double ratio = 0;
};

template <class T>
struct UndescribedKeyMetric : Widths<T, UndescribedKeyMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"widths.layer*.student"}}; }
};

template <class T>
struct KeyThatIsNotWrittenMetric : Widths<T, KeyThatIsNotWrittenMetric<T>> {
  std::vector<MetricKey> keys() const override {
    std::vector<MetricKey> keys = Widths<T, KeyThatIsNotWrittenMetric<T>>::keys();
    keys.push_back({"widths.total"});
    return keys;
  }
};

template <class T>
struct NumberAsArrayMetric : Widths<T, NumberAsArrayMetric<T>> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student", {"student"}},
            {"widths.layer*.zeros", {"teacher", "student"}}};
  }
};

template <class T>
struct SwappedAxesMetric : Widths<T, SwappedAxesMetric<T>> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student"}, {"widths.layer*.zeros", {"student", "teacher"}}};
  }
};

template <class T>
struct UnequalAxesMetric : Widths<T, UnequalAxesMetric<T>> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student"}, {"widths.layer*.zeros", {"teacher", "class"}}};
  }
};

template <class T>
struct HeadlineArrayMetric : Widths<T, HeadlineArrayMetric<T>> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student"}, {"widths.layer*.zeros", {"teacher", "student"}, "", true}};
  }
};

// Changes its description after it has seen the networks.
template <class T>
struct ChangesItsKeysMetric : Widths<T, ChangesItsKeysMetric<T>> {
  std::vector<MetricKey> keys() const override {
    std::vector<MetricKey> keys = Widths<T, ChangesItsKeysMetric<T>>::keys();
    if (!this->teacher.empty()) keys[0].unit = "students";
    return keys;
  }
};

// Decides only in Prepare that it needs gradients.
template <class T>
struct ChangesItsNeedsMetric : Widths<T, ChangesItsNeedsMetric<T>> {
  bool needs_gradients() const override { return !this->teacher.empty(); }
};

TEST(WrongMetric, ThatNeedsGradientsOnlyAfterPrepareIsFound) {
  EXPECT_THAT((FailuresOf<test::ChangesItsNeeds, ChangesItsNeedsMetric>()),
              ElementsAre("prepares"));
}

TEST(WrongMetric, ThatDescribesSomethingElseIsFound) {
  EXPECT_THAT((FailuresOf<test::RightWidths, RightWidthsMetric>()), ElementsAre());
  EXPECT_THAT((FailuresOf<test::UndescribedKey, UndescribedKeyMetric>()),
              ElementsAre("described", "without_bias"));
  EXPECT_THAT((FailuresOf<test::KeyThatIsNotWritten, KeyThatIsNotWrittenMetric>()),
              ElementsAre("described"));
  EXPECT_THAT((FailuresOf<test::NumberAsArray, NumberAsArrayMetric>()),
              ElementsAre("described", "without_bias"));
  EXPECT_THAT((FailuresOf<test::SwappedAxes, SwappedAxesMetric>()), ElementsAre("described"));
  EXPECT_THAT((FailuresOf<test::UnequalAxes, UnequalAxesMetric>()), ElementsAre("described"));
  EXPECT_THAT((FailuresOf<test::HeadlineArray, HeadlineArrayMetric>()), ElementsAre("described"));
  EXPECT_THAT((FailuresOf<test::ChangesItsKeys, ChangesItsKeysMetric>()), ElementsAre("described"));
}

TEST(WrongMetric, IsFound) {
  EXPECT_THAT((FailuresOf<test::MeanOfBatchMeans, MeanOfBatchMeansMetric>()),
              ElementsAre("any_split"));
  EXPECT_THAT((FailuresOf<test::IgnoresPositions, IgnoresPositionsMetric>()),
              ElementsAre("convolution"));
  EXPECT_THAT((FailuresOf<test::FirstNode, FirstNodeMetric>()), ElementsAre("any_node_order"));
  EXPECT_THAT((FailuresOf<test::DividesByZero, DividesByZeroMetric>()), ElementsAre("dead_nodes"));
  EXPECT_THAT((FailuresOf<test::FailsWithoutTeacherMetric, FailsWithoutTeacherMetric>()),
              ElementsAre("without_teacher"));
  EXPECT_THAT((FailuresOf<test::FailsWithoutBiasMetric, FailsWithoutBiasMetric>()),
              ElementsAre("without_bias"));
  EXPECT_THAT((FailuresOf<test::ForgetfulMetric, Forgetful>()), ElementsAre("state"));
  EXPECT_THAT((FailuresOf<test::ClaimsToNeedNoData, ClaimsToNeedNoDataMetric>()),
              ElementsAre("depends_on_data"));
}

}  // namespace
}  // namespace didact
