// Tests an evaluation by itself: the samples, activations and gradients that it passes to metrics
// are compared with the function of the network and of the loss, computed sample by sample, and
// with finite differences. Also tests the keys, errors and state of the metrics.

#include "didact/framework/training/evaluation.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/exception_status.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/training/evaluation_passes.h"
#include "didact/framework/training/loss_targets.h"
#include "didact/framework/training/samples.h"
#include "didact/framework/training/targets.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/training/plain_network.h"

namespace didact {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

constexpr int64_t kInputs = 5;
constexpr int64_t kOutputs = 2;

// The loss of a sample of class c is (1 + c) / 4 times the squared error; without classes, a
// quarter of it. Without targets, the target of all outputs is 0.
template <class T>
class ClassWeightedError final : public LossFunction<T> {
 public:
  explicit ClassWeightedError(bool has_classes) : has_classes_(has_classes) {}

  std::optional<double> SquaredErrorFactor(int64_t) const override {
    return has_classes_ ? std::nullopt : std::optional<double>(0.25);
  }

  double Sum(const LossBatch<T>& batch) const override { return SumOf(batch, nullptr); }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    return SumOf(batch, &gradient);
  }

 private:
  static double SumOf(const LossBatch<T>& batch, const ArrayView<T>* gradient) {
    double sum = 0;
    const int64_t samples = batch.student_outputs.shape(0);
    for (int64_t i = 0; i < samples; ++i) {
      const double weight = batch.labels.empty() ? 0.25 : 0.25 * (1.0 + batch.labels[i]);
      for (int64_t k = 0; k < batch.student_outputs.shape(1); ++k) {
        const double target = batch.targets.empty() ? 0.0 : batch.targets(i, k);
        const double error = batch.student_outputs(i, k) - target;
        sum += weight * error * error;
        if (gradient != nullptr) (*gradient)(i, k) = static_cast<T>(2 * weight * error / samples);
      }
    }
    return sum;
  }

  bool has_classes_;
};

// All data that a metric received in one evaluation. Matrices are lists of rows, one per sample.
template <class T>
struct Shown {
  using Rows = std::vector<std::vector<T>>;

  std::vector<int64_t> samples;      // their numbers
  std::vector<int64_t> batch_sizes;  // of each call
  Rows inputs;
  std::vector<Rows> teacher_activations;  // per hidden layer
  std::vector<Rows> student_activations;
  Rows teacher_outputs;
  Rows student_outputs;
  std::vector<int64_t> labels;
  std::vector<Rows> gradients;  // per layer, those of the mean over the batch times its size
  std::vector<int64_t> steps;
  double loss_sum = 0;
  double squared_error_sum = 0;  // sum over the batches that had it
  int64_t batches_with_squared_error = 0;

  EvaluationSummary<T> summary;
  std::vector<T> gradient;  // of the summary: per layer the weights [out, in], then the biases
};

template <class T>
void AddRows(const ArrayView<const T>& matrix, typename Shown<T>::Rows& rows, T factor = 1) {
  for (int64_t i = 0; i < matrix.shape(0); ++i) {
    std::vector<T>& row = rows.emplace_back();
    for (int64_t j = 0; j < matrix.shape(1); ++j) row.push_back(factor * matrix(i, j));
  }
}

// The return values and actions of a metric, apart from recording. An empty function does nothing.
struct Behaviour {
  bool needs_gradients = false;
  std::function<absl::Status()> in_prepare = nullptr;
  std::function<void()> in_add = nullptr;
  std::function<void(Record&)> in_finish = nullptr;
};

template <class T>
class RecordingMetric final : public Metric<T> {
 public:
  RecordingMetric(Behaviour behaviour, Shown<T>& shown, MetricContext<T>& context)
      : behaviour_(std::move(behaviour)), shown_(shown), context_(context) {}

