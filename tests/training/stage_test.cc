// Tests a stage by itself: its steps are compared with central differences of the objective, which
// is computed in long double. Also tests the calls of its plugins, their order, and their random
// numbers.

#include "didact/framework/training/stage.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/framework/training/sampler.h"
#include "didact/framework/training/samples.h"
#include "didact/framework/training/targets.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/training/plain_network.h"

namespace didact {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pointwise;

constexpr int64_t kInputs = 5;
constexpr int64_t kOutputs = 2;
constexpr int64_t kSamples = 12;
constexpr double kRate = 0.1;

using Batches = std::vector<std::vector<int64_t>>;

// Yields the same mini-batches in each epoch.
class RepeatingSampler final : public Sampler {
 public:
  explicit RepeatingSampler(Batches batches) : batches_(std::move(batches)) {}

  int64_t steps_per_epoch() const override { return static_cast<int64_t>(batches_.size()); }
  int64_t batch_size() const override {
    size_t largest = 0;
    for (const std::vector<int64_t>& batch : batches_) largest = std::max(largest, batch.size());
    return static_cast<int64_t>(largest);
  }
  absl::Span<const int64_t> Batch(int64_t step) override {
    return batches_[step % batches_.size()];
  }

 private:
  Batches batches_;
};

// A loss that replaces the computed one at one call.
struct ReplacedLoss {
  int64_t call = 0;
  double loss = 0;
};

// Half the squared distance from the targets. Without targets, the target is 1 for the output with
// the number of the class, and 0 for the others.
class TargetOrLabelError final : public LossFunction<double> {
 public:
  explicit TargetOrLabelError(std::optional<ReplacedLoss> replacement)
      : replacement_(replacement) {}

  double Sum(const LossBatch<double>&) const override {
    ADD_FAILURE() << "a step needs the gradient";
    return 0;
  }

  double SumAndGradient(const LossBatch<double>& batch, ArrayView<double> gradient) const override {
    const int64_t count = batch.student_outputs.shape(0);
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < kOutputs; ++k) {
        const double target =
            batch.targets.empty() ? (batch.labels[i] == k ? 1 : 0) : batch.targets(i, k);
        const double error = batch.student_outputs(i, k) - target;
        sum += error * error / 2;
        gradient(i, k) = error / static_cast<double>(count);
      }
    }
    const bool is_replaced = replacement_ && replacement_->call == calls_++;
    return is_replaced ? replacement_->loss : sum;
  }

 private:
  std::optional<ReplacedLoss> replacement_;
  mutable int64_t calls_ = 0;
};

class PlainDescent final : public Optimizer<double> {
 public:
  std::optional<double> PlainDescentRate(const TrainingTime&) const override { return kRate; }
  void Update(const TrainingTime&, int64_t, ArrayView<double>, ArrayView<const double>) override {
    ADD_FAILURE() << "plain descent needs no update";
  }
};

// The calls that a stage has made of its optimizer.
struct Asked {
  std::vector<int64_t> steps;
  std::vector<int64_t> epochs;
  std::vector<int64_t> blocks;
};

// The same descent by updates. It asks for the total number of epochs at step 2, if at all.
class DescentByUpdates final : public Optimizer<double> {
 public:
  explicit DescentByUpdates(Asked* asked = nullptr, bool asks_for_epochs = false)
      : asked_(asked), asks_for_epochs_(asks_for_epochs) {}

  void Update(const TrainingTime& time, int64_t block, ArrayView<double> parameters,
              ArrayView<const double> gradient) override {
    for (int64_t i = 0; i < parameters.shape(0); ++i) {
      for (int64_t j = 0; j < parameters.shape(1); ++j) {
        parameters(i, j) -= kRate * gradient(i, j);
      }
    }
    if (asked_ != nullptr) {
      asked_->steps.push_back(time.step);
      asked_->epochs.push_back(time.epoch);
      asked_->blocks.push_back(block);
    }
    if (asks_for_epochs_ && time.step == 2) {
      EXPECT_EQ(time.total_epochs(), 2);
    }
  }
  void VisitState(StateVisitor& visitor) override { visitor.Visit("memory", memory_); }

 private:
  Asked* asked_;
  bool asks_for_epochs_;
  double memory_ = 0;
};

