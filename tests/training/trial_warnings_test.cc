// Tests the warnings of a trial for experiments that are valid but probably unintended.

#include <memory>
#include <string>
#include <vector>

#include "didact/framework/training/trial.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

std::vector<std::string> Warnings(const Experiment& experiment) {
  const std::unique_ptr<Trial> trial = MakeTrial(experiment);
  std::vector<std::string> warnings;
  for (const Problem& warning : trial->warnings()) warnings.push_back(warning.ToString());
  return warnings;
}

// Returns TestExperiment with other initializers, each given as the text of the list.
Experiment Initialized(const std::string& teacher, const std::string& student,
                       const std::string& second_layer = "") {
  Experiment experiment = TestExperiment();
  experiment.mutable_teacher()->clear_initializer();
  experiment.mutable_student()->clear_initializer();
  Experiment change;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "teacher { " + second_layer + teacher + " } student { " + student + " }", &change));
  experiment.MergeFrom(change);
  return experiment;
}

std::string Gaussian(const std::string& fields) {
  return "initializer { [type.googleapis.com/didact.GaussianWeights] { " + fields + " } } ";
}

constexpr char kBias[] = "initializer { [type.googleapis.com/didact.ConstantBias] { value: 1 } } ";
constexpr char kSecondLayer[] =
    "hidden { width: 5 activation { [type.googleapis.com/didact.Tanh] {} } } ";