  std::vector<MetricKey> keys() const override { return {}; }
  bool needs_gradients() const override { return behaviour_.needs_gradients; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    context_ = context;
    return behaviour_.in_prepare ? behaviour_.in_prepare() : absl::OkStatus();
  }
  void Begin() override { shown_ = {}; }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t i = 0; i < batch.size; ++i) shown_.samples.push_back(batch.first_sample + i);
    shown_.batch_sizes.push_back(batch.size);
    AddRows(batch.inputs, shown_.inputs);
    AddLayers(batch.teacher_activations, shown_.teacher_activations);
    AddLayers(batch.student_activations, shown_.student_activations);
    AddRows(batch.teacher_outputs, shown_.teacher_outputs);
    AddRows(batch.student_outputs, shown_.student_outputs);
    shown_.labels.insert(shown_.labels.end(), batch.labels.begin(), batch.labels.end());
    AddLayers(batch.student_gradients, shown_.gradients, static_cast<T>(batch.size));
    shown_.steps.push_back(batch.step);
    shown_.loss_sum += batch.loss_sum;
    shown_.squared_error_sum += batch.squared_error_sum.value_or(0);
    shown_.batches_with_squared_error += batch.squared_error_sum.has_value();
    if (behaviour_.in_add) behaviour_.in_add();
  }
  void Finish(const EvaluationSummary<T>& summary, Record& record) override {
    shown_.summary = summary;
    for (const LayerView<const T>& layer : summary.gradient) {
      for (int64_t i = 0; i < layer.weight.shape(0); ++i) {
        for (int64_t j = 0; j < layer.weight.shape(1); ++j) {
          shown_.gradient.push_back(layer.weight(i, j));
        }
      }
      for (int64_t i = 0; i < layer.bias.shape(0); ++i) shown_.gradient.push_back(layer.bias(i));
    }
    if (behaviour_.in_finish) behaviour_.in_finish(record);
  }
  void VisitState(StateVisitor& visitor) override { visitor.Visit("memory", memory_); }

 private:
  static void AddLayers(absl::Span<const ArrayView<const T>> layers,
                        std::vector<typename Shown<T>::Rows>& rows, T factor = 1) {
    rows.resize(layers.size());
    for (size_t l = 0; l < layers.size(); ++l) AddRows(layers[l], rows[l], factor);
  }

  Behaviour behaviour_;
  Shown<T>& shown_;
  MetricContext<T>& context_;
  double memory_ = 0;
};

// Returns the activation of a teacher node for a sample. It is not computed by a network, but
// identifies layer, sample and node.
double Mark(int64_t layer, int64_t sample, int64_t node) {
  return static_cast<double>(1000 * layer + 10 * sample + node);
}

// A student, samples with classes, and a teacher whose activations are marks, so that those of
// different samples cannot be confused.
template <class T>
class Subject {
 public:
  explicit Subject(int64_t samples, bool has_classes = true,
                   const std::vector<int64_t>& student_widths = {6, 4})
      : teacher_(MakeTanhNetwork<T>(kInputs, {3, 2}, kOutputs, "teacher")),
        student_(MakeTanhNetwork<T>(kInputs, student_widths, kOutputs, "student")),
        loss_(std::make_unique<ClassWeightedError<T>>(has_classes), "my.Loss", FieldPath()) {
    samples_.inputs = NormalMatrix<T>(samples, kInputs, "inputs");
    targets_.teacher = teacher_.get();
    targets_.outputs = NormalMatrix<T>(samples, kOutputs, "teacher outputs");
    for (size_t l = 0; l < teacher_->widths().size(); ++l) {
      Matrix<T>& activations = targets_.activations.emplace_back(samples, teacher_->widths()[l]);
      for (int64_t i = 0; i < samples; ++i) {
        for (int64_t n = 0; n < activations.columns(); ++n) {
          activations(i, n) = static_cast<T>(Mark(static_cast<int64_t>(l), i, n));
        }
      }
    }
    for (int64_t i = 0; has_classes && i < samples; ++i) samples_.labels.push_back(i * i % 5);
  }

  // Returns an evaluation "eval" with a recording metric for each behaviour, in passes that replace
  // those of the last one.
  std::unique_ptr<Evaluation<T>> MakeEvaluation(int64_t batch,
                                                std::vector<Behaviour> behaviours = {{}}) {
    std::vector<ConfiguredPlugin<Metric<T>>> metrics;
    shown_.assign(behaviours.size(), {});
    contexts_.assign(behaviours.size(), {});
    for (size_t m = 0; m < behaviours.size(); ++m) {
      metrics.emplace_back(
          std::make_unique<RecordingMetric<T>>(std::move(behaviours[m]), shown_[m], contexts_[m]),
          "my.Recording", FieldPath("e").Field("metric").Index(m));
    }
    const PassScope scope =
        NeedGradients<T>(metrics) ? PassScope::kForwardAndBackward : PassScope::kForward;
    passes_ = std::make_unique<EvaluationPasses<T>>(*student_, batch, scope);
    return std::make_unique<Evaluation<T>>("eval", *student_, loss_, loss_targets(), samples_,
                                           has_targets_ ? &targets_ : nullptr, *passes_,
                                           std::move(metrics));
  }

