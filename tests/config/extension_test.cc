#include "didact/framework/config/extension.h"

#include <string>

#include "absl/status/statusor.h"
#include "didact/framework/config/load.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/config/config_registry.h"

namespace didact {
namespace {

constexpr char kDone[] = R"(
  name: "small"
  seed { first: 3 last: 4 }
  train_data { [didact/GaussianInputs] { dimension: 100 size: 1000 } }
  eval_data { [didact/GaussianInputs] { dimension: 100 size: 1000 } }
  teacher {
    hidden { width: 20 activation { [didact/Relu] {} } }
    outputs: 50
    initializer { [didact/GaussianWeights] { stddev: 1 } }
  }
  student { initializer { [didact/GaussianWeights] { stddev: 0.1 } } }
  loss { [didact/HalfSquaredError] {} }
  optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.01 } } } }
  training { epochs: 10 batch_size: 16 }
  metric { [didact/Loss] {} }
  metric { [didact/Specialization] { threshold: [0.5, 0.9] } }
  plugin_library: "/a/x.so"
)";

class ExtensionTest : public testing::Test {
 protected:
  ExtensionTest() : done_(Parse(kDone)) {}

  // Parses and resolves the experiment.
  Experiment Parse(const std::string& text) const {
    const absl::StatusOr<Experiment> experiment =
        LoadExperiment(ScratchFile("e.textproto", text), {}, registry_);
    EXPECT_TRUE(experiment.ok()) << experiment.status();
    return experiment.ok() ? *experiment : Experiment();
  }

  // Returns the problems of the experiment with a part of its text replaced; an empty text if it is
  // an extension.
  std::string Problems(const std::string& from, const std::string& to) const {
    std::string text = kDone;
    const size_t place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    text.replace(place, from.size(), to);
    return std::string(CheckExtension(done_, Parse(text), "out", FieldPath("f")).message());
  }

  const PluginRegistry registry_ = test::ConfigRegistry();
  const Experiment done_;
};

TEST_F(ExtensionTest, AnExperimentExtendsItself) { EXPECT_EQ(Problems("small", "small"), ""); }

TEST_F(ExtensionTest, SeedsAndEpochsMayBeAdded) {
  EXPECT_EQ(Problems("last: 4", "last: 9"), "");
  EXPECT_EQ(Problems("first: 3", "first: 0"), "");
  EXPECT_EQ(Problems("epochs: 10", "epochs: 11"), "");
}

TEST_F(ExtensionTest, NameCheckpointsAndLibrariesMayChange) {
  EXPECT_EQ(Problems("small", "large"), "");
  EXPECT_EQ(Problems("/a/x.so", "/b/x.so"), "");
  EXPECT_EQ(Problems("name:",
                     "output { keep_final_checkpoint: true checkpoint_every_epochs: 2 "
                     "checkpoint_every_seconds: 9 } name:"),
            "");
}

TEST_F(ExtensionTest, NothingMayBeTakenAway) {
  EXPECT_EQ(Problems("last: 4", "last: 3"),
            "f: seed: must include 3 to 4, which are in out, got 3 to 3");
  EXPECT_EQ(Problems("first: 3 last: 4", "first: 5 last: 6"),
            "f: seed: must include 3 to 4, which are in out, got 5 to 6");
  EXPECT_EQ(Problems("epochs: 10", "epochs: 9"),
            "f: training.epochs: must be >= 10, which are in out, got 9");
}

TEST_F(ExtensionTest, ValuesWithinPluginsAreComparedOneByOne) {
  const std::string rule = "; an extension adds seeds and epochs alone";
  EXPECT_EQ(Problems("value: 0.01", "value: 0.02"),
            "f: optimizer.learning_rate.value: must be 0.01 as in out, got 0.02" + rule);
  EXPECT_EQ(Problems("[0.5, 0.9]", "[0.5, 0.8]"),
            "f: metric[1].threshold[1]: must be 0.9 as in out, got 0.8" + rule);
  EXPECT_EQ(Problems("[0.5, 0.9]", "[0.5]"),
            "f: metric[1].threshold[1]: must be 0.9 as in out, got nothing" + rule);
  EXPECT_EQ(Problems("[0.5, 0.9]", "[0.5, 0.9, 1]"),
            "f: metric[1].threshold[2]: must be left out as in out, got 1" + rule);
  EXPECT_EQ(Problems("stddev: 0.1", "stddev: 0.1 layer: 0"),
            "f: student.initializer[0].layer[0]: must be left out as in out, got 0" + rule);
}

TEST_F(ExtensionTest, OtherPluginsAndMessagesAreNamed) {
  const std::string rule = ": must be as in out; an extension adds seeds and epochs alone";
  EXPECT_EQ(Problems("[didact/Relu]", "[didact/Tanh]"), "f: teacher.hidden[0].activation" + rule);
  EXPECT_EQ(Problems("metric { [didact/Loss] {} }", ""),
            "f: metric[0]" + rule + "\nf: metric[1]" + rule);
  EXPECT_EQ(Problems("metric { [didact/Loss] {} }",
                     "metric { [didact/Loss] {} } metric { [didact/Loss] {} }"),
            "f: metric[1]" + rule + "\nf: metric[2]" + rule);
  EXPECT_EQ(Problems("batch_size: 16", "batch_size: 16 full_batch {}"),
            "f: training.shuffle" + rule + "\nf: training.full_batch" + rule);
  EXPECT_EQ(Problems("name:", "projection { [didact/UnitFanIn] {} } name:"),
            "f: projection[0]" + rule);
}

TEST_F(ExtensionTest, OutputThatIsWrittenMustStay) {
  EXPECT_EQ(
      Problems("name:", "output { weights: NONE } name:"),
      "f: output.weights: must be FIRST_AND_LAST as in out, got NONE; an extension adds seeds "
      "and epochs alone");
}

TEST_F(ExtensionTest, StepsThatAreSpreadOverTheEpochsRefuseMoreOfThem) {
  Experiment done = done_;
  done.mutable_training()->mutable_replay()->set_batches("/b.npy");
  Experiment wanted = done;
  wanted.mutable_seed()->set_last(9);
  EXPECT_TRUE(CheckExtension(done, wanted, "out", FieldPath("f")).ok());
  wanted.mutable_training()->set_epochs(20);
  EXPECT_EQ(CheckExtension(done, wanted, "out", FieldPath("f")).message(),
            "f: training.replay.steps_per_epoch: depends on the total number of epochs where it is "
            "0, so that 20 epochs do not begin with the 10 that are in out; run them into another "
            "folder");
  done.mutable_training()->mutable_replay()->set_steps_per_epoch(4);
  wanted.mutable_training()->mutable_replay()->set_steps_per_epoch(4);
  EXPECT_TRUE(CheckExtension(done, wanted, "out", FieldPath("f")).ok());
}

}  // namespace
}  // namespace didact
