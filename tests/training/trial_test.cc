#include "didact/framework/training/trial.h"

#include <xmmintrin.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/training/run_trial.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

double NumberOf(const Record& record, const std::string& key) {
  for (const auto& [name, number] : record.numbers()) {
    if (name == key)
      return std::visit([](auto value) { return static_cast<double>(value); }, number);
  }
  ADD_FAILURE() << "no number " << key;
  return 0;
}

void StepTimes(Trial& trial, int64_t steps) {
  for (int64_t s = 0; s < steps; ++s) ASSERT_TRUE(trial.Step().ok());
}

// `optimizer`: the beginning of a config, such as "Sgd] { momentum: 0.9".
void UseOptimizer(const std::string& optimizer, double rate, Experiment& experiment) {
  Experiment change;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrCat("optimizer { [type.googleapis.com/didact.", optimizer,
                   " learning_rate { [type.googleapis.com/didact.Constant] { value: ", rate,
                   " } } } }"),
      &change));
  *experiment.mutable_optimizer() = change.optimizer();
}

bool SameArrays(const std::vector<NamedArray>& left, const std::vector<NamedArray>& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].name != right[i].name || left[i].array.bytes != right[i].array.bytes) return false;
  }
  return true;
}

bool SameWeights(const Trial& a, const Trial& b) {
  return SameArrays(CopyArrays(a.Weights()), CopyArrays(b.Weights()));
}

TEST(Trial, HasTheSameResultsWhateverFloatingPointControlItsThreadHas) {
  // Weights that small are denormal numbers.
  const Experiment experiment = TestExperiment(
      "student { initializer { [type.googleapis.com/didact.ScaleWeights] { factor: 1e-310 } } }");
  const auto trial = MakeTrial(experiment);
  StepTimes(*trial, 30);
  constexpr unsigned kFlushToZero = 0x8000;
  constexpr unsigned kDenormalsAreZero = 0x0040;
  for (const unsigned changed : {kFlushToZero | kDenormalsAreZero, unsigned{_MM_ROUND_UP}}) {
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | changed);
    const auto other = MakeTrial(experiment);
    StepTimes(*other, 30);
    const absl::StatusOr<Record> record = other->Evaluate();
    const unsigned after = _mm_getcsr();
    _mm_setcsr(before);
    EXPECT_EQ(after & changed, changed);
    EXPECT_TRUE(SameWeights(*trial, *other));
    EXPECT_EQ(NumberOf(*record, "eval.loss"), NumberOf(*trial->Evaluate(), "eval.loss"));
  }
}

TEST(Trial, LearnsTheTeacher) {
  const auto trial = MakeTrial(TestExperiment("training { epochs: 60 }"));
  const double before = NumberOf(*trial->Evaluate(), "eval.loss");
  StepTimes(*trial, 600);
  EXPECT_TRUE(trial->finished());
  // With this seed 0.011 of the initial loss is left. The worst of 1000 seeds left 0.17 of it.
  EXPECT_LT(NumberOf(*trial->Evaluate(), "eval.loss"), 0.3 * before);
}

TEST(Trial, SameSeedSameBitsOtherSeedOtherBits) {
  const auto first = MakeTrial(TestExperiment());
  const auto again = MakeTrial(TestExperiment());
  const auto other = MakeTrial(TestExperiment(), 2);
  StepTimes(*first, 15);
  StepTimes(*again, 15);
  StepTimes(*other, 15);
  EXPECT_TRUE(SameWeights(*first, *again));
  EXPECT_FALSE(SameWeights(*first, *other));
}

// The loss does not depend on the metrics of the experiment.
TEST(Trial, KnowsTheLossOfItsLastEvaluation) {
  Experiment experiment = TestExperiment();
  const auto trial = MakeTrial(experiment);
  EXPECT_TRUE(std::isnan(trial->eval_loss()));
  const auto before = trial->Evaluate();
  ASSERT_TRUE(before.ok());
  const double loss = trial->eval_loss();
  EXPECT_EQ(Record::Number(loss), before->numbers()[2].second) << before->numbers()[2].first;
  for (int step = 0; step < 10; ++step) ASSERT_TRUE(trial->Step().ok());
  EXPECT_EQ(trial->eval_loss(), loss);
  ASSERT_TRUE(trial->Evaluate().ok());
  EXPECT_LT(trial->eval_loss(), loss);

  experiment.clear_metric();
  const auto without_metrics = MakeTrial(experiment);
  ASSERT_TRUE(without_metrics->Evaluate().ok());
  EXPECT_EQ(without_metrics->eval_loss(), loss);
}