  // Everything that there is, unless loss_targets_ says otherwise.
  LossTargets loss_targets() const {
    return loss_targets_.value_or(
        LossTargets{.teacher = has_targets_, .labels = !samples_.labels.empty()});
  }

  // Returns a prepared evaluation. Metric m has the stream m.
  std::unique_ptr<Evaluation<T>> MakePrepared(int64_t batch,
                                              std::vector<Behaviour> behaviours = {{}}) {
    std::vector<RandomStream> random;
    for (size_t m = 0; m < behaviours.size(); ++m) random.emplace_back(3, m);
    std::unique_ptr<Evaluation<T>> evaluation = MakeEvaluation(batch, std::move(behaviours));
    EXPECT_EQ(evaluation->Prepare(random), absl::OkStatus());
    return evaluation;
  }

  // Evaluates once, and returns all data that the first metric received. `workers` may be null.
  const Shown<T>& Evaluate(int64_t batch, bool needs_gradients = false,
                           Workers* workers = nullptr) {
    const auto evaluation = MakePrepared(batch, {{.needs_gradients = needs_gradients}});
    passes_->UseWorkers(workers);
    const absl::StatusOr<double> loss = evaluation->Measure(/*step=*/7, /*stop=*/nullptr);
    EXPECT_TRUE(loss.ok()) << loss.status();
    loss_mean_ = loss.value_or(0);
    Record record;
    EXPECT_EQ(evaluation->Finish(record), absl::OkStatus());
    return shown_[0];
  }

  // Returns the loss of sample i, computed directly.
  long double PlainLoss(int64_t i, const Nudge& nudge = {}) const {
    const auto layers = PlainLayers(*student_, samples_.inputs.row(i), nudge);
    return samples_.labels.empty() ? SquaredError(i, layers.back()) / 4
                                   : SquaredError(i, layers.back()) * (1 + samples_.labels[i]) / 4;
  }

  long double PlainMeanLoss() const {
    long double sum = 0;
    for (int64_t i = 0; i < samples_.size(); ++i) sum += PlainLoss(i);
    return sum / samples_.size();
  }

  long double SquaredError(int64_t i, const std::vector<long double>& outputs) const {
    const Matrix<T>* const targets = LossTargetsOf(loss_targets(), samples_, &targets_);
    long double sum = 0;
    for (int64_t k = 0; k < kOutputs; ++k) {
      const long double error = outputs[k] - (targets != nullptr ? (*targets)(i, k) : 0);
      sum += error * error;
    }
    return sum;
  }

  std::unique_ptr<Network<T>> teacher_;
  std::unique_ptr<Network<T>> student_;
  ConfiguredPlugin<LossFunction<T>> loss_;
  Samples<T> samples_;
  Targets<T> targets_;
  bool has_targets_ = true;  // for evaluations
  std::optional<LossTargets> loss_targets_;
  std::unique_ptr<EvaluationPasses<T>> passes_;
  std::vector<Shown<T>> shown_;             // by metric
  std::vector<MetricContext<T>> contexts_;  // by metric
  double loss_mean_ = 0;                    // returned by the last Evaluate
};

std::vector<int64_t> CountingTo(int64_t count) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

