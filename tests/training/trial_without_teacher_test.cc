// Tests trials without a teacher: the student is trained on labels alone, and whatever needs a
// teacher is refused.

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/checkpoint.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "didact/protos/plugins/loss.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr int64_t kSamples = 12;
constexpr int64_t kFeatures = 3;
constexpr int64_t kHidden = 4;
constexpr int64_t kClasses = 2;

double InputOf(int64_t sample, int64_t feature) {
  return std::sin(static_cast<double>(5 * sample + 2 * feature + 1));
}

int64_t LabelOf(int64_t sample) { return InputOf(sample, 0) * InputOf(sample, 1) > 0 ? 1 : 0; }

// Trains on labels, in one batch, with a teacher that the loss does not read.
Experiment WithTeacher() {
  const std::string file = testing::TempDir() + "/labeled.npz";
  std::vector<double> inputs;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t j = 0; j < kFeatures; ++j) inputs.push_back(InputOf(i, j));
    labels.push_back(LabelOf(i));
  }
  EXPECT_EQ(WriteNpz(file,
                     std::vector<NamedArray>{
                         {"inputs", MakeNpyArray<double>({kSamples, kFeatures}, inputs)},
                         {"labels", MakeNpyArray<int64_t>({kSamples}, labels)}}),
            absl::OkStatus());
  const std::string data = absl::StrCat("{ [type.googleapis.com/didact.NpyDataset] { inputs: '",
                                        file, ":inputs' labels: '", file, ":labels' } }");
  Experiment experiment = TestExperiment(absl::StrCat(
      "train_data ", data, " eval_data ", data, " student { outputs: ", kClasses,
      " hidden { width: ", kHidden,
      " activation { [type.googleapis.com/didact.Tanh] {} } } } training { full_batch {} } "
      "loss { [type.googleapis.com/didact.CrossEntropy] { labels {} } } "
      "metric { [type.googleapis.com/didact.GradientNorm] {} }"));
  experiment.mutable_student()->clear_width_multiplier();
  experiment.mutable_teacher()->set_outputs(kClasses);
  return experiment;
}

Experiment WithoutTeacher() {
  Experiment experiment = WithTeacher();
  experiment.clear_teacher();
  return experiment;
}

std::unique_ptr<Trial> Make(const Experiment& experiment) {
  auto trial = CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto"));
  EXPECT_TRUE(trial.ok()) << trial.status();
  return *std::move(trial);
}

std::string Error(const Experiment& experiment) {
  return std::string(
      CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto")).status().message());
}

std::vector<std::string> KeysOf(const Record& record) {
  std::vector<std::string> keys;
  for (const auto& [key, number] : record.numbers()) keys.push_back(key);
  return keys;
}

TEST(TrialWithoutTeacher, TrainsTheStudentLikeATrialWhoseLossDoesNotReadItsTeacher) {
  for (const Precision precision : {DOUBLE, FLOAT}) {
    for (const bool augmented : {false, true}) {
      Experiment with = WithTeacher();
      Experiment without = WithoutTeacher();
      for (Experiment* const experiment : {&with, &without}) {
        experiment->set_precision(precision);
        if (augmented) {
          Experiment noise;
          ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
              "train_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 0.1 } }",
              &noise));
          experiment->MergeFrom(noise);
        }
      }
      const auto first = Make(with);
      const auto second = Make(without);
      ASSERT_EQ(first->steps(), second->steps());
      while (!first->finished()) {
        ASSERT_TRUE(first->Step().ok());
        ASSERT_TRUE(second->Step().ok());
        EXPECT_EQ(first->step_loss(), second->step_loss());
      }
      for (const char* const name :
           {"student.0.weight", "student.0.bias", "student.1.weight", "student.1.bias"}) {
        EXPECT_EQ(WeightOf(*first, name), WeightOf(*second, name)) << name;
      }
      ASSERT_TRUE(first->Evaluate().ok() && second->Evaluate().ok());
      EXPECT_EQ(first->eval_loss(), second->eval_loss());
    }
  }
}

// The weights of the student, in the order of Trial::Weights.
std::vector<double> StudentOf(const Trial& trial) {
  std::vector<double> weights;
  for (const NamedArray& array : CopyArrays(trial.Weights())) {
    EXPECT_THAT(array.name, StartsWith("student."));
    const std::vector<double> elements = *array.array.ReadAs<double>();
    weights.insert(weights.end(), elements.begin(), elements.end());
  }
  return weights;
}