// The same descent by updates of parts.
class DescentByParts final : public Optimizer<double> {
 public:
  explicit DescentByParts(Asked* asked = nullptr) : asked_(asked) {}

  void Update(const TrainingTime&, int64_t, ArrayView<double>, ArrayView<const double>) override {
    ADD_FAILURE() << "parts are updated in place of blocks";
  }
  bool StartPartialUpdates(const TrainingTime& time) override {
    if (asked_ != nullptr) asked_->steps.push_back(time.step);
    return true;
  }
  void UpdatePart(int64_t block, BlockPosition, ArrayView<double> parameters,
                  ArrayView<const double> gradient) override {
    if (asked_ != nullptr) asked_->blocks.push_back(block);
    for (int64_t i = 0; i < parameters.shape(0); ++i) {
      for (int64_t j = 0; j < parameters.shape(1); ++j) {
        parameters(i, j) -= kRate * gradient(i, j);
      }
    }
  }

 private:
  Asked* asked_;
};

// Throws at the second part.
class ThrowsInAPart final : public Optimizer<double> {
 public:
  void Update(const TrainingTime&, int64_t, ArrayView<double>, ArrayView<const double>) override {}
  bool StartPartialUpdates(const TrainingTime&) override { return true; }
  void UpdatePart(int64_t, BlockPosition, ArrayView<double>, ArrayView<const double>) override {
    if (++parts_ == 2) throw std::runtime_error("the disk is full");
  }

 private:
  int64_t parts_ = 0;
};

class DoubledInputs final : public Augmentation<double> {
 public:
  explicit DoubledInputs(std::vector<RandomStream>* streams) : streams_(streams) {}
  void Apply(const RandomStream& random, ArrayView<double> inputs) const override {
    streams_->push_back(random);
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (double& component : inputs.row(i)) component *= 2;
    }
  }

 private:
  std::vector<RandomStream>* streams_;
};

// Adds normal numbers to the inputs, and an "a" to the log.
class LoggedNoise final : public Augmentation<double> {
 public:
  explicit LoggedNoise(std::string* log) : log_(log) {}
  void Apply(const RandomStream& random, ArrayView<double> inputs) const override {
    *log_ += "a";
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const RandomStream stream = random.Split(static_cast<uint64_t>(i));
      for (int64_t j = 0; j < inputs.shape(1); ++j) {
        inputs(i, j) += stream.Normal(static_cast<uint64_t>(j));
      }
    }
  }

 private:
  std::string* log_;
};

// Plain descent that adds a "d" to the log.
class LoggedDescent final : public Optimizer<double> {
 public:
  explicit LoggedDescent(std::string* log) : log_(log) {}
  std::optional<double> PlainDescentRate(const TrainingTime&) const override {
    *log_ += "d";
    return kRate;
  }
  void Update(const TrainingTime&, int64_t, ArrayView<double>, ArrayView<const double>) override {
    ADD_FAILURE() << "plain descent needs no update";
  }

 private:
  std::string* log_;
};

// Computes parts in reverse order.
class ReverseWorkers final : public Workers {
 public:
  int count() const override { return 2; }
  void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) override {
    for (int64_t i = parts - 1; i >= 0; --i) part(i);
  }
};

// Computes every part in a thread of its own.
class Threads final : public Workers {
 public:
  int count() const override { return 2; }
  void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) override {
    std::vector<std::thread> threads;
    for (int64_t i = 0; i < parts; ++i) threads.emplace_back([part, i] { part(i); });
    for (std::thread& thread : threads) thread.join();
  }
};

// Maps x to factor x + term for the first bias of the student.
class BiasProjection final : public Projection<double> {
 public:
  BiasProjection(double factor, double term, std::vector<RandomStream>* streams)
      : factor_(factor), term_(term), streams_(streams) {}
  void Apply(const RandomStream& random, NetworkView<double> student) const override {
    streams_->push_back(random);
    student[0].bias(0) = factor_ * student[0].bias(0) + term_;
  }

 private:
  double factor_;
  double term_;
  std::vector<RandomStream>* streams_;
};