template <class T>
class EvaluationTest : public testing::Test {
 protected:
  static constexpr double kTolerance = std::is_same_v<T, float> ? 1e-5 : 1e-13;
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(EvaluationTest, Precisions);

TYPED_TEST(EvaluationTest, ShowsEverySampleOnceAndInOrderWithAllThatBelongsToIt) {
  using T = TypeParam;
  constexpr int64_t kSamples = 23;
  for (const int64_t batch : {1, 7, 22, 23, 1000}) {
    Subject<T> subject(kSamples);
    const Shown<T>& shown = subject.Evaluate(batch);
    EXPECT_THAT(shown.samples, ElementsAreArray(CountingTo(kSamples)));
    EXPECT_LE(*std::max_element(shown.batch_sizes.begin(), shown.batch_sizes.end()), batch);
    EXPECT_THAT(shown.labels, ElementsAreArray(subject.samples_.labels));
    EXPECT_THAT(shown.steps, Each(7));
    ASSERT_EQ(shown.inputs.size(), kSamples);
    ASSERT_EQ(shown.teacher_activations.size(), 2u);
    ASSERT_EQ(shown.student_activations.size(), 2u);
    for (int64_t i = 0; i < kSamples; ++i) {
      EXPECT_THAT(shown.inputs[i], ElementsAreArray(subject.samples_.inputs.row(i)));
      EXPECT_THAT(shown.teacher_outputs[i], ElementsAreArray(subject.targets_.outputs.row(i)));
      EXPECT_THAT(shown.teacher_activations[0][i],
                  ElementsAre(Mark(0, i, 0), Mark(0, i, 1), Mark(0, i, 2)));
      EXPECT_THAT(shown.teacher_activations[1][i], ElementsAre(Mark(1, i, 0), Mark(1, i, 1)));
      const auto layers = PlainLayers(*subject.student_, subject.samples_.inputs.row(i));
      for (size_t l = 0; l < 3; ++l) {
        const std::vector<T>& row =
            l < 2 ? shown.student_activations[l][i] : shown.student_outputs[i];
        ASSERT_EQ(row.size(), layers[l].size());
        for (size_t n = 0; n < row.size(); ++n) {
          EXPECT_NEAR(row[n], static_cast<double>(layers[l][n]), this->kTolerance)
              << "layer " << l << ", sample " << i << ", node " << n;
        }
      }
    }
  }
}

// The factor 1/size is exact for powers of two, so that only the division into batches could change
// the bits of gradients.
TYPED_TEST(EvaluationTest, GivesASampleTheSameBitsHoweverTheSamplesAreCut) {
  using T = TypeParam;
  constexpr int64_t kSamples = 32;
  Subject<T> whole(kSamples);
  const Shown<T> expected = whole.Evaluate(kSamples, /*needs_gradients=*/true);
  for (const int64_t batch : {1, 2, 8, 16, 64}) {
    Subject<T> cut(kSamples);
    const Shown<T>& shown = cut.Evaluate(batch, /*needs_gradients=*/true);
    EXPECT_EQ(shown.student_activations, expected.student_activations) << batch;
    EXPECT_EQ(shown.student_outputs, expected.student_outputs) << batch;
    EXPECT_EQ(shown.gradients, expected.gradients) << batch;
  }
  for (const int64_t batch : {5, 31}) {
    Subject<T> cut(kSamples);
    const Shown<T>& shown = cut.Evaluate(batch);
    EXPECT_EQ(shown.student_activations, expected.student_activations) << batch;
    EXPECT_EQ(shown.student_outputs, expected.student_outputs) << batch;
  }
}

// Simulates several workers: runs the parts one after the other, the last part first.
class ReverseWorkers final : public Workers {
 public:
  explicit ReverseWorkers(int count) : count_(count) {}
  int count() const override { return count_; }
  void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) override {
    parts_run += parts;
    for (int64_t i = parts - 1; i >= 0; --i) part(i);
  }

  int64_t parts_run = 0;

 private:
  int count_;
};

TYPED_TEST(EvaluationTest, GivesTheSameBitsWhateverTheNumberOfWorkers) {
  using T = TypeParam;
  Subject<T> alone(40, /*has_classes=*/true, {300, 200});
  const Shown<T> expected = alone.Evaluate(40, /*needs_gradients=*/true);
  for (const int count : {1, 2, 5}) {
    Subject<T> helped(40, /*has_classes=*/true, {300, 200});
    ReverseWorkers workers(count);
    const Shown<T>& shown = helped.Evaluate(40, /*needs_gradients=*/true, &workers);
    EXPECT_EQ(workers.parts_run > 0, count > 1);
    EXPECT_EQ(shown.student_activations, expected.student_activations) << count;
    EXPECT_EQ(shown.gradients, expected.gradients) << count;
    EXPECT_EQ(shown.gradient, expected.gradient) << count;
    EXPECT_EQ(helped.loss_mean_, alone.loss_mean_) << count;
  }
}

TYPED_TEST(EvaluationTest, ReturnsTheMeanLossAndHandsItsPartsToMetrics) {
  using T = TypeParam;
  for (const bool needs_gradients : {false, true}) {
    for (const int64_t batch : {1, 7, 1000}) {
      Subject<T> subject(23);
      const Shown<T>& shown = subject.Evaluate(batch, needs_gradients);
      const double expected = static_cast<double>(subject.PlainMeanLoss());
      EXPECT_NEAR(subject.loss_mean_, expected, 10 * this->kTolerance);
      EXPECT_NEAR(shown.loss_sum / 23, expected, 10 * this->kTolerance);
      EXPECT_EQ(shown.summary.samples, 23);
      EXPECT_EQ(shown.summary.step, 7);
    }
  }
}