TEST(Trial, EvaluatingChangesNothing) {
  const auto quiet = MakeTrial(TestExperiment());
  const auto watched =
      MakeTrial(TestExperiment("metric { [type.googleapis.com/didact.GradientNorm] {} }"));
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(quiet->Step().ok());
    ASSERT_TRUE(watched->Evaluate().ok());
    ASSERT_TRUE(watched->Step().ok());
  }
  EXPECT_TRUE(SameWeights(*quiet, *watched));
}

TEST(Trial, TheTeacherStays) {
  const auto trial = MakeTrial(TestExperiment());
  const auto before = WeightOf(*trial, "teacher.0.weight");
  StepTimes(*trial, 20);
  EXPECT_EQ(WeightOf(*trial, "teacher.0.weight"), before);
}

// Returns an experiment with a student that has the teacher's layers and the other fields of the
// text `student`.
Experiment AsWideAsTheTeacher(const std::string& student) {
  Experiment experiment = TestExperiment();
  experiment.mutable_student()->set_width_multiplier(1);
  experiment.mutable_student()->clear_initializer();
  Experiment change;
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString("student { " + student + " }", &change));
  experiment.MergeFrom(change);
  return experiment;
}

// Each has its own streams. With the same streams, a student that is drawn in the same way as the
// teacher would equal the teacher.
TEST(Trial, TeacherAndStudentOfOneStreamSeedDiffer) {
  Experiment experiment = AsWideAsTheTeacher("stream_seed: 9");
  experiment.mutable_teacher()->set_stream_seed(9);
  *experiment.mutable_student()->mutable_initializer() = experiment.teacher().initializer();
  const auto trial = MakeTrial(experiment);
  EXPECT_NE(WeightOf(*trial, "teacher.0.weight"), WeightOf(*trial, "student.0.weight"));
}

TEST(Trial, AStudentThatIsTheTeacherStaysThere) {
  const std::string path = testing::TempDir() + "/teacher.npz";
  ASSERT_TRUE(WriteNpz(path, CopyArrays(MakeTrial(TestExperiment())->Weights())).ok());
  const auto trial =
      MakeTrial(AsWideAsTheTeacher("initializer { [type.googleapis.com/didact.NpzWeights] { path: "
                                   "\"" +
                                   path + "\" prefix: \"teacher.\" } }"));
  // The student has no error, and so no gradient.
  EXPECT_EQ(NumberOf(*trial->Evaluate(), "train.loss"), 0.0);
  EXPECT_EQ(NumberOf(*trial->Evaluate(), "eval.loss"), 0.0);
  StepTimes(*trial, 5);
  for (const char* name : {"0.weight", "0.bias", "1.weight", "1.bias"}) {
    EXPECT_EQ(WeightOf(*trial, absl::StrCat("student.", name)),
              WeightOf(*trial, absl::StrCat("teacher.", name)))
        << name;
  }
}

