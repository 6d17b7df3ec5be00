#include "didact/framework/config/resolve_experiment.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "tests/config/config_registry.h"

namespace didact {
namespace {

class ResolveExperimentTest : public testing::Test {
 protected:
  ResolveExperimentTest() : registry_(test::ConfigRegistry()) {
    const absl::Status status = ParseText(
        R"(name: "a"
           train_data { [didact/GaussianInputs] { dimension: 3 size: 5 } }
           eval_data { [didact/GaussianInputs] { dimension: 3 size: 5 } }
           teacher {
             hidden { width: 20 activation { [didact/Relu] {} } }
             hidden { width: 3 activation { [didact/LeakyRelu] {} } }
             outputs: 2
             initializer { [didact/GaussianWeights] {} }
           }
           student { initializer { [didact/GaussianWeights] {} } }
           loss { [didact/HalfSquaredError] {} }
           optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.01 } } } }
           training { epochs: 1 batch_size: 4 })",
        registry_, FieldPath("f.textproto"), experiment_);
    EXPECT_EQ(status, absl::OkStatus());
  }

  absl::Status Resolve() {
    return ResolveExperiment(experiment_, registry_, FieldPath("f.textproto"));
  }
  std::string Error() { return std::string(Resolve().message()); }

  PluginRegistry registry_;
  Experiment experiment_;
};

TEST_F(ResolveExperimentTest, FillsInWhatIsLeftOut) {
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_EQ(experiment_.seed().first(), 1);
  EXPECT_EQ(experiment_.seed().last(), 1);
  EXPECT_TRUE(experiment_.training().has_shuffle());
  EXPECT_EQ(experiment_.training().evaluation_batch_size(), 256);
  EXPECT_EQ(experiment_.training().teacher_activation_memory(), 1);
  EXPECT_EQ(experiment_.student().width_multiplier(), 1);
}

// Counts the fields of a message and of those within it that have a default other than 0, false and
// the like, and expects each of them to be filled in.
void ExpectDefaults(const google::protobuf::Message& message, int& defaults) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int f = 0; f < message.GetDescriptor()->field_count(); ++f) {
    const google::protobuf::FieldDescriptor& field = *message.GetDescriptor()->field(f);
    const bool is_given = field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                                              : reflection.HasField(message, &field);
    if (RulesOf(field).has_default_value()) {
      EXPECT_TRUE(is_given) << field.full_name();
      ++defaults;
    }
    if (!is_given || field.message_type() == nullptr) continue;
    if (!field.is_repeated()) {
      ExpectDefaults(reflection.GetMessage(message, &field), defaults);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      ExpectDefaults(reflection.GetRepeatedMessage(message, &field, i), defaults);
    }
  }
}

// README.md says this of experiment.textproto.
TEST_F(ResolveExperimentTest, LeavesOutNoDefaultButZerosAndFirstValues) {
  ASSERT_EQ(Resolve(), absl::OkStatus());
  int defaults = 0;
  ExpectDefaults(experiment_, defaults);
  EXPECT_GE(defaults, 4);
  EXPECT_EQ(experiment_.output().checkpoint_every_seconds(), 300);
}

TEST_F(ResolveExperimentTest, ChangesNothingTheSecondTime) {
  ASSERT_EQ(Resolve(), absl::OkStatus());
  const std::string once = experiment_.SerializeAsString();
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_EQ(experiment_.SerializeAsString(), once);
}

TEST_F(ResolveExperimentTest, MakesOneTrialOfASeedRangeWithoutEnd) {
  experiment_.mutable_seed()->set_first(7);
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_EQ(experiment_.seed().last(), 7);
}

TEST_F(ResolveExperimentTest, BeginsWithSeedOneWhereOnlyTheLastIsGiven) {
  experiment_.mutable_seed()->set_last(5);
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_EQ(experiment_.seed().first(), 1);
  EXPECT_EQ(experiment_.seed().last(), 5);
  experiment_.mutable_seed()->set_first(0);
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_EQ(experiment_.seed().first(), 0);
  experiment_.mutable_seed()->clear_first();
  experiment_.mutable_seed()->set_last(0);
  EXPECT_EQ(Error(), "f.textproto: seed.last: must be >= first, which is 1, got 0");
}