// The teacher's activations are within their memory budget, and beyond it.
TYPED_TEST(EvaluationTest, ShowsTheSameActivationsOfATeacherStoredOrComputedAgain) {
  using T = TypeParam;
  constexpr double kNoLimit = std::numeric_limits<double>::infinity();
  for (const bool has_workers : {false, true}) {
    Subject<T> subject(40);
    subject.teacher_ = MakeTanhNetwork<T>(kInputs, {300, 200}, kOutputs, "teacher");
    ReverseWorkers workers(2);
    const auto evaluate = [&](double activation_budget, int64_t batch) {
      auto targets =
          ComputeTargets(*subject.teacher_, subject.samples_.inputs, 40, activation_budget);
      EXPECT_TRUE(targets.ok()) << targets.status();
      subject.targets_ = *std::move(targets);
      return subject.Evaluate(batch, /*needs_gradients=*/false, has_workers ? &workers : nullptr);
    };
    const Shown<T> stored = evaluate(kNoLimit, 40);
    ASSERT_TRUE(subject.targets_.has_activations());
    ASSERT_EQ(stored.teacher_activations.size(), 2u);
    ASSERT_EQ(stored.teacher_activations[0].size(), 40u);
    for (const int64_t batch : {1, 7, 40, 1000}) {
      const Shown<T> shown = evaluate(0, batch);
      ASSERT_FALSE(subject.targets_.has_activations());
      EXPECT_EQ(shown.teacher_activations, stored.teacher_activations) << batch;
      EXPECT_EQ(shown.teacher_outputs, stored.teacher_outputs) << batch;
      EXPECT_EQ(shown.student_activations, stored.student_activations) << batch;
    }
  }
}

TYPED_TEST(EvaluationTest, WithoutTargetsShowsNothingOfATeacher) {
  using T = TypeParam;
  for (const bool needs_gradients : {false, true}) {
    Subject<T> subject(23);
    const Shown<T> with_targets = subject.Evaluate(7);
    subject.has_targets_ = false;
    const Shown<T>& shown = subject.Evaluate(7, needs_gradients);
    EXPECT_THAT(shown.samples, ElementsAreArray(CountingTo(23)));
    EXPECT_THAT(shown.teacher_activations, IsEmpty());
    EXPECT_THAT(shown.teacher_outputs, IsEmpty());
    EXPECT_THAT(subject.contexts_[0].teacher_widths, IsEmpty());
    EXPECT_THAT(subject.contexts_[0].teacher, IsEmpty());
    EXPECT_THAT(subject.contexts_[0].student_widths, ElementsAre(6, 4));
    EXPECT_EQ(shown.student_activations, with_targets.student_activations);
    EXPECT_EQ(shown.student_outputs, with_targets.student_outputs);
    EXPECT_THAT(shown.labels, ElementsAreArray(subject.samples_.labels));
    EXPECT_NEAR(subject.loss_mean_, static_cast<double>(subject.PlainMeanLoss()),
                10 * this->kTolerance);
  }
}

TYPED_TEST(EvaluationTest, TakesTheSquaredErrorFromALossThatIsAMultipleOfIt) {
  using T = TypeParam;
  Subject<T> multiple(23, /*has_classes=*/false);
  const Shown<T>& shown = multiple.Evaluate(7);
  EXPECT_THAT(shown.labels, IsEmpty());
  EXPECT_EQ(shown.batches_with_squared_error, 4);
  long double expected = 0;
  for (int64_t i = 0; i < 23; ++i) {
    expected += multiple.SquaredError(
        i, PlainLayers(*multiple.student_, multiple.samples_.inputs.row(i)).back());
  }
  EXPECT_NEAR(shown.squared_error_sum / 23, static_cast<double>(expected / 23),
              40 * this->kTolerance);

  Subject<T> other(23, /*has_classes=*/true);
  EXPECT_EQ(other.Evaluate(7).batches_with_squared_error, 0);
}