std::vector<double> WeightsOf(const Network<double>& network) {
  std::vector<double> numbers;
  for (const LayerView<const double>& layer : network.view()) {
    for (int64_t i = 0; i < layer.weight.shape(0); ++i) {
      for (int64_t j = 0; j < layer.weight.shape(1); ++j) numbers.push_back(layer.weight(i, j));
    }
    for (int64_t i = 0; i < layer.bias.shape(0); ++i) numbers.push_back(layer.bias(i));
  }
  return numbers;
}

class StageTest : public testing::Test {
 protected:
  StageTest() {
    train_.inputs = NormalMatrix<double>(kSamples, kInputs, "inputs");
    for (int64_t i = 0; i < kSamples; ++i) train_.labels.push_back(i * i % 3 % kOutputs);
    absl::StatusOr<Targets<double>> targets =
        ComputeTargets(*teacher_, train_.inputs, kSamples, /*activation_budget=*/0);
    EXPECT_TRUE(targets.ok()) << targets.status();
    targets_ = *std::move(targets);
  }

  StageParts<double> MakeParts(
      Batches batches,
      std::unique_ptr<Optimizer<double>> optimizer = std::make_unique<PlainDescent>(),
      std::optional<ReplacedLoss> replacement = std::nullopt) {
    StageParts<double> parts;
    parts.epochs = 2;
    parts.sampler = std::make_unique<RepeatingSampler>(std::move(batches));
    parts.loss = {std::make_unique<TargetOrLabelError>(replacement), "my.Loss", FieldPath()};
    parts.optimizer = {std::move(optimizer), "my.Optimizer", FieldPath()};
    return parts;
  }

  void AddDoubling(StageParts<double>& parts) {
    parts.augmentations.emplace_back(std::make_unique<DoubledInputs>(&augmentation_streams_),
                                     "my.Doubled", FieldPath());
  }

  void AddProjection(double factor, double term, StageParts<double>& parts) {
    parts.projection_random.push_back(RandomStream(9, parts.projections.size()));
    parts.projections.emplace_back(
        std::make_unique<BiasProjection>(factor, term, &projection_streams_), "my.Projection",
        FieldPath());
  }

  Stage<double> MakeStage(StageParts<double> parts, bool has_targets = true) {
    parts.loss_targets = {.teacher = has_targets, .labels = !has_targets};
    return Stage<double>(std::move(parts), *student_, train_, has_targets ? &targets_ : nullptr);
  }

  // Returns the objective's mean over `rows`, whose inputs are multiplied by `factor`.
  long double PlainMeanLoss(const std::vector<int64_t>& rows, double factor,
                            bool has_targets) const {
    long double sum = 0;
    for (const int64_t row : rows) {
      std::vector<double> input;
      for (const double component : train_.inputs.row(row)) input.push_back(factor * component);
      const std::vector<long double> outputs = PlainLayers<double>(*student_, input).back();
      const std::vector<long double> taught = PlainLayers<double>(*teacher_, input).back();
      for (int64_t k = 0; k < kOutputs; ++k) {
        const long double target = has_targets ? taught[k] : (train_.labels[row] == k ? 1 : 0);
        sum += (outputs[k] - target) * (outputs[k] - target) / 2;
      }
    }
    return sum / rows.size();
  }

  // Returns the student's weights after a step of descent along central differences, whose error is
  // about the square of their step.
  std::vector<double> PlainWeightsAfterStep(const std::vector<int64_t>& rows, double factor,
                                            bool has_targets) {
    constexpr double kDifference = 1e-5;
    std::vector<double> weights;
    const auto descend = [&](double& parameter) {
      const double before = parameter;
      parameter = before + kDifference;
      const double above = parameter;
      const long double loss_above = PlainMeanLoss(rows, factor, has_targets);
      parameter = before - kDifference;
      const long double slope =
          (loss_above - PlainMeanLoss(rows, factor, has_targets)) / (above - parameter);
      parameter = before;
      weights.push_back(static_cast<double>(before - kRate * slope));
    };
    for (const LayerView<double>& layer : student_->view()) {
      for (int64_t i = 0; i < layer.weight.shape(0); ++i) {
        for (int64_t j = 0; j < layer.weight.shape(1); ++j) descend(layer.weight(i, j));
      }
      for (int64_t i = 0; i < layer.bias.shape(0); ++i) descend(layer.bias(i));
    }
    return weights;
  }