// A student that is the teacher has no gradient, so that nothing but weight decay moves it: by the
// factor 1 - 0.125 * 0.5.
TEST(Trial, DecoupledWeightDecayShrinksTrainedWeightsBeforeProjections) {
  const std::string path = testing::TempDir() + "/teacher_of_decay.npz";
  ASSERT_TRUE(WriteNpz(path, CopyArrays(MakeTrial(TestExperiment())->Weights())).ok());
  const std::string initializer =
      absl::StrCat("initializer { [type.googleapis.com/didact.NpzWeights] { path: \"", path,
                   "\" prefix: \"teacher.\" } }");
  constexpr double kFactor = 1 - 0.125 * 0.5;
  for (const std::string optimizer :
       {"AdamW] { weight_decay: 0.5", "Adam] { weight_decay: 0.5 decoupled_weight_decay: true"}) {
    for (const bool decays_biases : {true, false}) {
      Experiment experiment = AsWideAsTheTeacher(initializer);
      UseOptimizer(absl::StrCat(optimizer, decays_biases ? "" : " decay_biases: false"), 0.125,
                   experiment);
      Experiment frozen = experiment;
      frozen.add_projection()->CopyFrom(
          TestExperiment("projection { [type.googleapis.com/didact.Freeze] { layer: 0 } }")
              .projection(0));
      Experiment projected = experiment;
      projected.add_projection()->CopyFrom(
          TestExperiment("projection { [type.googleapis.com/didact.UnitFanIn] { layer: 0 } }")
              .projection(0));
      const auto step = [](const Experiment& config, const std::string& name) {
        const auto trial = MakeTrial(config);
        StepTimes(*trial, 1);
        return WeightOf(*trial, "student." + name);
      };
      const auto expect_factor = [&](const Experiment& config, const std::string& name,
                                     double factor) {
        std::vector<double> expected = WeightOf(*MakeTrial(config), "teacher." + name);
        for (double& number : expected) number *= factor;
        EXPECT_EQ(step(config, name), expected) << optimizer << ": " << name;
      };
      const double bias_factor = decays_biases ? kFactor : 1;
      expect_factor(experiment, "0.weight", kFactor);
      expect_factor(experiment, "0.bias", bias_factor);
      expect_factor(experiment, "1.weight", kFactor);
      expect_factor(experiment, "1.bias", bias_factor);
      expect_factor(frozen, "0.weight", 1);
      expect_factor(frozen, "0.bias", 1);
      expect_factor(frozen, "1.weight", kFactor);
      expect_factor(frozen, "1.bias", bias_factor);
      const std::vector<double> unit = step(projected, "0.weight");
      for (size_t node = 0; node < 4; ++node) {
        double squares = 0;
        for (size_t j = 0; j < 6; ++j) squares += unit[node * 6 + j] * unit[node * 6 + j];
        EXPECT_NEAR(squares, 1, 1e-12);
      }
    }
  }
}

TEST(Trial, AStreamSeedPinsThatStreamAlone) {
  const Experiment pinned = TestExperiment("teacher { stream_seed: 7 }");
  const auto first = MakeTrial(pinned, 1);
  const auto second = MakeTrial(pinned, 2);
  EXPECT_EQ(WeightOf(*first, "teacher.0.weight"), WeightOf(*second, "teacher.0.weight"));
  EXPECT_NE(WeightOf(*first, "student.0.weight"), WeightOf(*second, "student.0.weight"));
}

TEST(Trial, FrozenLayersStayAndOthersLearn) {
  const auto trial =
      MakeTrial(TestExperiment("projection { [type.googleapis.com/didact.Freeze] { layer: 1 } }"));
  const auto fixed = WeightOf(*trial, "student.1.weight");
  const auto free = WeightOf(*trial, "student.0.weight");
  StepTimes(*trial, 5);
  EXPECT_EQ(WeightOf(*trial, "student.1.weight"), fixed);
  EXPECT_NE(WeightOf(*trial, "student.0.weight"), free);
}

TEST(Trial, WithEverythingFrozenNothingMoves) {
  const auto trial = MakeTrial(
      TestExperiment("projection { [type.googleapis.com/didact.Freeze] { layer: [0, 1] } }"));
  const auto before = CopyArrays(trial->Weights());
  StepTimes(*trial, 5);
  EXPECT_TRUE(SameArrays(CopyArrays(trial->Weights()), before));
}

TEST(Trial, ALayerIsTrainedIfNoProjectionKeepsItFromThat) {
  const std::string freeze = "projection { [type.googleapis.com/didact.Freeze] { layer: 0 } } ";
  const std::string unit = "projection { [type.googleapis.com/didact.UnitFanIn] { layer: 1 } } ";
  for (const std::string& projections : {freeze + unit, unit + freeze}) {
    const auto trial = MakeTrial(TestExperiment(projections));
    const auto fixed = WeightOf(*trial, "student.0.weight");
    const auto free = WeightOf(*trial, "student.1.weight");
    StepTimes(*trial, 5);
    EXPECT_EQ(WeightOf(*trial, "student.0.weight"), fixed) << projections;
    EXPECT_NE(WeightOf(*trial, "student.1.weight"), free) << projections;
  }
}