TEST(TrialWarnings, AreNoneForAnOrdinaryExperiment) {
  EXPECT_THAT(Warnings(TestExperiment()), testing::IsEmpty());
  EXPECT_THAT(Warnings(Initialized(Gaussian(""), Gaussian(""), kSecondLayer)), testing::IsEmpty());
  // A final layer of zeros may be intended.
  EXPECT_THAT(Warnings(Initialized(Gaussian(""), Gaussian("layer: 0"))), testing::IsEmpty());
  // The outputs of a single sample cannot differ from others.
  EXPECT_THAT(Warnings(TestExperiment(R"pb(
                train_data {
                  [type.googleapis.com/didact.GaussianInputs] { dimension: 6 size: 1 }
                })pb")),
              testing::IsEmpty());
}

TEST(TrialWarnings, NameATeacherWhoseOutputsOverflow) {
  const std::string problem =
      " that are not finite, to which no student can be compared; make its weights smaller";
  EXPECT_THAT(Warnings(Initialized(Gaussian("stddev: 1e200"), Gaussian(""))),
              testing::ElementsAre("e.textproto: teacher: has outputs for train_data" + problem,
                                   "e.textproto: teacher: has outputs for eval_data" + problem));
}

TEST(TrialWarnings, NameNormalizationsOfOneDataSetAlone) {
  const auto normalize = [](const std::string& list, const std::string& mean) {
    return list + " { [type.googleapis.com/didact.Normalize] { mean: " + mean + " stddev: 2 } } ";
  };
  const std::string noise =
      "train_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 1 } } ";
  const auto expected = [](const std::string& place, const std::string& other) {
    return "e.textproto: " + place + ": is not random, and there is none like it in " + other +
           ", so that the student is evaluated on inputs that are changed in another way than "
           "those "
           "it is trained on; give it there, too";
  };
  EXPECT_THAT(Warnings(TestExperiment(noise + normalize("train_augmentation", "1") + noise)),
              testing::ElementsAre(expected("train_augmentation[1]", "eval_augmentation")));
  EXPECT_THAT(Warnings(TestExperiment(normalize("eval_augmentation", "1"))),
              testing::ElementsAre(expected("eval_augmentation[0]", "train_augmentation")));
  EXPECT_THAT(Warnings(TestExperiment(normalize("train_augmentation", "1") +
                                      normalize("eval_augmentation", "2"))),
              testing::ElementsAre(expected("train_augmentation[0]", "eval_augmentation"),
                                   expected("eval_augmentation[0]", "train_augmentation")));
  EXPECT_THAT(Warnings(TestExperiment(noise + normalize("train_augmentation", "1") +
                                      normalize("eval_augmentation", "1"))),
              testing::IsEmpty());
}

std::string OfTeacher(const std::string& layer) {
  return "e.textproto: teacher.initializer: leaves all weights of hidden layer " + layer +
         " at 0, so that the teacher's outputs are the same for every input; draw them first, e.g. "
         "by initializer { [didact/GaussianWeights] { layer: " +
         layer + " } }";
}

std::string OfStudent(const std::string& layer) {
  return "e.textproto: student.initializer: leaves all weights of hidden layer " + layer +
         " at 0, so that its nodes do not depend on the input before the first step, and "
         "rectifiers never will; draw them first, e.g. by initializer { [didact/GaussianWeights] { "
         "layer: " +
         layer + " } }";
}

TEST(TrialWarnings, NameHiddenLayersWithoutWeights) {
  // Different biases alone do not prevent the warning.
  EXPECT_THAT(Warnings(Initialized(kBias, Gaussian(""))), testing::ElementsAre(OfTeacher("0")));
  EXPECT_THAT(Warnings(Initialized(Gaussian(""), Gaussian("layer: 1") + kBias)),
              testing::ElementsAre(OfStudent("0")));
  EXPECT_THAT(Warnings(Initialized(Gaussian("layer: [0, 2]"), Gaussian("layer: 2"), kSecondLayer)),
              testing::ElementsAre(OfTeacher("1"), OfStudent("0"), OfStudent("1")));
}

TEST(TrialWarnings, NameAStudentWithoutAnyWeights) {
  EXPECT_THAT(
      Warnings(Initialized(Gaussian(""), Gaussian("stddev: 0") + kBias)),
      testing::ElementsAre(
          "e.textproto: student.initializer: leaves all weights at 0, so that the nodes of a layer "
          "stay alike, and in most networks nothing but the last biases is learned; draw them "
          "first, "
          "e.g. by initializer { [didact/GaussianWeights] { stddev: 0.1 } }"));
}

TEST(TrialWarnings, NameATeacherWhoseOutputsAreConstant) {
  for (const std::string precision : {"DOUBLE", "FLOAT"}) {
    EXPECT_THAT(
        Warnings(TestExperiment("precision: " + precision + R"pb(
          teacher {
            initializer {
              [type.googleapis.com/didact.ConstantBias] { value: -100 layer: 0 }
            }
          })pb")),
        testing::ElementsAre(
            "e.textproto: teacher: has the same outputs for all 60 samples of train_data, so that "
            "its nodes cannot be told apart; change its initializers, or train_data"));
  }
}

TEST(TrialWarnings, NameAStudentOfWhichNoLayerIsTrained) {
  const std::string freeze = "projection { [type.googleapis.com/didact.Freeze] { layer: [0, 1] } }";
  EXPECT_THAT(Warnings(TestExperiment(freeze)),
              testing::ElementsAre("e.textproto: projection: leaves no layer to train, so that no "
                                   "epoch changes the student; leave a layer out of it"));
}

TEST(TrialWarnings, NameAnOptimizerThatChangesNothing) {
  const auto optimizer = [](const std::string& rate, const std::string& fields = "") {
    Experiment experiment = TestExperiment();
    experiment.clear_optimizer();
    Experiment change;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        "optimizer { [type.googleapis.com/didact.Sgd] { learning_rate { "
        "[type.googleapis.com/didact." +
            rate + " } " + fields + " } }",
        &change));
    experiment.MergeFrom(change);
    return experiment;
  };
  const std::string warning =
      "e.textproto: optimizer: changes no weight in any epoch, whatever the gradient, as with a "
      "learning rate of 0; give a learning rate above 0";
  EXPECT_THAT(Warnings(optimizer("Constant] { value: 0 }")), testing::ElementsAre(warning));
  EXPECT_THAT(Warnings(optimizer("Constant] { value: 0 }", "momentum: 0.9 weight_decay: 0.1")),
              testing::ElementsAre(warning));
  EXPECT_THAT(Warnings(optimizer("Constant] { value: 1e-30 }")), testing::IsEmpty());
  EXPECT_THAT(Warnings(optimizer("Constant] { value: 1e-30 }", "momentum: 0.9")),
              testing::IsEmpty());
  // A warm-up begins at rate 0.
  EXPECT_THAT(Warnings(optimizer(
                  "Piecewise] { point { epoch: 0 value: 0 } point { epoch: 2 value: 0.1 } }")),
              testing::IsEmpty());
  Experiment without_epochs = optimizer("Constant] { value: 0 }");
  without_epochs.mutable_training()->set_epochs(0);
  EXPECT_THAT(Warnings(without_epochs), testing::IsEmpty());
  // Evaluating the schedule for warnings does not count as a use of the total number.
  EXPECT_FALSE(MakeTrial(optimizer("Constant] { value: 0 }"))->uses_total_epochs());
}

}  // namespace
}  // namespace didact