  std::unique_ptr<Network<double>> teacher_ =
      MakeTanhNetwork<double>(kInputs, {3}, kOutputs, "teacher");
  std::unique_ptr<Network<double>> student_ =
      MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
  Samples<double> train_;
  Targets<double> targets_;
  std::vector<RandomStream> augmentation_streams_;
  std::vector<RandomStream> projection_streams_;
};

// Consecutive rows are used in place, others are gathered, and augmented ones are also passed to
// the teacher. Without targets, the student learns only from labels.
TEST_F(StageTest, AStepDescendsTheGradientOfTheMeanLossOverItsRows) {
  for (const bool has_targets : {true, false}) {
    for (const std::vector<int64_t>& rows : Batches{{3, 4, 5}, {7, 2, 7, 0}, {1, 2, 4}, {11}}) {
      for (const bool is_augmented : {false, true}) {
        for (const bool is_plain : {true, false}) {
          student_ = MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
          std::unique_ptr<Optimizer<double>> optimizer = std::make_unique<PlainDescent>();
          if (!is_plain) optimizer = std::make_unique<DescentByUpdates>();
          StageParts<double> parts = MakeParts({{0, 1, 2, 3, 4}, rows}, std::move(optimizer));
          if (is_augmented) AddDoubling(parts);
          Stage<double> stage = MakeStage(std::move(parts), has_targets);
          const double factor = is_augmented ? 2 : 1;
          const long double loss = PlainMeanLoss(rows, factor, has_targets);
          const std::vector<double> expected = PlainWeightsAfterStep(rows, factor, has_targets);
          EXPECT_NEAR(stage.Step(1), static_cast<double>(loss), 1e-12);
          EXPECT_THAT(WeightsOf(*student_), Pointwise(DoubleNear(1e-8), expected))
              << testing::PrintToString(rows) << (has_targets ? " with" : " without") << " targets"
              << (is_augmented ? ", augmented" : "") << (is_plain ? ", plain descent" : "");
        }
      }
    }
  }
}

// Augmentations change inputs and not the targets of the data. The teacher is not asked.
TEST_F(StageTest, AStepTowardsTargetsOfTheDataIsOneTowardsATeacherWithTheseOutputs) {
  train_.targets = targets_.outputs;
  for (const std::vector<int64_t>& rows : Batches{{3, 4, 5}, {7, 2, 7, 0}}) {
    for (const bool has_teacher : {true, false}) {
      student_ = MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
      const double taught_loss = MakeStage(MakeParts({rows})).Step(0);
      const std::vector<double> taught = WeightsOf(*student_);
      student_ = MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
      StageParts<double> parts = MakeParts({rows});
      parts.loss_targets = {.array = true};
      Stage<double> stage(std::move(parts), *student_, train_, has_teacher ? &targets_ : nullptr);
      EXPECT_EQ(stage.Step(0), taught_loss);
      EXPECT_EQ(WeightsOf(*student_), taught);
    }
  }
}

TEST_F(StageTest, AugmentationsLeaveTheTargetsOfTheDataAlone) {
  train_.targets = NormalMatrix<double>(kSamples, kOutputs, "targets");
  const std::vector<int64_t> rows = {7, 2, 0};
  StageParts<double> parts = MakeParts({rows});
  parts.loss_targets = {.array = true};
  AddDoubling(parts);
  long double expected = 0;
  for (const int64_t row : rows) {
    std::vector<double> input;
    for (const double component : train_.inputs.row(row)) input.push_back(2 * component);
    const std::vector<long double> outputs = PlainLayers<double>(*student_, input).back();
    for (int64_t k = 0; k < kOutputs; ++k) {
      const long double error = outputs[k] - train_.targets(row, k);
      expected += error * error / 2 / rows.size();
    }
  }
  Stage<double> stage(std::move(parts), *student_, train_, &targets_);
  EXPECT_NEAR(stage.Step(0), static_cast<double>(expected), 1e-12);
}

