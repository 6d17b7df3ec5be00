// Tests trials whose teacher is trained on labels and pruned before the student learns from it.

#include "didact/framework/training/prepare_teacher.h"

#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

constexpr int64_t kSamples = 24;
constexpr int64_t kFeatures = 3;
constexpr int64_t kHidden = 6;
constexpr int64_t kClasses = 2;

double InputOf(int64_t sample, int64_t feature) {
  return std::sin(static_cast<double>(5 * sample + 2 * feature + 1));
}

// Returns a data set with labels.
std::string Data() {
  static const std::string* const file = [] {
    auto* const path = new std::string(testing::TempDir() + "/prepare_teacher_data.npz");
    std::vector<double> inputs;
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < kSamples; ++i) {
      for (int64_t j = 0; j < kFeatures; ++j) inputs.push_back(InputOf(i, j));
      labels.push_back(InputOf(i, 0) * InputOf(i, 1) > 0 ? 1 : 0);
    }
    EXPECT_EQ(WriteNpz(*path,
                       std::vector<NamedArray>{
                           {"inputs", MakeNpyArray<double>({kSamples, kFeatures}, inputs)},
                           {"labels", MakeNpyArray<int64_t>({kSamples}, labels)}}),
              absl::OkStatus());
    return path;
  }();
  return absl::StrCat("{ [type.googleapis.com/didact.NpyDataset] { inputs: '", *file,
                      ":inputs' labels: '", *file, ":labels' } }");
}

// Returns an initializer that reads fixed weights; the nodes of the hidden layer with even numbers
// have the larger fan-out weights.
std::string Weights() {
  static const std::string* const file = [] {
    auto* const path = new std::string(testing::TempDir() + "/prepare_teacher_weights.npz");
    const auto numbers = [](int64_t count, double scale) {
      std::vector<double> values(count);
      for (int64_t i = 0; i < count; ++i) values[i] = scale * std::cos(static_cast<double>(3 * i));
      return values;
    };
    std::vector<double> fan_out(kClasses * kHidden);
    for (int64_t i = 0; i < kClasses; ++i) {
      for (int64_t j = 0; j < kHidden; ++j) {
        fan_out[i * kHidden + j] = (i == 0 ? 1 : -1) * (j % 2 == 0 ? 0.8 : 0.1) - 0.01 * j;
      }
    }
    EXPECT_EQ(WriteNpz(*path,
                       std::vector<NamedArray>{
                           {"0.weight", MakeNpyArray<double>({kHidden, kFeatures},
                                                             numbers(kHidden * kFeatures, 0.7))},
                           {"0.bias", MakeNpyArray<double>({kHidden}, numbers(kHidden, 0.2))},
                           {"1.weight", MakeNpyArray<double>({kClasses, kHidden}, fan_out)},
                           {"1.bias", MakeNpyArray<double>({kClasses}, numbers(kClasses, 0.1))}}),
              absl::OkStatus());
    return path;
  }();
  return absl::StrCat("initializer { [type.googleapis.com/didact.NpzWeights] { path: '", *file,
                      "' } } ");
}

std::string Hidden() {
  return absl::StrCat("hidden { width: ", kHidden,
                      " activation { [type.googleapis.com/didact.Tanh] {} } } ");
}

constexpr char kLabels[] = "loss { [type.googleapis.com/didact.CrossEntropy] { labels {} } } ";
constexpr char kMomentum[] =
    "optimizer { [type.googleapis.com/didact.Sgd] { momentum: 0.9 learning_rate { "
    "[type.googleapis.com/didact.Constant] { value: 0.1 } } } } ";
constexpr char kAdam[] =
    "optimizer { [type.googleapis.com/didact.Adam] { learning_rate { "
    "[type.googleapis.com/didact.Constant] { value: 0.05 } } } } ";

// Returns a training of the teacher on labels.
std::string Train(const std::string& optimizer = kMomentum,
                  const std::string& training = "epochs: 4 batch_size: 7 shuffle {}") {
  return absl::StrCat("preparation { train { ", kLabels, optimizer, "training { ", training,
                      " } } } ");
}

std::string Prune(const std::string& fields) {
  return absl::StrCat("preparation { prune { ", fields, " } } ");
}