TEST_F(ResolveExperimentTest, RefusesSeedsThatRunBackwards) {
  experiment_.mutable_seed()->set_first(7);
  experiment_.mutable_seed()->set_last(6);
  EXPECT_EQ(Error(), "f.textproto: seed.last: must be >= first, which is 7, got 6");
}

TEST_F(ResolveExperimentTest, BoundsTheNumberOfTrials) {
  experiment_.mutable_seed()->set_first(1);
  experiment_.mutable_seed()->set_last(1000000);
  EXPECT_EQ(Resolve(), absl::OkStatus());
  experiment_.mutable_seed()->set_last(1000001);
  EXPECT_EQ(Error(), "f.textproto: seed.last: must make at most 1000000 trials, got 1 to 1000001");
  experiment_.mutable_seed()->set_first(0);
  experiment_.mutable_seed()->set_last(~uint64_t{0});
  EXPECT_EQ(Error(),
            "f.textproto: seed.last: must make at most 1000000 trials, got 0 to "
            "18446744073709551615");
}

TEST_F(ResolveExperimentTest, WantsANameThatCanBeAFolder) {
  for (const char* name : {"a", "two_layer-1.5", "X", "7"}) {
    experiment_.set_name(name);
    EXPECT_EQ(Resolve(), absl::OkStatus()) << name;
  }
  for (const char* name : {"a/b", "..", ".hidden", "a b", "é"}) {
    experiment_.set_name(name);
    EXPECT_EQ(Error(), std::string("f.textproto: name: must be letters, digits, '_', '-' and '.', "
                                   "not begin with '.', and be at most 200 long, got \"") +
                           name + "\"");
  }
  experiment_.set_name(std::string(201, 'a'));
  EXPECT_NE(Error(), "");
  experiment_.set_name("");
  EXPECT_EQ(Error(), "f.textproto: name: must be given, such as name: \"my_experiment\"");
}

TEST_F(ResolveExperimentTest, LetsStudentAndTeacherDifferInDepth) {
  for (int layers = 1; layers <= 3; ++layers) {
    *experiment_.mutable_student()->add_hidden() = experiment_.teacher().hidden(0);
    EXPECT_EQ(Resolve(), absl::OkStatus());
  }
}

TEST_F(ResolveExperimentTest, RefusesAMultiplierBesideExplicitLayers) {
  *experiment_.mutable_student()->mutable_hidden() = experiment_.teacher().hidden();
  experiment_.mutable_student()->set_width_multiplier(2);
  EXPECT_EQ(Error(),
            "f.textproto: student.width_multiplier: must be 1, or left out, where student.hidden "
            "is given, got 2");
}

TEST_F(ResolveExperimentTest, BoundsTheStudentsWidths) {
  experiment_.mutable_student()->set_width_multiplier(0.3);
  EXPECT_EQ(Error(),
            "f.textproto: student.width_multiplier: must make every hidden layer 1 to 1000000 "
            "nodes wide, got 0.3 times the 3 nodes of teacher.hidden[1]");
  experiment_.mutable_student()->set_width_multiplier(0.34);
  EXPECT_EQ(Resolve(), absl::OkStatus());
  experiment_.mutable_student()->set_width_multiplier(60000);
  EXPECT_EQ(Error(),
            "f.textproto: student.width_multiplier: must make every hidden layer 1 to 1000000 "
            "nodes wide, got 60000 times the 20 nodes of teacher.hidden[0]");
}

TEST_F(ResolveExperimentTest, TellsEpochsThatAreLeftOutFromNone) {
  experiment_.mutable_training()->clear_epochs();
  EXPECT_EQ(Error(), "f.textproto: training.epochs: must be given, such as epochs: 100");
  experiment_.mutable_training()->set_epochs(0);
  EXPECT_EQ(Resolve(), absl::OkStatus());
}