// Returns a mini-batch of which at least 2^15 numbers must be augmented, as many as are worth
// another thread.
std::vector<int64_t> LargeBatch(int64_t first) {
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < (int64_t{1} << 15) / kInputs + 1; ++i) {
    rows.push_back((first + i * i) % kSamples);
  }
  return rows;
}

TEST_F(StageTest, WorkersAugmentTheNextMiniBatchWithTheSameBits) {
  ReverseWorkers reverse;
  Threads threads;
  std::vector<double> losses;
  std::vector<double> weights;
  for (Workers* const workers : std::vector<Workers*>{nullptr, &reverse, &threads}) {
    student_ = MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
    std::string log;
    std::string ignored;  // threads would write at the same time
    const bool is_logged = workers != &threads;
    StageParts<double> parts =
        MakeParts({LargeBatch(0), LargeBatch(1)},
                  std::make_unique<LoggedDescent>(is_logged ? &log : &ignored));
    parts.augmentations.emplace_back(std::make_unique<LoggedNoise>(&log), "my.Noise", FieldPath());
    Stage<double> stage = MakeStage(std::move(parts));
    stage.UseWorkers(workers);
    std::vector<double> found;
    for (int64_t step = 0; step < stage.steps(); ++step) found.push_back(stage.Step(step));
    if (workers == nullptr) {
      losses = found;
      weights = WeightsOf(*student_);
      EXPECT_EQ(log, "adadadad");
    } else {
      EXPECT_EQ(found, losses);
      EXPECT_EQ(WeightsOf(*student_), weights);
      EXPECT_EQ(log, is_logged ? "aadadadd" : "aaaa");
    }
  }
}

TEST_F(StageTest, ThrowsTheExceptionOfAStepDuringWhichTheNextMiniBatchIsAugmented) {
  ReverseWorkers workers;
  std::string log;
  StageParts<double> parts =
      MakeParts({LargeBatch(0), LargeBatch(1)}, std::make_unique<ThrowsInAPart>());
  parts.augmentations.emplace_back(std::make_unique<LoggedNoise>(&log), "my.Noise", FieldPath());
  Stage<double> stage = MakeStage(std::move(parts));
  stage.UseWorkers(&workers);
  EXPECT_THROW(stage.Step(0), PluginException);
  EXPECT_EQ(log, "aa");
}

TEST_F(StageTest, WorkersDoNotAugmentSmallMiniBatches) {
  ReverseWorkers workers;
  std::string log;
  StageParts<double> parts = MakeParts({{0, 1, 2}, {3, 5}}, std::make_unique<LoggedDescent>(&log));
  parts.augmentations.emplace_back(std::make_unique<LoggedNoise>(&log), "my.Noise", FieldPath());
  Stage<double> stage = MakeStage(std::move(parts));
  stage.UseWorkers(&workers);
  for (int64_t step = 0; step < stage.steps(); ++step) stage.Step(step);
  EXPECT_EQ(log, "adadadad");
}

TEST_F(StageTest, TwoStagesOneAfterTheOtherAreOneOfBothLengths) {
  const Batches batches = {{0, 1, 2}, {9, 4, 4, 1}, {6, 7, 8, 9}};
  for (const bool is_plain : {true, false}) {
    const auto parts = [&] {
      std::unique_ptr<Optimizer<double>> optimizer = std::make_unique<PlainDescent>();
      if (!is_plain) optimizer = std::make_unique<DescentByUpdates>();
      StageParts<double> made = MakeParts(batches, std::move(optimizer));
      AddProjection(0.5, 0.25, made);
      return made;
    };
    student_ = MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
    Stage<double> first = MakeStage(parts());
    Stage<double> second = MakeStage(parts());
    EXPECT_EQ(first.steps(), 6);
    std::vector<double> losses;
    for (int64_t step = 0; step < first.steps(); ++step) losses.push_back(first.Step(step));
    for (int64_t step = 0; step < second.steps(); ++step) losses.push_back(second.Step(step));
    const std::vector<double> weights = WeightsOf(*student_);

    student_ = MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
    StageParts<double> long_parts = parts();
    long_parts.epochs = 4;
    Stage<double> whole = MakeStage(std::move(long_parts));
    EXPECT_EQ(whole.steps(), 12);
    std::vector<double> expected;
    for (int64_t step = 0; step < whole.steps(); ++step) expected.push_back(whole.Step(step));
    EXPECT_EQ(losses, expected);
    EXPECT_EQ(weights, WeightsOf(*student_));
  }
}