// Computes the mean cross entropy over the samples by its definition.
double MeanLoss(const std::vector<double>& weights) {
  const double* const first = weights.data();
  const double* const first_bias = first + kHidden * kFeatures;
  const double* const second = first_bias + kHidden;
  const double* const second_bias = second + kClasses * kHidden;
  double loss = 0;
  for (int64_t i = 0; i < kSamples; ++i) {
    double sum = 0;
    double right = 0;
    for (int64_t k = 0; k < kClasses; ++k) {
      double output = second_bias[k];
      for (int64_t n = 0; n < kHidden; ++n) {
        double node = first_bias[n];
        for (int64_t j = 0; j < kFeatures; ++j) node += first[n * kFeatures + j] * InputOf(i, j);
        output += second[k * kHidden + n] * std::tanh(node);
      }
      sum += std::exp(output);
      if (k == LabelOf(i)) right = std::exp(output);
    }
    loss -= std::log(right / sum) / kSamples;
  }
  return loss;
}

TEST(TrialWithoutTeacher, DescendsAlongTheGradientOfTheLabelsLoss) {
  const auto trial = Make(WithoutTeacher());
  const std::vector<double> before = StudentOf(*trial);
  ASSERT_EQ(before.size(), 4u * 3 + 4 + 2 * 4 + 2);
  ASSERT_TRUE(trial->Step().ok());
  EXPECT_NEAR(trial->step_loss(), MeanLoss(before), 1e-12);
  const std::vector<double> after = StudentOf(*trial);
  constexpr double kRate = 0.05;
  constexpr double kDifference = 1e-5;
  for (size_t w = 0; w < before.size(); ++w) {
    std::vector<double> above = before;
    std::vector<double> below = before;
    above[w] += kDifference;
    below[w] -= kDifference;
    const double derivative = (MeanLoss(above) - MeanLoss(below)) / (2 * kDifference);
    EXPECT_NEAR(after[w], before[w] - kRate * derivative, 1e-10) << w;
  }
}

TEST(TrialWithoutTeacher, RecordsWhatDoesNotCompareWithATeacher) {
  const auto trial = Make(WithoutTeacher());
  const auto record = trial->Evaluate();
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_THAT(KeysOf(*record), testing::IsSupersetOf({"train.loss", "eval.loss"}));
  EXPECT_THAT(KeysOf(*record), Each(Not(HasSubstr("mse"))));
  EXPECT_NEAR(trial->eval_loss(), MeanLoss(StudentOf(*trial)), 1e-12);
  EXPECT_EQ(trial->warnings().size(), 0u);
}

TEST(TrialWithoutTeacher, GoesOnFromACheckpoint) {
  const Experiment experiment = WithoutTeacher();
  const auto whole = Make(experiment);
  const auto part = Make(experiment);
  ASSERT_TRUE(part->Step().ok());
  const auto checkpoint = MakeCheckpoint(experiment, *part);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const auto restored = Make(experiment);
  ASSERT_EQ(RestoreTrial(*checkpoint, experiment, *restored), absl::OkStatus());
  EXPECT_EQ(restored->step(), 1);
  while (!whole->finished()) ASSERT_TRUE(whole->Step().ok());
  while (!restored->finished()) ASSERT_TRUE(restored->Step().ok());
  EXPECT_EQ(StudentOf(*restored), StudentOf(*whole));
}

TEST(TrialWithoutTeacher, IsRefusedIfItsStudentHasFewerOutputsThanThereAreClasses) {
  Experiment experiment = WithoutTeacher();
  experiment.mutable_student()->set_outputs(kClasses - 1);
  EXPECT_EQ(Error(experiment),
            "e.textproto: loss: needs at least 2 outputs, but student.outputs is 1");
  experiment.mutable_loss()->PackFrom(HalfSquaredError());
  int64_t sample = 0;
  while (LabelOf(sample) != 1) ++sample;
  EXPECT_EQ(Error(experiment),
            absl::StrCat("e.textproto: train_data: labels must be < 1, the number of classes that "
                         "the loss tells apart with outputs: 1, got 1 for sample ",
                         sample));
}

TEST(TrialWithoutTeacher, IsRefusedWhereAnotherPartNeedsOne) {
  const std::string problem = ": needs a teacher, but the experiment has none";
  Experiment experiment = WithoutTeacher();
  HalfSquaredError loss;
  loss.set_target(TEACHER);
  experiment.mutable_loss()->PackFrom(loss);
  EXPECT_THAT(Error(experiment), StartsWith("e.textproto: loss" + problem));
  for (const char* const metric :
       {"Specialization", "ActivationProduct", "BoundaryObservability"}) {
    experiment = WithoutTeacher();
    experiment.add_metric()->set_type_url(absl::StrCat("type.googleapis.com/didact.", metric));
    EXPECT_THAT(Error(experiment), StartsWith("e.textproto: metric[2]" + problem)) << metric;
  }
  experiment = WithoutTeacher();
  experiment.mutable_student()->add_initializer()->PackFrom(OrientToTeacherNode());
  EXPECT_THAT(Error(experiment),
              StartsWith("e.textproto: student.initializer[1]: must be an initializer of the "
                         "student, in an experiment with a teacher"));
}

}  // namespace
}  // namespace didact