TEST(Trial, ProjectionsHoldAfterEveryStep) {
  const auto trial = MakeTrial(TestExperiment(R"pb(
    projection {
      [type.googleapis.com/didact.UnitFanIn] { layer: 0 }
    }
    projection {
      [type.googleapis.com/didact.ZeroBias] {}
    })pb"));
  for (int step = 0; step < 3; ++step) {
    ASSERT_TRUE(trial->Step().ok());
    const auto weight = WeightOf(*trial, "student.0.weight");
    for (size_t node = 0; node < 8; ++node) {
      double squares = 0;
      for (size_t j = 0; j < 6; ++j) squares += weight[node * 6 + j] * weight[node * 6 + j];
      EXPECT_NEAR(squares, 1, 1e-12);
    }
    for (const double bias : WeightOf(*trial, "student.1.bias")) EXPECT_EQ(bias, 0);
  }
}

TEST(Trial, MomentumTakesTheGeneralPathAndStartsLikePlainDescent) {
  Experiment experiment = TestExperiment();
  Experiment with_momentum = experiment;
  with_momentum.mutable_optimizer()->Clear();
  Experiment change;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        optimizer {
          [type.googleapis.com/didact.Sgd] {
            learning_rate {
              [type.googleapis.com/didact.Constant] { value: 0.05 }
            }
            momentum: 0.9
          }
        })pb",
      &change));
  with_momentum.MergeFrom(change);
  const auto plain = MakeTrial(experiment);
  const auto heavy = MakeTrial(with_momentum);
  StepTimes(*plain, 1);
  StepTimes(*heavy, 1);
  const auto a = WeightOf(*plain, "student.0.weight");
  const auto b = WeightOf(*heavy, "student.0.weight");
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-14);
  StepTimes(*plain, 1);
  StepTimes(*heavy, 1);
  EXPECT_NE(WeightOf(*plain, "student.0.weight"), WeightOf(*heavy, "student.0.weight"));
}

TEST(Trial, SaysWhenItDiverges) {
  Experiment experiment = TestExperiment();
  experiment.clear_optimizer();
  Experiment change;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        optimizer {
          [type.googleapis.com/didact.Sgd] {
            learning_rate {
              [type.googleapis.com/didact.Constant] { value: 1e200 }
            }
          }
        })pb",
      &change));
  experiment.MergeFrom(change);
  const auto trial = MakeTrial(experiment);
  absl::Status status;
  for (int step = 0; step < 30 && status.ok(); ++step) status = trial->Step();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("diverged at step "));
  EXPECT_TRUE(trial->diverged());
}