TEST_F(StageTest, ALossThatIsNotFiniteLeavesTheStudentAsItIs) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double loss : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
    projection_streams_.clear();
    Asked asked;
    StageParts<double> parts = MakeParts({{0, 1, 2}}, std::make_unique<DescentByUpdates>(&asked),
                                         ReplacedLoss{.call = 1, .loss = loss});
    AddProjection(1, 1, parts);
    Stage<double> stage = MakeStage(std::move(parts));
    stage.Step(0);
    const std::vector<double> before = WeightsOf(*student_);
    EXPECT_THAT(stage.Step(1), testing::NanSensitiveDoubleEq(loss / 3));
    EXPECT_EQ(WeightsOf(*student_), before);
    EXPECT_THAT(asked.steps, ElementsAre(0, 0, 0)) << "the optimizer was asked";
    EXPECT_EQ(projection_streams_.size(), 1u);
  }
}

TEST_F(StageTest, ChangesTheLayersThatAreTrainedAlone) {
  const std::vector<int64_t> rows = {3, 8, 5};
  for (const std::vector<bool>& trained : std::vector<std::vector<bool>>{{false, true, true},
                                                                         {true, false, true},
                                                                         {false, false, true},
                                                                         {true, true, false},
                                                                         {false, false, false}}) {
    for (const bool is_plain : {true, false}) {
      student_ = MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
      const std::vector<double> before = WeightsOf(*student_);
      const std::vector<double> after = PlainWeightsAfterStep(rows, 1, /*has_targets=*/true);
      std::vector<double> expected;
      int64_t trained_layers = 0;
      for (int64_t l = 0; l < 3; ++l) {
        student_->layer(l).set_trained(trained[l]);
        trained_layers += trained[l];
        const LayerView<double>& layer = student_->view()[l];
        for (int64_t i = 0; i < layer.weight.size() + layer.bias.size(); ++i) {
          expected.push_back((trained[l] ? after : before)[expected.size()]);
        }
      }
      Asked asked;
      std::unique_ptr<Optimizer<double>> optimizer = std::make_unique<PlainDescent>();
      if (!is_plain) optimizer = std::make_unique<DescentByUpdates>(&asked);
      MakeStage(MakeParts({rows}, std::move(optimizer))).Step(0);
      EXPECT_THAT(WeightsOf(*student_), Pointwise(DoubleNear(1e-8), expected))
          << testing::PrintToString(trained);
      // Blocks have the numbers that the optimizer was prepared with.
      std::vector<int64_t> blocks;
      for (int64_t b = 0; !is_plain && b < trained_layers; ++b) blocks.push_back(b);
      EXPECT_EQ(asked.blocks, blocks) << testing::PrintToString(trained);
    }
  }
}

TEST_F(StageTest, UpdatesPartsOfTheLayersThatAreTrainedWithTheirOwnGradients) {
  const std::vector<int64_t> rows = {3, 8, 5};
  for (const bool trains_all : {true, false}) {
    student_ = MakeTanhNetwork<double>(kInputs, {4, 3}, kOutputs, "student");
    const std::vector<double> before = WeightsOf(*student_);
    const std::vector<double> after = PlainWeightsAfterStep(rows, 1, /*has_targets=*/true);
    std::vector<double> expected;
    for (int64_t l = 0; l < 3; ++l) {
      student_->layer(l).set_trained(trains_all || l != 1);
      const LayerView<double>& layer = student_->view()[l];
      for (int64_t i = 0; i < layer.weight.size() + layer.bias.size(); ++i) {
        expected.push_back((trains_all || l != 1 ? after : before)[expected.size()]);
      }
    }
    Asked asked;
    MakeStage(MakeParts({{0}, rows}, std::make_unique<DescentByParts>(&asked))).Step(1);
    EXPECT_THAT(WeightsOf(*student_), Pointwise(DoubleNear(1e-8), expected));
    EXPECT_THAT(asked.steps, ElementsAre(1));
    // Weights and biases of a layer are parts of one block.
    if (trains_all) {
      EXPECT_THAT(asked.blocks, ElementsAre(0, 0, 1, 1, 2, 2));
    } else {
      EXPECT_THAT(asked.blocks, ElementsAre(0, 0, 1, 1));
    }
  }
}

