// Tests which targets a trial trains its student towards: those of a teacher, arrays of the data, or
// labels.

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/framework/training/trial_parts.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t kSamples = 20;
constexpr int64_t kFeatures = 4;
constexpr int64_t kOutputs = 3;

double NumberOfSample(int64_t sample, int64_t k) {
  return std::sin(static_cast<double>(7 * sample + 3 * k + 1));
}

int64_t LabelOf(int64_t sample) { return sample * sample % kOutputs; }

std::string FileName() { return testing::TempDir() + "/targets.npz"; }

template <class Number>
NamedArray MatrixOf(const std::string& name, int64_t columns, const Number& number) {
  std::vector<double> elements;
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t k = 0; k < columns; ++k) elements.push_back(number(i, k));
  }
  return {name, MakeNpyArray<double>({kSamples, columns}, elements)};
}

// Writes inputs, labels, arbitrary targets, one-hot labels and `more` arrays.
void WriteData(std::vector<NamedArray> more = {}) {
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < kSamples; ++i) labels.push_back(LabelOf(i));
  std::vector<NamedArray> arrays = std::move(more);
  arrays.push_back(MatrixOf("x", kFeatures, NumberOfSample));
  arrays.push_back({"labels", MakeNpyArray<int64_t>({kSamples}, labels)});
  arrays.push_back(
      MatrixOf("t", kOutputs, [](int64_t i, int64_t k) { return NumberOfSample(i, k + 10); }));
  arrays.push_back(MatrixOf("one_hot", kOutputs,
                            [](int64_t i, int64_t k) { return k == LabelOf(i) ? 1.0 : 0.0; }));
  ASSERT_EQ(WriteNpz(FileName(), arrays), absl::OkStatus());
}

// Returns an experiment on both data sets with these fields besides `inputs`. F: is the file.
Experiment Make(const std::string& train, const std::string& eval, const std::string& loss,
                bool has_teacher) {
  const auto data = [](const std::string& fields) {
    std::string text = absl::StrCat("inputs: 'F:x' ", fields);
    for (size_t at = 0; (at = text.find("F:", at)) != std::string::npos;) {
      text.replace(at, 1, FileName());
      at += FileName().size();
    }
    return absl::StrCat("{ [type.googleapis.com/didact.NpyDataset] { ", text, " } }");
  };
  Experiment experiment = TestExperiment(absl::StrCat(
      "train_data ", data(train), " eval_data ", data(eval), " student { outputs: ", kOutputs,
      " hidden { width: 5 activation { [type.googleapis.com/didact.Tanh] {} } } } loss { "
      "[type.googleapis.com/didact.",
      loss, " } training { batch_size: 8 with_replacement { steps_per_epoch: 10 } }"));
  experiment.mutable_student()->clear_width_multiplier();
  experiment.mutable_teacher()->set_outputs(kOutputs);
  if (!has_teacher) experiment.clear_teacher();
  return experiment;
}

Experiment Make(const std::string& data, const std::string& loss, bool has_teacher) {
  return Make(data, data, loss, has_teacher);
}

std::unique_ptr<Trial> TrialOf(const Experiment& experiment) {
  auto trial = CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto"));
  EXPECT_TRUE(trial.ok()) << trial.status();
  return *std::move(trial);
}