// Returns an experiment whose teacher has these preparations.
Experiment WithPreparations(const std::string& preparations) {
  Experiment experiment;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrCat("name: 'prepared' train_data ", Data(), " eval_data ", Data(), " teacher { ",
                   Hidden(), Weights(), "outputs: ", kClasses, " ", preparations,
                   "} student { width_multiplier: 2 initializer { "
                   "[type.googleapis.com/didact.GaussianWeights] { stddev: 0.3 } } } "
                   "loss { [type.googleapis.com/didact.HalfSquaredError] {} } ",
                   kMomentum, "training { epochs: 1 batch_size: 8 shuffle {} }"),
      &experiment));
  return experiment;
}

// Returns an experiment without a teacher, whose student is trained like the teacher of Train.
Experiment LabelsAlone(const std::string& training) {
  Experiment experiment;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrCat("name: 'labels' train_data ", Data(), " eval_data ", Data(), " student { ",
                   Hidden(), Weights(), "outputs: ", kClasses, " } ", kLabels, kMomentum,
                   "training { ", training, " }"),
      &experiment));
  return experiment;
}

std::vector<double> AllWeights(const Trial& trial, const std::string& network) {
  std::vector<double> all;
  for (const char* const name : {".0.weight", ".0.bias", ".1.weight", ".1.bias"}) {
    const std::vector<double> weights = WeightOf(trial, network + name);
    all.insert(all.end(), weights.begin(), weights.end());
  }
  return all;
}