// With a linear student the first step leads to outputs near 1e160, whose squares are infinite.
TEST(Trial, DivergesAtTheStepWhoseLossIsInfinite) {
  const auto trial = MakeTrial(TestExperiment(R"pb(
    student {
      hidden {
        width: 8
        activation {
          [type.googleapis.com/didact.Identity] {}
        }
      }
      width_multiplier: 1
    }
    optimizer {
      [type.googleapis.com/didact.Sgd] {
        learning_rate {
          [type.googleapis.com/didact.Constant] { value: 1e80 }
        }
      }
    })pb"));
  ASSERT_TRUE(trial->Step().ok());
  EXPECT_EQ(trial->Step().message(), "diverged at step 1: the loss is inf");
  EXPECT_TRUE(trial->diverged());
  EXPECT_EQ(trial->step(), 1);
}

TEST(Trial, AugmentationChangesTrainingButNotEvaluation) {
  const std::string noise =
      "train_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 0.5 } }";
  const auto plain = MakeTrial(TestExperiment());
  const auto noisy = MakeTrial(TestExperiment(noise));
  const auto again = MakeTrial(TestExperiment(noise));
  EXPECT_EQ(NumberOf(*plain->Evaluate(), "train.loss"), NumberOf(*noisy->Evaluate(), "train.loss"));
  StepTimes(*plain, 2);
  StepTimes(*noisy, 2);
  StepTimes(*again, 2);
  EXPECT_FALSE(SameWeights(*plain, *noisy));
  EXPECT_TRUE(SameWeights(*again, *noisy));
}

TEST(Trial, TheEvaluationBatchSizeChangesNumbersOnlyByRounding) {
  Experiment small = TestExperiment(
      "training { evaluation_batch_size: 7 }"
      "metric { [type.googleapis.com/didact.Specialization] {} }"
      "metric { [type.googleapis.com/didact.GradientNorm] {} }");
  Experiment large = small;
  large.mutable_training()->set_evaluation_batch_size(1000);
  const Record a = *MakeTrial(small)->Evaluate();
  const Record b = *MakeTrial(large)->Evaluate();
  ASSERT_EQ(a.numbers().size(), b.numbers().size());
  for (const auto& [key, number] : a.numbers()) {
    EXPECT_NEAR(NumberOf(a, key), NumberOf(b, key), 1e-12 * (1 + std::abs(NumberOf(a, key))))
        << key;
  }
}

// The activations are stored, or computed again.
TEST(Trial, TheMemoryThatTheTeachersActivationsMayTakeChangesNoBit) {
  const Experiment stored = TestExperiment(
      "metric { [type.googleapis.com/didact.Specialization] {} }"
      "metric { [type.googleapis.com/didact.GradientNorm] {} }");
  Experiment computed = stored;
  computed.mutable_training()->set_teacher_activation_memory(0);
  const auto a = MakeTrial(stored);
  const auto b = MakeTrial(computed);
  for (int epoch = 0; epoch < 2; ++epoch) {
    const Record of_a = *a->Evaluate();
    const Record of_b = *b->Evaluate();
    EXPECT_GT(of_a.numbers().size(), 10u);
    EXPECT_EQ(of_a.numbers(), of_b.numbers());
    StepTimes(*a, 10);
    StepTimes(*b, 10);
  }
  EXPECT_TRUE(SameWeights(*a, *b));
}

const char kErf[] = "activation { [type.googleapis.com/didact.Erf] {} }";

// Returns TestExperiment with Erf, and a student whose weights are those of a file.
Experiment ErfExperiment(const std::string& path, const std::string& specialization = "") {
  Experiment experiment = TestExperiment();
  experiment.mutable_teacher()->clear_hidden();
  experiment.mutable_student()->clear_initializer();
  experiment.mutable_student()->set_width_multiplier(1);
  Experiment change;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      std::string("teacher { hidden { width: 4 ") + kErf +
          " } } student { initializer { [type.googleapis.com/didact.NpzWeights] { path: \"" + path +
          "\" prefix: \"student.\" } } }" +
          "metric { [type.googleapis.com/didact.Specialization] { " + specialization + " } }",
      &change));
  experiment.MergeFrom(change);
  return experiment;
}

// Erf is odd: a student with both layers negated has the same function as the teacher.
TEST(Trial, AStudentThatIsMinusTheTeacherHasFoundAllOfIt) {
  const std::string path = testing::TempDir() + "/minus.npz";
  Experiment experiment = TestExperiment();
  experiment.mutable_teacher()->clear_hidden();
  Experiment change;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      std::string("teacher { hidden { width: 4 ") + kErf + " } }", &change));
  experiment.MergeFrom(change);
  std::vector<NamedArray> weights;
  const auto trial = MakeTrial(experiment);
  for (const NamedArray& array : CopyArrays(trial->Weights())) {
    if (array.name.substr(0, 8) != "teacher.") continue;
    std::vector<double> values = *array.array.ReadAs<double>();
    // The final bias belongs to no node whose sign could change.
    if (array.name != "teacher.1.bias") {
      for (double& value : values) value = -value;
    }
    weights.push_back(
        {"student." + array.name.substr(8), MakeNpyArray<double>(array.array.shape, values)});
  }
  ASSERT_TRUE(WriteNpz(path, weights).ok());

  const Record record = *MakeTrial(ErfExperiment(path))->Evaluate();
  EXPECT_NEAR(NumberOf(record, "eval.loss"), 0, 1e-25);
  EXPECT_EQ(NumberOf(record, "eval.specialization.layer0.found_0.95"), 4);
  EXPECT_NEAR(NumberOf(record, "eval.specialization.layer0.mean_best"), 1, 1e-9);
  const Record signed_record = *MakeTrial(ErfExperiment(path, "absolute: false"))->Evaluate();
  EXPECT_EQ(NumberOf(signed_record, "eval.specialization.layer0.found_0.95"), 0);
}