std::string ErrorOf(const Experiment& experiment) {
  return std::string(
      CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto")).status().message());
}

double NumberOf(const Record& record, const std::string& wanted) {
  for (const auto& [key, number] : record.numbers()) {
    if (key == wanted) return std::get<double>(number);
  }
  ADD_FAILURE() << "no number " << wanted;
  return 0;
}

// Trains to the end and returns the student's weights and the evaluation loss.
std::vector<double> Trained(const Experiment& experiment) {
  const auto trial = TrialOf(experiment);
  while (!trial->finished()) EXPECT_EQ(trial->Step(), absl::OkStatus());
  EXPECT_EQ(trial->Evaluate().status(), absl::OkStatus());
  std::vector<double> numbers = {trial->eval_loss()};
  for (const char* const name :
       {"student.0.weight", "student.0.bias", "student.1.weight", "student.1.bias"}) {
    const std::vector<double> weights = WeightOf(*trial, name);
    numbers.insert(numbers.end(), weights.begin(), weights.end());
  }
  return numbers;
}

template <class T>
NamedArray TeacherOutputs(const Experiment& experiment) {
  const auto resolved = ResolvedExperiment::Create(experiment, BuiltinRegistry(), FieldPath());
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  const auto parts = BuildTrialParts<T>(*resolved, 1, BuiltinRegistry(), FieldPath());
  EXPECT_TRUE(parts.ok()) << parts.status();
  const Matrix<T>& outputs = parts->target_sets[0].train.outputs;
  return MatrixOf("taught", kOutputs, [&](int64_t i, int64_t k) { return outputs(i, k); });
}

// A student that does not see its teacher, but an array of the teacher's outputs, learns the same.
TEST(TrialTargets, OfAnArrayOfATeachersOutputsTrainAsTheTeacherDoes) {
  WriteData();
  for (const Precision precision : {DOUBLE, FLOAT}) {
    for (const std::string loss : {"HalfSquaredError", "MeanSquaredError"}) {
      for (const std::string augmentation :
           {"",
            "train_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 0 } }"}) {
        Experiment taught = Make("", loss + "] {}", /*has_teacher=*/true);
        Experiment alone = Make("targets: 'F:taught'", loss + "] {}", /*has_teacher=*/false);
        for (Experiment* const experiment : {&taught, &alone}) {
          Experiment change;
          ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(augmentation, &change));
          experiment->MergeFrom(change);
          experiment->set_precision(precision);
        }
        WriteData(
            {precision == FLOAT ? TeacherOutputs<float>(taught) : TeacherOutputs<double>(taught)});
        EXPECT_EQ(Trained(alone), Trained(taught)) << loss << augmentation;
      }
    }
  }
}

TEST(TrialTargets, OfLabelsTrainAsOneHotArraysDo) {
  WriteData();
  const std::vector<double> labels =
      Trained(Make("labels: 'F:labels'", "MeanSquaredError] {}", /*has_teacher=*/false));
  const std::vector<double> array =
      Trained(Make("targets: 'F:one_hot'", "MeanSquaredError] {}", /*has_teacher=*/false));
  EXPECT_THAT(labels, testing::Pointwise(testing::DoubleNear(1e-12), array));
}

// Everything is there; the config chooses, or else the first of teacher, array and labels.
TEST(TrialTargets, AreThoseThatTheConfigNamesOrTheFirstThatThereAre) {
  WriteData();
  const std::string all = "labels: 'F:labels' targets: 'F:t'";
  const auto loss_of = [](const std::string& data, const std::string& fields, bool has_teacher) {
    const auto trial = TrialOf(Make(data, "HalfSquaredError] {" + fields + "}", has_teacher));
    EXPECT_TRUE(trial->Evaluate().ok());
    return trial->eval_loss();
  };
  const double teacher = loss_of("", "", true);
  const double array = loss_of("targets: 'F:t'", "", false);
  const double labels = loss_of("labels: 'F:labels'", "", false);
  EXPECT_NE(teacher, array);
  EXPECT_NE(array, labels);
  EXPECT_NE(labels, teacher);
  EXPECT_EQ(loss_of(all, "", true), teacher);
  EXPECT_EQ(loss_of(all, "target: TEACHER", true), teacher);
  EXPECT_EQ(loss_of(all, "target: ARRAY", true), array);
  EXPECT_EQ(loss_of(all, "target: LABELS", true), labels);
  EXPECT_EQ(loss_of(all, "", false), array);
  EXPECT_EQ(loss_of(all, "target: LABELS", false), labels);
}

// The mean squared error towards the teacher is measured whatever the student is trained towards.
TEST(TrialTargets, LeaveTheMetricsThatCompareWithTheTeacherAsTheyAre) {
  WriteData();
  const auto mse_of = [](const Experiment& experiment) {
    const auto record = TrialOf(experiment)->Evaluate();
    EXPECT_TRUE(record.ok()) << record.status();
    return NumberOf(*record, "eval.mse");
  };
  const double taught = mse_of(Make("", "HalfSquaredError] {}", true));
  EXPECT_NEAR(mse_of(Make("targets: 'F:t'", "HalfSquaredError] { target: ARRAY }", true)), taught,
              1e-12);
  EXPECT_NEAR(mse_of(Make("labels: 'F:labels'", "CrossEntropy] { labels {} }", true)), taught,
              1e-12);
}

// Every target of the cross entropy gives a gradient along which it descends.
TEST(TrialTargets, OfTheCrossEntropyMayBeAnyOfThree) {
  WriteData();
  for (const std::string fields : {"", "teacher_argmax {}", "labels {}", "soft_targets {}"}) {
    for (const Precision precision : {DOUBLE, FLOAT}) {
      Experiment experiment =
          Make("labels: 'F:labels'", "CrossEntropy] { " + fields + " }", /*has_teacher=*/true);
      experiment.set_precision(precision);
      const auto trial = TrialOf(experiment);
      ASSERT_TRUE(trial->Evaluate().ok());
      const double before = trial->eval_loss();
      while (!trial->finished()) ASSERT_EQ(trial->Step(), absl::OkStatus());
      ASSERT_TRUE(trial->Evaluate().ok());
      EXPECT_LT(trial->eval_loss(), before) << fields;
    }
  }
}