std::string Error(const Experiment& experiment) {
  return std::string(
      CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto")).status().message());
}

TEST(PrepareTeacher, TrainsTheTeacherAsAStudentIsTrainedOnTheSameLabels) {
  const std::string training = "epochs: 5 full_batch { steps_per_epoch: 3 }";
  for (const Precision precision : {DOUBLE, FLOAT}) {
    Experiment alone = LabelsAlone(training);
    alone.set_precision(precision);
    const auto expected = MakeTrial(alone);
    while (!expected->finished()) ASSERT_TRUE(expected->Step().ok());

    Experiment prepared = WithPreparations(Train(kMomentum, training));
    prepared.set_precision(precision);
    const auto trial = MakeTrial(prepared);
    EXPECT_EQ(AllWeights(*trial, "teacher"), AllWeights(*expected, "student"));
    EXPECT_NE(AllWeights(*trial, "teacher"),
              AllWeights(*MakeTrial(WithPreparations("")), "teacher"));
  }
}

TEST(PrepareTeacher, GoesOnWithTheWeightsOfTheTrainingBefore) {
  // Plain descent has no state, so that two trainings are one of as many steps.
  const char* const plain =
      "optimizer { [type.googleapis.com/didact.Sgd] { learning_rate { "
      "[type.googleapis.com/didact.Constant] { value: 0.1 } } } } ";
  const auto training = [](int steps) {
    return absl::StrCat("epochs: 1 full_batch { steps_per_epoch: ", steps, " }");
  };
  const auto twice =
      MakeTrial(WithPreparations(Train(plain, training(2)) + Train(plain, training(3))));
  const auto once = MakeTrial(WithPreparations(Train(plain, training(5))));
  EXPECT_EQ(AllWeights(*twice, "teacher"), AllWeights(*once, "teacher"));
}

TEST(PrepareTeacher, RemovesTheNodesWithTheSmallestFanOut) {
  const auto whole = MakeTrial(WithPreparations(""));
  const auto trial = MakeTrial(WithPreparations(Prune("ratio: 0.5")));
  const std::vector<double> before = WeightOf(*whole, "teacher.0.weight");
  const std::vector<double> after = WeightOf(*trial, "teacher.0.weight");
  ASSERT_EQ(after.size(), 3u * kFeatures);
  // Nodes 0, 2 and 4 are left.
  for (int64_t node = 0; node < 3; ++node) {
    for (int64_t j = 0; j < kFeatures; ++j) {
      EXPECT_EQ(after[node * kFeatures + j], before[2 * node * kFeatures + j]);
    }
  }
  const std::vector<double> fan_out = WeightOf(*whole, "teacher.1.weight");
  EXPECT_THAT(WeightOf(*trial, "teacher.1.weight"),
              ElementsAre(fan_out[0], fan_out[2], fan_out[4], fan_out[6], fan_out[8], fan_out[10]));
  // Students are twice as wide as what is left.
  EXPECT_EQ(WeightOf(*trial, "student.0.bias").size(), 6u);
  EXPECT_EQ(trial->info().networks[0].shapes[1].channels, 3);
  EXPECT_EQ(trial->info().networks[1].shapes[1].channels, 6);
}

TEST(PrepareTeacher, KeepsNodesPrunedWhileItIsTrained) {
  for (const char* const optimizer : {kMomentum, kAdam}) {
    const std::string after = Train(optimizer);
    const auto masked = MakeTrial(WithPreparations(Prune("ratio: 0.5 remove: false") + after));
    const std::vector<double> fan_out = WeightOf(*masked, "teacher.1.weight");
    ASSERT_EQ(fan_out.size(), static_cast<size_t>(kClasses * kHidden));
    for (int64_t i = 0; i < kClasses; ++i) {
      for (const int64_t node : {1, 3, 5}) EXPECT_EQ(fan_out[i * kHidden + node], 0);
      for (const int64_t node : {0, 2, 4}) EXPECT_NE(fan_out[i * kHidden + node], 0);
    }
    // The nodes that are left learn what they learn in a network without the others.
    const auto removed_first = MakeTrial(WithPreparations(Prune("ratio: 0.5") + after));
    const auto removed_last = MakeTrial(WithPreparations(Prune("ratio: 0.5 remove: false") + after +
                                                         Prune("ratio: 0.5 remove: true")));
    EXPECT_THAT(AllWeights(*removed_last, "teacher"),
                Pointwise(DoubleNear(1e-9), AllWeights(*removed_first, "teacher")));
    EXPECT_NE(AllWeights(*removed_first, "teacher"),
              AllWeights(*MakeTrial(WithPreparations(Prune("ratio: 0.5"))), "teacher"));
  }
}

TEST(PrepareTeacher, IsTheSameInEveryTrialWhereItIsPinned) {
  Experiment experiment = WithPreparations(Train() + Prune("ratio: 0.4") + Train(kAdam));
  EXPECT_NE(AllWeights(*MakeTrial(experiment, 1), "teacher"),
            AllWeights(*MakeTrial(experiment, 2), "teacher"));
  experiment.mutable_teacher()->set_stream_seed(5);
  const std::vector<double> pinned = AllWeights(*MakeTrial(experiment, 1), "teacher");
  EXPECT_EQ(pinned, AllWeights(*MakeTrial(experiment, 2), "teacher"));
  EXPECT_NE(AllWeights(*MakeTrial(experiment, 1), "student"),
            AllWeights(*MakeTrial(experiment, 2), "student"));
}

TEST(PrepareTeacher, DrawsOtherMiniBatchesInEachTraining) {
  // The same mini-batches in the same order would give one training of twice the epochs.
  const char* const plain =
      "optimizer { [type.googleapis.com/didact.Sgd] { learning_rate { "
      "[type.googleapis.com/didact.Constant] { value: 0.1 } } } } ";
  const auto training = [&](int epochs) {
    return Train(plain, absl::StrCat("epochs: ", epochs, " batch_size: 5 shuffle {}"));
  };
  const auto again = MakeTrial(WithPreparations(training(1) + training(1)));
  const auto longer = MakeTrial(WithPreparations(training(2)));
  EXPECT_NE(AllWeights(*again, "teacher"), AllWeights(*longer, "teacher"));
}

TEST(PrepareTeacher, SaysWhenItsTrainingDiverges) {
  // The loss after the first step is infinite.
  const Experiment experiment = WithPreparations(
      "preparation { train { loss { [type.googleapis.com/didact.HalfSquaredError] {} } "
      "optimizer { [type.googleapis.com/didact.Sgd] { learning_rate { "
      "[type.googleapis.com/didact.Constant] { value: 1e300 } } } } "
      "training { epochs: 9 full_batch {} } } } ");
  const auto trial = CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto"));
  EXPECT_TRUE(absl::IsOutOfRange(trial.status())) << trial.status();
  EXPECT_THAT(std::string(trial.status().message()),
              HasSubstr("e.textproto: teacher.preparation[0].train: diverged at step "));
}

// Counts trainings, and trains nothing.
class CountingTrainer final : public TeacherTrainer {
 public:
  absl::Status Train(const TeacherTrainingTask& task, CreateTeacherTrial create_trial, VisitTeacher,
                     StopFlag) override {
    tasks.push_back(task.preparation);
    return create_trial().status();
  }
  std::vector<int> tasks;
};

TEST(PrepareTeacher, BeginsNoTrainingBeforeEverythingElseHasBeenBuilt) {
  const auto trainings = [](const Experiment& experiment, const std::string& problem) {
    CountingTrainer trainer;
    const auto trial = CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto"),
                                   /*stop=*/nullptr, &trainer);
    EXPECT_THAT(std::string(trial.status().message()), HasSubstr(problem));
    return trainer.tasks;
  };
  const Experiment good = WithPreparations(Train() + Prune("ratio: 0.5") + Train());
  EXPECT_THAT(trainings(good, ""), ElementsAre(0, 2));

  Experiment student = good;
  student.mutable_student()->clear_width_multiplier();
  *student.mutable_student()->mutable_initializer() = good.teacher().initializer();
  EXPECT_THAT(trainings(student, "e.textproto: student.initializer[0].path"), ElementsAre());

  Experiment fine_tuning = good;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "[type.googleapis.com/didact.GaussianInputs] { dimension: 4 size: 9 }",
      fine_tuning.mutable_teacher()->mutable_preparation(2)->mutable_train()->mutable_data()));
  EXPECT_THAT(trainings(fine_tuning, "teacher.preparation[2].train."), ElementsAre());
}