std::vector<std::string> Keys(const Record& record) {
  std::vector<std::string> keys;
  for (const auto& [key, number] : record.numbers()) keys.push_back(key);
  for (const auto& [key, array] : record.arrays()) keys.push_back(key);
  return keys;
}

TEST(Trial, WritesMetricsOfTheWeightsOnce) {
  const auto trial = MakeTrial(TestExperiment(R"pb(
    metric {
      [type.googleapis.com/didact.WeightNorm] {}
    }
    metric {
      [type.googleapis.com/didact.WeightChange] {}
    }
    metric {
      [type.googleapis.com/didact.FanOutNorm] {}
    })pb"));
  ASSERT_TRUE(trial->Evaluate().ok());
  const auto before = WeightOf(*trial, "student.1.weight");
  StepTimes(*trial, 3);
  const auto after = WeightOf(*trial, "student.1.weight");
  const Record record = *trial->Evaluate();
  EXPECT_THAT(
      Keys(record),
      testing::UnorderedElementsAre(
          "train.loss", "train.mse", "eval.loss", "eval.mse", "eval.weight_norm.layer0.weight",
          "eval.weight_norm.layer0.bias", "eval.weight_norm.layer1.weight",
          "eval.weight_norm.layer1.bias", "eval.weight_norm.total", "eval.weight_change.layer0",
          "eval.weight_change.layer0.weight", "eval.weight_change.layer0.bias",
          "eval.weight_change.layer1", "eval.weight_change.layer1.weight",
          "eval.weight_change.layer1.bias", "eval.weight_change.total",
          "eval.fan_out_norm.layer0"));
  double squares = 0;
  for (size_t i = 0; i < after.size(); ++i) squares += std::pow(after[i] - before[i], 2);
  EXPECT_NEAR(NumberOf(record, "eval.weight_change.layer1.weight"), std::sqrt(squares), 1e-12);
}

// Keeps a copy of a state.
class StateCopy final : public StateReader {
 public:
  void Read(absl::string_view name, AnyConstArrayView array) override {
    std::string& bytes = kept_[std::string(name)];
    bytes.resize(array.size() * SizeOf(array.type()));
    CopyToBytes(array, bytes.data());
  }
  const std::string& bytes(absl::string_view name) const { return kept_.at(std::string(name)); }

 private:
  std::map<std::string, std::string> kept_;
};

// Writes a copy of a state.
class StateWriter final : public StateVisitor {
 public:
  explicit StateWriter(const StateCopy& copy) : copy_(copy) {}
  void Visit(absl::string_view name, AnyArrayView array) override {
    CopyFromBytes(copy_.bytes(name).data(), array);
  }

 private:
  const StateCopy& copy_;
};

TEST(Trial, GoesOnFromItsStateAsIfNeverInterrupted) {
  const Experiment experiment = TestExperiment(R"pb(
    optimizer {
      [type.googleapis.com/didact.Sgd] {
        learning_rate {
          [type.googleapis.com/didact.Constant] { value: 0.05 }
        }
        momentum: 0.9
      }
    }
    metric {
      [type.googleapis.com/didact.WeightChange] {}
    })pb");
  const auto undisturbed = MakeTrial(experiment);
  ASSERT_TRUE(undisturbed->Evaluate().ok());
  StepTimes(*undisturbed, 13);
  StateCopy state;
  ASSERT_TRUE(undisturbed->SaveState(state).ok());
  StepTimes(*undisturbed, 9);

  const auto resumed = MakeTrial(experiment);
  StateWriter writer(state);
  ASSERT_TRUE(resumed->RestoreState(writer).ok());
  EXPECT_EQ(resumed->step(), 13);
  StepTimes(*resumed, 9);
  EXPECT_TRUE(SameWeights(*undisturbed, *resumed));
  EXPECT_EQ(NumberOf(*undisturbed->Evaluate(), "eval.weight_change.total"),
            NumberOf(*resumed->Evaluate(), "eval.weight_change.total"));
}

// Computes parts in reverse order, and counts them.
class ReverseWorkers final : public Workers {
 public:
  int count() const override { return 3; }
  void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) override {
    parts_run += parts;
    for (int64_t i = parts - 1; i >= 0; --i) part(i);
  }

  int64_t parts_run = 0;
};