TEST_F(ResolveExperimentTest, WantsABatchSizeWhereBatchesAreDrawn) {
  experiment_.mutable_training()->set_batch_size(0);
  EXPECT_EQ(Error(), "f.textproto: training.batch_size: must be >= 1 with shuffle, got 0");
  experiment_.mutable_training()->mutable_with_replacement()->set_steps_per_epoch(3);
  EXPECT_EQ(Error(), "f.textproto: training.batch_size: must be >= 1 with with_replacement, got 0");
  experiment_.mutable_training()->mutable_full_batch();
  EXPECT_EQ(Resolve(), absl::OkStatus());
  experiment_.mutable_training()->mutable_replay()->set_batches("b.npz:b");
  EXPECT_EQ(Resolve(), absl::OkStatus());
}

TEST_F(ResolveExperimentTest, ListsProblemsOfAllChecksAtOnce) {
  experiment_.set_name("a/b");
  experiment_.mutable_student()->set_width_multiplier(-2);
  experiment_.mutable_training()->set_batch_size(0);
  experiment_.mutable_seed()->set_first(2);
  experiment_.mutable_seed()->set_last(1);
  experiment_.clear_loss();
  EXPECT_EQ(Error(),
            "f.textproto: student.width_multiplier: must be > 0, got -2\n"
            "f.textproto: loss: must be given, such as loss { [didact/HalfSquaredError] {} }\n"
            "f.textproto: name: must be letters, digits, '_', '-' and '.', not begin with '.', and "
            "be at most 200 long, got \"a/b\"\n"
            "f.textproto: seed.last: must be >= first, which is 2, got 1\n"
            "f.textproto: training.batch_size: must be >= 1 with shuffle, got 0");
}

TEST_F(ResolveExperimentTest, SaysAllThatAnEmptyExperimentLacks) {
  experiment_.Clear();
  EXPECT_EQ(
      Error(),
      "f.textproto: name: must be given, such as name: \"my_experiment\"\n"
      "f.textproto: train_data: must be given, such as train_data { [didact/GaussianInputs] { "
      "dimension: 100 size: 10000 } }\n"
      "f.textproto: eval_data: must be given, such as eval_data { [didact/GaussianInputs] { "
      "dimension: 100 size: 10000 } }\n"
      "f.textproto: student: must be given, such as student { initializer { "
      "[didact/GaussianWeights] {} } }\n"
      "f.textproto: loss: must be given, such as loss { [didact/HalfSquaredError] {} }\n"
      "f.textproto: optimizer: must be given, such as optimizer { [didact/Sgd] { learning_rate { "
      "[didact/Constant] { value: 0.01 } } } }\n"
      "f.textproto: training: must be given, such as training { epochs: 100 batch_size: 16 }\n"
      "f.textproto: teacher: must be given, such as teacher { hidden { width: 20 activation { "
      "[didact/Identity] {} } } outputs: 50 initializer { [didact/GaussianWeights] {} } }, unless "
      "student.hidden and student.outputs are given");
}

TEST_F(ResolveExperimentTest, LetsTheTeacherBeLeftOutWhereTheStudentsLayersAreGiven) {
  const std::string teacher =
      "teacher { hidden { width: 20 activation { [didact/Identity] {} } } outputs: 50 initializer "
      "{ "
      "[didact/GaussianWeights] {} } }";
  const Teacher given = experiment_.teacher();
  experiment_.clear_teacher();
  EXPECT_EQ(Error(), "f.textproto: teacher: must be given, such as " + teacher +
                         ", unless student.hidden and student.outputs are given");
  experiment_.mutable_student()->set_outputs(3);
  EXPECT_EQ(Error(),
            "f.textproto: student.hidden: must be given at least once, such as hidden { width: 20 "
            "activation { [didact/Identity] {} } }; or replace student.outputs by " +
                teacher);
  *experiment_.mutable_student()->mutable_hidden() = given.hidden();
  EXPECT_EQ(Error(), "");
  EXPECT_EQ(OutputsOf(experiment_), 3);
  EXPECT_FALSE(experiment_.has_teacher());
  experiment_.mutable_student()->clear_outputs();
  EXPECT_EQ(Error(),
            "f.textproto: student.outputs: must be given, such as outputs: 10, or else " + teacher);
}