TEST(UntrainedTeachers, HaveNoOutputsUnlessNothingWouldTrainThem) {
  const auto loss = [](const std::string& preparations) {
    Experiment experiment = WithPreparations(preparations);
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        "[type.googleapis.com/didact.GaussianWeights] { stddev: 0 }",
        experiment.mutable_student()->mutable_initializer(0)));
    UntrainedTeachers untrained;
    const auto trial = CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto"),
                                   /*stop=*/nullptr, &untrained);
    EXPECT_TRUE(trial.ok()) << trial.status();
    if (!trial.ok()) return -1.0;
    EXPECT_TRUE((*trial)->Evaluate().ok());
    return (*trial)->eval_loss();
  };
  EXPECT_EQ(loss(Train() + Prune("ratio: 0.5")), 0);
  EXPECT_GT(loss(Prune("ratio: 0.5")), 0);
}

TEST(PrepareTeacher, NamesTheFieldsOfItsTraining) {
  Experiment experiment = WithPreparations(Train());
  TeacherTraining& train = *experiment.mutable_teacher()->mutable_preparation(0)->mutable_train();
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "[type.googleapis.com/didact.GaussianInputs] { dimension: 3 size: 9 }",
      train.mutable_data()));
  EXPECT_THAT(Error(experiment),
              HasSubstr("teacher.preparation[0].train.data: must have labels, since "
                        "teacher.preparation[0].train.loss needs them"));
  train.clear_data();
  const google::protobuf::Any loss = train.loss();
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "[type.googleapis.com/didact.HalfSquaredError] { target: TEACHER }", train.mutable_loss()));
  EXPECT_EQ(
      Error(experiment),
      "e.textproto: teacher.preparation[0].train.loss: must compare the teacher, which has no "
      "teacher itself, with labels or targets of data");
  *train.mutable_loss() = loss;
  train.mutable_training()->set_batch_size(0);
  EXPECT_THAT(Error(experiment), HasSubstr("teacher.preparation[0].train.training.batch_size"));
}

TEST(PrepareTeacher, StopsSoonAfterTheFlagIsSet) {
  const std::atomic<bool> stop = true;
  const auto trial =
      CreateTrial(WithPreparations(Train()), 1, BuiltinRegistry(), FieldPath("e.textproto"), &stop);
  EXPECT_TRUE(absl::IsCancelled(trial.status()));
}

}  // namespace
}  // namespace didact