// The loss compares the student with the data's targets, and metrics compare it with the teacher.
TYPED_TEST(EvaluationTest, TellsTheTargetsOfTheDataFromTheTeachers) {
  using T = TypeParam;
  for (const bool needs_gradients : {false, true}) {
    Subject<T> subject(23, /*has_classes=*/false);
    subject.samples_.targets = NormalMatrix<T>(23, kOutputs, "targets");
    subject.loss_targets_ = LossTargets{.array = true};
    const Shown<T>& shown = subject.Evaluate(7, needs_gradients);
    EXPECT_NEAR(subject.loss_mean_, static_cast<double>(subject.PlainMeanLoss()),
                10 * this->kTolerance);
    EXPECT_EQ(shown.batches_with_squared_error, 0);
    for (int64_t i = 0; i < 23; ++i) {
      EXPECT_THAT(shown.teacher_outputs[i], ElementsAreArray(subject.targets_.outputs.row(i)));
    }
  }
}

TYPED_TEST(EvaluationTest, ShowsTheLossNoLabelsThatItDoesNotRead) {
  using T = TypeParam;
  Subject<T> subject(23);
  subject.loss_targets_ = LossTargets{.teacher = true};
  const Shown<T> shown = subject.Evaluate(7);
  EXPECT_THAT(shown.labels, ElementsAreArray(subject.samples_.labels));
  Subject<T> unlabeled(23, /*has_classes=*/false);
  unlabeled.Evaluate(7);
  EXPECT_EQ(subject.loss_mean_, unlabeled.loss_mean_);
}

// Central differences of the loss are computed in long double: their error is about the square of
// the step.
TEST(EvaluationGradients, AreThoseOfTheMeanLossOverAllSamples) {
  constexpr double kStep = 1e-5;
  for (const int64_t batch : {7, 23}) {
    Subject<double> subject(23);
    const std::vector<double> gradient = subject.Evaluate(batch, /*needs_gradients=*/true).gradient;
    const auto difference = [&subject](double& parameter) {
      const double before = parameter;
      parameter = before + kStep;
      const double above = parameter;
      const long double loss_above = subject.PlainMeanLoss();
      parameter = before - kStep;
      const long double difference = (loss_above - subject.PlainMeanLoss()) / (above - parameter);
      parameter = before;
      return static_cast<double>(difference);
    };
    std::vector<double> expected;
    for (const LayerView<double>& layer : subject.student_->view()) {
      for (int64_t i = 0; i < layer.weight.shape(0); ++i) {
        for (int64_t j = 0; j < layer.weight.shape(1); ++j) {
          expected.push_back(difference(layer.weight(i, j)));
        }
      }
      for (int64_t i = 0; i < layer.bias.shape(0); ++i) {
        expected.push_back(difference(layer.bias(i)));
      }
    }
    EXPECT_THAT(gradient, testing::Pointwise(testing::DoubleNear(1e-8), expected)) << batch;
  }
}

TEST(EvaluationGradients, OfABatchTimesItsSizeAreThoseOfEachSample) {
  constexpr long double kStep = 1e-5;
  Subject<double> subject(23);
  const Shown<double>& shown = subject.Evaluate(7, /*needs_gradients=*/true);
  ASSERT_EQ(shown.gradients.size(), 3u);
  for (size_t l = 0; l < 3; ++l) {
    ASSERT_EQ(shown.gradients[l].size(), 23u);
    for (int64_t i = 0; i < 23; ++i) {
      const std::vector<double>& row = shown.gradients[l][i];
      for (size_t n = 0; n < row.size(); ++n) {
        const long double difference =
            (subject.PlainLoss(i, {l, n, kStep}) - subject.PlainLoss(i, {l, n, -kStep})) /
            (2 * kStep);
        EXPECT_NEAR(row[n], static_cast<double>(difference), 1e-8)
            << "layer " << l << ", sample " << i << ", node " << n;
      }
    }
  }
}

TEST(EvaluationGradients, AreComputedForAllMetricsIfOneNeedsThem) {
  for (const auto& needs : std::vector<std::vector<bool>>{{false, true}, {true, false}}) {
    Subject<double> subject(9);
    const auto evaluation =
        subject.MakePrepared(4, {{.needs_gradients = needs[0]}, {.needs_gradients = needs[1]}});
    ASSERT_TRUE(evaluation->Measure(0, nullptr).ok());
    Record record;
    ASSERT_EQ(evaluation->Finish(record), absl::OkStatus());
    for (const Shown<double>& shown : subject.shown_) {
      EXPECT_EQ(shown.gradients.size(), 3u);
      // The network has 5 inputs, 6 and 4 nodes, and 2 outputs.
      EXPECT_EQ(shown.gradient.size(), 6u * 6 + 7 * 4 + 5 * 2);
    }
  }
  Subject<double> subject(9);
  const Shown<double>& shown = subject.Evaluate(4);
  EXPECT_THAT(shown.gradients, IsEmpty());
  EXPECT_THAT(shown.summary.gradient, IsEmpty());
}