TEST_F(ResolveExperimentTest, LetsTheStudentHaveNoOtherOutputsThanItsTeacher) {
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_FALSE(experiment_.student().has_outputs());
  EXPECT_EQ(OutputsOf(experiment_), 2);
  experiment_.mutable_student()->set_outputs(2);
  EXPECT_EQ(Resolve(), absl::OkStatus());
  experiment_.mutable_student()->set_outputs(3);
  EXPECT_EQ(
      Error(),
      "f.textproto: student.outputs: must be teacher.outputs, which is 2, or left out, got 3");
}

class ResolvedExperimentTest : public ResolveExperimentTest {
 protected:
  absl::StatusOr<ResolvedExperiment> Create() {
    return ResolvedExperiment::Create(experiment_, registry_, FieldPath("f.textproto"));
  }
};

TEST_F(ResolvedExperimentTest, IsCompleteAndLeavesTheGivenOneAlone) {
  const absl::StatusOr<ResolvedExperiment> resolved = Create();
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ((*resolved)->seed().last(), 1);
  EXPECT_FALSE(experiment_.has_seed());
}

TEST_F(ResolvedExperimentTest, IsNotMadeOfAnExperimentThatIsWrong) {
  experiment_.mutable_training()->set_batch_size(0);
  EXPECT_EQ(Create().status().message(),
            "f.textproto: training.batch_size: must be >= 1 with shuffle, got 0");
}

TEST_F(ResolvedExperimentTest, IsSharedByItsCopies) {
  absl::StatusOr<ResolvedExperiment> resolved = Create();
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  ResolvedExperiment copy = *resolved;
  const ResolvedExperiment moved = std::move(copy);
  EXPECT_EQ(&*moved, &**resolved);
  EXPECT_EQ(&*copy, &**resolved);  // moving is copying
}

TEST_F(ResolvedExperimentTest, KnowsItsRegistryWhereverThatIsMoved) {
  const absl::StatusOr<ResolvedExperiment> resolved = Create();
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_TRUE(resolved->IsResolvedWith(registry_));
  EXPECT_FALSE(resolved->IsResolvedWith(test::ConfigRegistry()));
  PluginRegistry moved = std::move(registry_);
  EXPECT_TRUE(resolved->IsResolvedWith(moved));
  registry_ = PluginRegistry();
  EXPECT_FALSE(resolved->IsResolvedWith(registry_));
}

class TeacherPreparationTest : public ResolveExperimentTest {
 protected:
  void Prune(const std::vector<double>& ratios, std::optional<bool> remove = std::nullopt) {
    TeacherPruning& prune = *experiment_.mutable_teacher()->add_preparation()->mutable_prune();
    prune.mutable_ratio()->Assign(ratios.begin(), ratios.end());
    if (remove) prune.set_remove(*remove);
  }
};

TEST_F(TeacherPreparationTest, LeavesTheWidthsOfTheNodesThatAreNotPruned) {
  EXPECT_THAT(PreparedWidths(experiment_.teacher()), testing::ElementsAre(20, 3));
  Prune({0.29, 0.5});
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_THAT(PreparedWidths(experiment_.teacher()), testing::ElementsAre(15, 2));
  Prune({0.1}, false);
  Prune({0.5});
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_THAT(WidthsAfter(experiment_.teacher(), 1), testing::ElementsAre(15, 2));
  EXPECT_THAT(WidthsAfter(experiment_.teacher(), 2), testing::ElementsAre(15, 2));
  EXPECT_THAT(PreparedWidths(experiment_.teacher()), testing::ElementsAre(8, 1));
}

TEST_F(TeacherPreparationTest, HasTheWidthsOfThePaper) {
  Teacher& teacher = *experiment_.mutable_teacher();
  teacher.clear_hidden();
  for (int l = 0; l < 4; ++l) {
    HiddenLayer& layer = *teacher.add_hidden();
    layer.set_width(64);
    layer.mutable_activation()->set_type_url("type.googleapis.com/didact.Relu");
  }
  Prune({0.3, 0.5, 0.5, 0.7});
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_THAT(PreparedWidths(teacher), testing::ElementsAre(45, 32, 32, 20));
}