TEST(Trial, WorkersComputeALargeNetworkWithTheSameBits) {
  for (const std::string precision : {"DOUBLE", "FLOAT"}) {
    const Experiment experiment =
        TestExperiment(kLargeStudent + (" precision: " + precision) + R"pb(
          metric {
            [type.googleapis.com/didact.GradientNorm] {}
          })pb");
    const auto alone = MakeTrial(experiment);
    const auto helped = MakeTrial(experiment);
    ReverseWorkers workers;
    helped->UseWorkers(&workers);
    StepTimes(*alone, 12);
    StepTimes(*helped, 12);
    EXPECT_TRUE(SameWeights(*alone, *helped));
    EXPECT_GT(workers.parts_run, 12 * 3);
    EXPECT_EQ(NumberOf(*alone->Evaluate(), "eval.gradient_norm.total"),
              NumberOf(*helped->Evaluate(), "eval.gradient_norm.total"));
  }
}

// Updates of parts on several cores, and in one.
TEST(Trial, WorkersUpdateALargeNetworkByEveryOptimizerWithTheSameBits) {
  for (const std::string precision : {"DOUBLE", "FLOAT"}) {
    for (const std::string optimizer :
         {"Sgd] { momentum: 0.9 nesterov: true weight_decay: 0.01", "Adam] { weight_decay: 0.01",
          "AdamW] { decay_biases: false"}) {
      Experiment experiment = TestExperiment(kLargeStudent + (" precision: " + precision));
      UseOptimizer(optimizer, 0.001, experiment);
      const auto alone = MakeTrial(experiment);
      const auto helped = MakeTrial(experiment);
      ReverseWorkers workers;
      helped->UseWorkers(&workers);
      StepTimes(*alone, 12);
      StepTimes(*helped, 12);
      EXPECT_TRUE(SameWeights(*alone, *helped)) << optimizer;
      EXPECT_GT(workers.parts_run, 12 * 3);
    }
  }
}

TEST(Trial, AnEvaluationThatIsStoppedCanBeMadeAgain) {
  const Experiment experiment =
      TestExperiment("metric { [type.googleapis.com/didact.WeightChange] {} }");
  const auto stopped = MakeTrial(experiment);
  const auto undisturbed = MakeTrial(experiment);
  StepTimes(*stopped, 2);
  StepTimes(*undisturbed, 2);
  const std::atomic<bool> stop = true;
  EXPECT_EQ(stopped->Evaluate(&stop).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(stopped->evaluated_step(), -1);
  EXPECT_EQ(stopped->failure(), absl::OkStatus());
  EXPECT_EQ(stopped->Evaluate()->numbers(), undisturbed->Evaluate()->numbers());
  StepTimes(*stopped, 2);
  StepTimes(*undisturbed, 2);
  EXPECT_EQ(stopped->Evaluate()->numbers(), undisturbed->Evaluate()->numbers());
}

class Recorder final : public TrialObserver {
 public:
  absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record&) override {
    seen.push_back({epoch, trial.step()});
    return absl::OkStatus();
  }
  void OnStep(const Trial& trial) override {
    if (trial.step() == stop_at) stop = true;
  }

  std::vector<std::pair<int64_t, int64_t>> seen;
  int64_t stop_at = -1;
  std::atomic<bool> stop = false;
};

TEST(RunTrial, EvaluatesBeforeTheFirstStepAndAfterEveryEpoch) {
  const auto trial = MakeTrial(TestExperiment());
  Recorder recorder;
  EXPECT_TRUE(*RunTrial(*trial, recorder, recorder.stop));
  EXPECT_THAT(recorder.seen, testing::ElementsAre(testing::Pair(-1, 0), testing::Pair(0, 10),
                                                  testing::Pair(1, 20), testing::Pair(2, 30)));
}

TEST(RunTrial, StopsAfterTheStepInWhichItIsAskedTo) {
  const auto trial = MakeTrial(TestExperiment());
  Recorder recorder;
  recorder.stop_at = 14;
  EXPECT_FALSE(*RunTrial(*trial, recorder, recorder.stop));
  EXPECT_EQ(trial->step(), 14);
}

}  // namespace
}  // namespace didact