TEST(TrialTargets, ThatAreMissingAreNamed) {
  WriteData();
  const std::string targets = "targets: 'F:t'";
  const std::string labels = "labels: 'F:labels'";
  const std::string teacher =
      "teacher { hidden { width: 20 activation { [didact/Relu] {} } } outputs: 50 initializer { "
      "[didact/GaussianWeights] {} } }";
  EXPECT_EQ(ErrorOf(Make("", "HalfSquaredError] {}", false)),
            "e.textproto: loss: needs a teacher, or else targets in both data sets, or else labels "
            "in both data sets, but there is no teacher, train_data and eval_data have no targets, "
            "train_data and eval_data have no labels; give one of these, or replace it, or replace "
            "student.outputs by " +
                teacher);
  EXPECT_THAT(ErrorOf(Make(targets, labels, "HalfSquaredError] {}", false)),
              HasSubstr("but there is no teacher, eval_data has no targets, train_data has no "
                        "labels; give one"));
  EXPECT_EQ(ErrorOf(Make(targets, "", "HalfSquaredError] { target: ARRAY }", true)),
            "e.textproto: eval_data: must have targets, since loss needs them");
  EXPECT_EQ(ErrorOf(Make("", "MeanSquaredError] { target: LABELS }", true)),
            "e.textproto: train_data: must have labels, since loss needs them\n"
            "e.textproto: eval_data: must have labels, since loss needs them");
  EXPECT_THAT(ErrorOf(Make(labels, "CrossEntropy] { soft_targets {} }", false)),
              StartsWith("e.textproto: loss: needs a teacher, but the experiment has none"));
  EXPECT_EQ(ErrorOf(Make("", "CrossEntropy] { labels {} }", true)),
            "e.textproto: train_data: must have labels, since loss needs them\n"
            "e.textproto: eval_data: must have labels, since loss needs them");
}

TEST(TrialTargets, MustHaveANumberForEachOutput) {
  WriteData();
  EXPECT_EQ(ErrorOf(Make("targets: 'F:t'", "targets: 'F:x'", "HalfSquaredError] {}", false)),
            "e.textproto: eval_data: must have targets of as many elements as there are outputs, "
            "which are 3, since loss needs them, got 4");
  EXPECT_EQ(ErrorOf(Make("targets: 'F:x'", "HalfSquaredError] {}", false)),
            "e.textproto: train_data: must have targets of as many elements as there are outputs, "
            "which are 3, since loss needs them, got 4\n"
            "e.textproto: eval_data: must have targets of as many elements as there are outputs, "
            "which are 3, since loss needs them, got 4");
  // A loss that reads other targets does not mind.
  EXPECT_EQ(ErrorOf(Make("targets: 'F:x'", "HalfSquaredError] {}", true)), "");
}

TEST(TrialTargets, OfTheCrossEntropyNeedTwoOutputs) {
  WriteData();
  Experiment experiment = Make("", "CrossEntropy] {}", /*has_teacher=*/true);
  experiment.mutable_teacher()->set_outputs(1);
  experiment.mutable_student()->clear_outputs();
  EXPECT_EQ(ErrorOf(experiment),
            "e.textproto: loss: needs at least 2 outputs, but teacher.outputs is 1");
}

TEST(TrialTargets, OfSamplesAreTheirOwnHoweverTheyAreCut) {
  WriteData();
  const auto loss_of = [](const std::string& range, int64_t batch) {
    Experiment experiment =
        Make("targets: 'F:t' " + range, "HalfSquaredError] {}", /*has_teacher=*/false);
    experiment.mutable_training()->set_evaluation_batch_size(static_cast<int32_t>(batch));
    const auto trial = TrialOf(experiment);
    EXPECT_TRUE(trial->Evaluate().ok());
    return trial->eval_loss();
  };
  const double first = loss_of("size: 8", 256);
  const double rest = loss_of("first: 8", 256);
  for (const int64_t batch : {1, 7, 256}) {
    EXPECT_NEAR(loss_of("", batch), (8 * first + 12 * rest) / 20, 1e-12) << batch;
  }
}

}  // namespace
}  // namespace didact