TEST_F(TeacherPreparationTest, MustLeaveANodeInEveryLayer) {
  Prune({0.5, 1});
  EXPECT_EQ(Error(),
            "f.textproto: teacher.preparation[0].prune.ratio[1]: must leave a node in every hidden "
            "layer, got 1, which prunes all 3 nodes that teacher.hidden[1] has");
  experiment_.mutable_teacher()->clear_preparation();
  Prune({1}, false);
  EXPECT_THAT(Error(),
              testing::HasSubstr("teacher.preparation[0].prune.ratio[0]: must leave a node"));
}

TEST_F(TeacherPreparationTest, HasAStepWithRatiosThatFitTheLayers) {
  experiment_.mutable_teacher()->add_preparation();
  Prune({0.1, 0.2, 0.3});
  EXPECT_EQ(
      Error(),
      "f.textproto: teacher.preparation[0]: must have a step, such as prune { ratio: 0.5 }, or "
      "train { loss { ... } ... }\n"
      "f.textproto: teacher.preparation[1].prune.ratio: must have one number for all hidden "
      "layers or one for each, 2, got 3");
  experiment_.mutable_teacher()->clear_preparation();
  Prune({-0.5});
  EXPECT_THAT(Error(), testing::HasSubstr("teacher.preparation[0].prune.ratio[0]: must be "));
}

TEST_F(TeacherPreparationTest, ChecksItsTrainingLikeThatOfAStudent) {
  TeacherTraining& train = *experiment_.mutable_teacher()->add_preparation()->mutable_train();
  *train.mutable_loss() = experiment_.loss();
  *train.mutable_optimizer() = experiment_.optimizer();
  train.mutable_training()->set_epochs(2);
  EXPECT_EQ(Error(),
            "f.textproto: teacher.preparation[0].train.training.batch_size: must be >= 1 with "
            "shuffle, got 0");
  train.mutable_training()->set_batch_size(3);
  ASSERT_EQ(Resolve(), absl::OkStatus());
  EXPECT_TRUE(train.training().has_shuffle());
  train.clear_loss();
  EXPECT_THAT(Error(), testing::HasSubstr("teacher.preparation[0].train.loss: must be given"));
}

TEST_F(TeacherPreparationTest, SizesStudentsByTheNodesThatAreLeft) {
  Prune({0.5});
  experiment_.mutable_student()->set_width_multiplier(0.4);
  EXPECT_EQ(
      Error(),
      "f.textproto: student.width_multiplier: must make every hidden layer 1 to 1000000 nodes "
      "wide, got 0.4 times the 2 nodes of teacher.hidden[1]");
}

TEST_F(TeacherPreparationTest, IsAnExperimentWhoseStudentIsTheTeacher) {
  Prune({0.5});
  TeacherTraining& train = *experiment_.mutable_teacher()->add_preparation()->mutable_train();
  *train.mutable_loss() = experiment_.loss();
  *train.mutable_optimizer() = experiment_.optimizer();
  train.mutable_training()->set_epochs(2);
  train.mutable_training()->set_batch_size(3);
  ASSERT_EQ(Resolve(), absl::OkStatus());
  Experiment trained = PreparationExperiment(experiment_, 1);
  ASSERT_EQ(ResolveExperiment(trained, registry_, FieldPath()), absl::OkStatus());
  EXPECT_FALSE(trained.has_teacher());
  ASSERT_EQ(trained.student().hidden_size(), 2);
  EXPECT_EQ(trained.student().hidden(0).width(), 10);
  EXPECT_EQ(trained.student().hidden(1).width(), 2);
  EXPECT_EQ(trained.student().outputs(), 2);
  EXPECT_EQ(trained.training().epochs(), 2);
  EXPECT_EQ(trained.train_data().SerializeAsString(), experiment_.train_data().SerializeAsString());
}

}  // namespace
}  // namespace didact