TEST(EvaluationGradients, OfASecondEvaluationHaveNothingOfTheFirst) {
  Subject<double> subject(9);
  const auto evaluation = subject.MakePrepared(4, {{.needs_gradients = true}});
  ASSERT_TRUE(evaluation->Measure(0, nullptr).ok());
  Record record;
  ASSERT_EQ(evaluation->Finish(record), absl::OkStatus());
  const std::vector<double> first = subject.shown_[0].gradient;
  ASSERT_TRUE(evaluation->Measure(1, nullptr).ok());
  ASSERT_EQ(evaluation->Finish(record), absl::OkStatus());
  EXPECT_EQ(subject.shown_[0].gradient, first);
  EXPECT_THAT(subject.shown_[0].samples, ElementsAreArray(CountingTo(9)));
}

TEST(EvaluationMetrics, ArePreparedWithTheNetworksAsTheyAreAndTheirOwnStreams) {
  Subject<double> subject(9);
  subject.MakePrepared(4, {{}, {}});
  for (uint64_t m = 0; m < 2; ++m) {
    const MetricContext<double>& context = subject.contexts_[m];
    EXPECT_EQ(context.samples, 9);
    EXPECT_EQ(context.outputs, kOutputs);
    EXPECT_EQ(context.classes, 5);  // labels are squares modulo 5
    EXPECT_THAT(context.teacher_widths, ElementsAre(3, 2));
    EXPECT_THAT(context.student_widths, ElementsAre(6, 4));
    EXPECT_THAT(context.student_odd, ElementsAre(true, true));
    // The context has views of the networks, and no copies.
    EXPECT_EQ(context.teacher[0].weight.data(), subject.teacher_->view()[0].weight.data());
    EXPECT_EQ(context.student[2].bias.data(), subject.student_->view()[2].bias.data());
    EXPECT_EQ(context.random.Bits(0), RandomStream(3, m).Bits(0));
  }
}

std::function<void(Record&)> Writes(const std::string& key, double number) {
  return [key, number](Record& record) { record.Add(key, number); };
}

TEST(EvaluationMetrics, WriteInTheirOrderBehindTheNameOfTheDataSet) {
  Subject<double> subject(9);
  const auto evaluation =
      subject.MakePrepared(4, {{.in_finish = Writes("b", 1)}, {.in_finish = Writes("a", 2)}});
  ASSERT_TRUE(evaluation->Measure(0, nullptr).ok());
  Record record;
  record.Add("train.b", 3.0);
  ASSERT_EQ(evaluation->Finish(record), absl::OkStatus());
  using Number = std::pair<std::string, Record::Number>;
  EXPECT_THAT(std::as_const(record).numbers(),
              ElementsAre(Number("train.b", 3.0), Number("eval.b", 1.0), Number("eval.a", 2.0)));
}

TEST(EvaluationMetrics, MustNotWriteAKeyTwice) {
  Subject<double> subject(9);
  const auto evaluation =
      subject.MakePrepared(4, {{.in_finish = Writes("a", 1)}, {}, {.in_finish = Writes("a", 1)}});
  ASSERT_TRUE(evaluation->Measure(0, nullptr).ok());
  Record record;
  EXPECT_THAT(evaluation->Finish(record),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "e: metric[2] (my.Recording) writes \"a\", which metric[0] "
                        "(my.Recording) writes, too; remove one of them"));
}