TEST_F(StageTest, ThrowsTheExceptionOfAnUpdateOfAPart) {
  Stage<double> stage = MakeStage(MakeParts({{0, 1}}, std::make_unique<ThrowsInAPart>()));
  try {
    stage.Step(0);
    FAIL() << "no exception";
  } catch (const PluginException& exception) {
    EXPECT_THAT(std::string(exception.status().message()),
                testing::HasSubstr("plugin my.Optimizer threw an exception in UpdatePart: the disk "
                                   "is full"));
  }
}

TEST_F(StageTest, AppliesProjectionsInOrderAfterTheUpdate) {
  StageParts<double> parts = MakeParts({{0, 1, 2}});
  AddProjection(0, 3, parts);
  AddProjection(2, 1, parts);
  Stage<double> stage = MakeStage(std::move(parts));
  stage.Step(4);
  EXPECT_EQ(student_->view()[0].bias(0), 7);
  ASSERT_EQ(projection_streams_.size(), 2u);
  for (uint64_t p = 0; p < 2; ++p) {
    EXPECT_EQ(projection_streams_[p].Bits(0), RandomStream(9, p).Split(uint64_t{4}).Bits(0));
  }
}

TEST_F(StageTest, AugmentsEachStepWithARandomStreamOfItsOwnForEachAugmentation) {
  StageParts<double> parts = MakeParts({{0, 1, 2}});
  parts.augmentation_random = RandomStream(8, "augmentation");
  AddDoubling(parts);
  AddDoubling(parts);
  Stage<double> stage = MakeStage(std::move(parts));
  stage.Step(0);
  stage.Step(1);
  ASSERT_EQ(augmentation_streams_.size(), 4u);
  for (uint64_t step = 0; step < 2; ++step) {
    for (uint64_t a = 0; a < 2; ++a) {
      EXPECT_EQ(augmentation_streams_[2 * step + a].Bits(0),
                RandomStream(8, "augmentation").Split(step).Split(a).Bits(0));
    }
  }
  EXPECT_EQ(train_.inputs(0, 0), (NormalMatrix<double>(kSamples, kInputs, "inputs")(0, 0)));
}

TEST_F(StageTest, CountsStepsAndEpochsOfItsOwnAndNotesThatTheirNumberWasAskedFor) {
  for (int64_t l = 0; l < 2; ++l) student_->layer(l).set_trained(false);
  Asked asked;
  Stage<double> stage = MakeStage(
      MakeParts({{0}, {1}}, std::make_unique<DescentByUpdates>(&asked, /*asks_for_epochs=*/true)));
  EXPECT_EQ(stage.epochs(), 2);
  EXPECT_EQ(stage.steps_per_epoch(), 2);
  for (int64_t step = 0; step < 4; ++step) {
    EXPECT_EQ(stage.uses_total_epochs(), step > 2) << step;
    stage.Step(step);
  }
  EXPECT_THAT(asked.steps, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(asked.epochs, ElementsAre(0, 0, 1, 1));

  Stage<double> restored = MakeStage(MakeParts({{0}}));
  EXPECT_FALSE(restored.uses_total_epochs());
  restored.SetUsesTotalEpochs();
  EXPECT_TRUE(restored.uses_total_epochs());
}

class NamesOfState final : public StateVisitor {
 public:
  using StateVisitor::Visit;
  void Visit(absl::string_view name, AnyArrayView) override { names.emplace_back(name); }

  std::vector<std::string> names;
};

TEST_F(StageTest, HasTheStateOfItsOptimizer) {
  NamesOfState of_plain;
  MakeStage(MakeParts({{0}})).VisitState(of_plain);
  EXPECT_THAT(of_plain.names, IsEmpty());
  NamesOfState of_updates;
  MakeStage(MakeParts({{0}}, std::make_unique<DescentByUpdates>())).VisitState(of_updates);
  EXPECT_THAT(of_updates.names, ElementsAre("memory"));
}

}  // namespace
}  // namespace didact