TEST(EvaluationMetrics, ThatWriteAnArrayOfAnotherFormAreNamed) {
  const auto writes = [](std::vector<int64_t> shape, size_t elements) {
    return [shape, elements](Record& record) {
      record.Add("x", RecordArray{shape, std::vector<double>(elements)});
    };
  };
  Subject<double> subject(9);
  Record record;
  const auto wrong = subject.MakePrepared(4, {{}, {.in_finish = writes({2, 3}, 5)}});
  ASSERT_TRUE(wrong->Measure(0, nullptr).ok());
  EXPECT_THAT(
      wrong->Finish(record),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "e: metric[1] (my.Recording) writes the array \"x\" with 5 elements in a shape "
                "[2, 3]"));

  bool is_later = false;
  const auto changing = subject.MakePrepared(
      4, {{.in_finish = [&](Record& written) {
        writes(is_later ? std::vector<int64_t>{6} : std::vector<int64_t>{2, 3}, 6)(written);
      }}});
  ASSERT_TRUE(changing->Measure(0, nullptr).ok());
  EXPECT_EQ(changing->Finish(record), absl::OkStatus());
  is_later = true;
  ASSERT_TRUE(changing->Measure(1, nullptr).ok());
  EXPECT_THAT(
      changing->Finish(record),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "e: metric[0] (my.Recording) writes the array \"x\" as float64 of 1 dimension, "
                "before as float64 of 2 dimensions"));
}

// Returns the status of the exception that ends `call`.
absl::Status Thrown(absl::FunctionRef<void()> call) {
  try {
    call();
  } catch (const PluginException& exception) {
    return exception.status();
  }
  ADD_FAILURE() << "nothing was thrown";
  return absl::OkStatus();
}

TEST(EvaluationMetrics, ThatFailAreNamed) {
  Subject<double> subject(9);
  const auto refusing = subject.MakeEvaluation(
      4, {{}, {.in_prepare = [] { return absl::InvalidArgumentError("has no place here"); }}});
  EXPECT_THAT(refusing->Prepare({RandomStream(1, "a"), RandomStream(1, "b")}),
              FailsWith(absl::StatusCode::kInvalidArgument, "e: metric[1]: has no place here"));

  const auto in_add =
      subject.MakePrepared(4, {{}, {.in_add = [] { throw std::runtime_error("out of order"); }}});
  EXPECT_THAT(Thrown([&] { static_cast<void>(in_add->Measure(0, nullptr)); }),
              FailsWith(absl::StatusCode::kUnknown,
                        "e: metric[1]: plugin my.Recording threw an exception in Add: out "
                        "of order"));
  const auto in_finish = subject.MakePrepared(
      4, {{.in_finish = [](Record&) { throw std::runtime_error("out of order"); }}});
  ASSERT_TRUE(in_finish->Measure(0, nullptr).ok());
  Record record;
  EXPECT_THAT(Thrown([&] { static_cast<void>(in_finish->Finish(record)); }),
              FailsWith(absl::StatusCode::kUnknown,
                        "e: metric[0]: plugin my.Recording threw an exception in Finish: "
                        "out of order"));
}

TEST(EvaluationStop, ComesBeforeTheNextBatchAndLeavesNothingForTheNextEvaluation) {
  Subject<double> subject(9);
  std::atomic<bool> stop = false;
  int64_t batches = 0;
  const auto evaluation = subject.MakePrepared(
      2, {{.needs_gradients = true, .in_add = [&] { stop = ++batches == 2; }}});
  EXPECT_EQ(evaluation->Measure(0, &stop).status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(subject.shown_[0].samples, ElementsAre(0, 1, 2, 3));
  stop = false;
  const absl::StatusOr<double> loss = evaluation->Measure(0, &stop);
  ASSERT_TRUE(loss.ok()) << loss.status();
  Record record;
  ASSERT_EQ(evaluation->Finish(record), absl::OkStatus());
  const std::vector<double> gradient = subject.shown_[0].gradient;
  EXPECT_THAT(subject.shown_[0].samples, ElementsAreArray(CountingTo(9)));

  Subject<double> undisturbed(9);
  EXPECT_EQ(undisturbed.Evaluate(2, /*needs_gradients=*/true).gradient, gradient);
  EXPECT_EQ(*loss, undisturbed.loss_mean_);
}

class NamesOfState final : public StateVisitor {
 public:
  using StateVisitor::Visit;
  void Visit(absl::string_view name, AnyArrayView) override { names.emplace_back(name); }

  std::vector<std::string> names;
};

TEST(EvaluationState, OfEachMetricHasItsPlaceInItsName) {
  Subject<double> subject(9);
  const auto evaluation = subject.MakePrepared(4, {{}, {}});
  NamesOfState visitor;
  evaluation->VisitState(visitor);
  EXPECT_THAT(visitor.names, ElementsAre("eval.metric0.memory", "eval.metric1.memory"));
}

}  // namespace
}  // namespace didact
