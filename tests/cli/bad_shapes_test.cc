// Tests teachers, students and data that do not fit together: each gives one clear message and exit
// code 2, and nothing is written.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/io/npz.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

class BadShapesTest : public ToolTest {
 protected:
  void ExpectProblems(const Changes& changes, const std::vector<std::string>& problems) const {
    WriteConfig(changes);
    ExpectRefused({"run", "e.textproto"}, problems);
    ExpectRefused({"validate", "e.textproto"}, problems);
  }

  // Returns an array of small numbers.
  static NpyArray Numbers(std::vector<int64_t> shape) {
    NpyArray array;
    array.shape = shape;
    const std::vector<double> values(array.size(), 0.5);
    return MakeNpyArray(std::move(shape), absl::MakeConstSpan(values));
  }

  void WriteArrays(const std::string& name, const std::vector<NamedArray>& arrays) const {
    ASSERT_TRUE(WriteNpz(PathOf(name), arrays).ok());
  }

  // Writes weights of the small student under the prefix "student.". Its first layer has `inputs`
  // inputs.
  void WriteStudent(int64_t inputs) const {
    WriteArrays("w.npz", {{"student.0.weight", Numbers({8, inputs})},
                          {"student.0.bias", Numbers({8})},
                          {"student.1.weight", Numbers({3, 8})},
                          {"student.1.bias", Numbers({3})}});
  }

  static constexpr char kStudent[] = "[didact/GaussianWeights] { stddev: 0.3 }";
  static constexpr char kStudentFromFile[] =
      "[didact/NpzWeights] { path: \"w.npz\" prefix: \"student.\" }";
};

TEST_F(BadShapesTest, EvaluationInputsOfAnotherDimension) {
  ExpectProblems(
      {{"dimension: 6 size: 50", "dimension: 7 size: 50"}},
      {"e.textproto: eval_data: must have as many features as train_data; this has 7, and "
       "train_data has 6; change one of them"});
}

TEST_F(BadShapesTest, EvaluationInputsFromAFileOfAnotherDimension) {
  WriteArrays("x.npz", {{"x", Numbers({50, 2, 3, 2})}});
  ExpectProblems(
      {{"[didact/GaussianInputs] { dimension: 6 size: 50 }",
        "[didact/NpyDataset] { inputs: \"x.npz:x\" }"}},
      {"e.textproto: eval_data: must have as many features as train_data; this has 12, and "
       "train_data has 6; change one of them"});
}

TEST_F(BadShapesTest, StudentWithAnotherNumberOfLayers) {
  ExpectProblems(
      {{"width_multiplier: 2",
        "hidden { width: 8 activation { [didact/Relu] {} } } "
        "hidden { width: 9 activation { [didact/Relu] {} } }"}},
      {"e.textproto: metric[1].layer_pair: must say which hidden layers are compared, since the "
       "teacher has 1 and the student 2, e.g. layer_pair { teacher: 0 student: 0 }"});
}

TEST_F(BadShapesTest, StudentWithLayersAndAMultiplier) {
  ExpectProblems({{"width_multiplier: 2",
                   "width_multiplier: 2 hidden { width: 8 activation { [didact/Relu] {} } }"}},
                 {"e.textproto: student.width_multiplier: must be 1, or left out, where "
                  "student.hidden is given, got 2"});
}

TEST_F(BadShapesTest, StudentWithoutNodes) {
  ExpectProblems({{"width_multiplier: 2", "width_multiplier: 0.1"}},
                 {"e.textproto: student.width_multiplier: must make every hidden layer 1 to "
                  "1000000 nodes wide, got 0.1 times the 4 nodes of teacher.hidden[0]"});
}

TEST_F(BadShapesTest, WeightsOfAnotherNetwork) {
  WriteStudent(5);
  ExpectProblems(
      {{kStudent, kStudentFromFile}},
      {absl::StrCat("e.textproto: student.initializer[0].path: ", PathOf("w.npz"),
                    ": array \"student.0.weight\": must have shape [8, 6], got [8, 5]")});
  WriteStudent(6);
  WriteConfig({{kStudent, kStudentFromFile}});
  EXPECT_EQ(Run({"validate", "e.textproto"}).exit_code, 0);
}

TEST_F(BadShapesTest, WeightsOfANarrowerNetworkAreAllListed) {
  WriteStudent(6);
  const std::string where =
      absl::StrCat("e.textproto: student.initializer[0].path: ", PathOf("w.npz"), ": array ");
  ExpectProblems({{kStudent, kStudentFromFile}, {"width_multiplier: 2", "width_multiplier: 4"}},
                 {where + "\"student.0.weight\": must have shape [16, 6], got [8, 6]",
                  where + "\"student.0.bias\": must have shape [16], got [8]",
                  where + "\"student.1.weight\": must have shape [3, 16], got [3, 8]"});
}

TEST_F(BadShapesTest, WeightsUnderAnotherName) {
  WriteArrays("w.npz", {{"student.0.weight", Numbers({8, 6})}, {"readme", Numbers({})}});
  ExpectProblems({{kStudent, kStudentFromFile}},
                 {absl::StrCat("e.textproto: student.initializer[0].path: ", PathOf("w.npz"),
                               ": must have the arrays \"student.0.bias\", \"student.1.weight\", "
                               "\"student.1.bias\", got student.0.weight, readme")});
}

TEST_F(BadShapesTest, InputsOfOneDimension) {
  WriteArrays("x.npz", {{"x", Numbers({60})}});
  ExpectProblems({{"[didact/GaussianInputs] { dimension: 6 size: 60 }",
                   "[didact/NpyDataset] { inputs: \"x.npz:x\" }"}},
                 {absl::StrCat("e.textproto: train_data.inputs: ", PathOf("x.npz"),
                               ": array \"x\": has shape [60], expected [samples, features], "
                               "[samples, rows, columns] or [samples, channels, rows, columns]; "
                               "x.reshape(len(x), -1) makes features of samples of any shape")});
}

TEST_F(BadShapesTest, MoreSamplesThanTheFileHas) {
  WriteArrays("x.npz", {{"x", Numbers({60, 6})}});
  ExpectProblems({{"[didact/GaussianInputs] { dimension: 6 size: 60 }",
                   "[didact/NpyDataset] { inputs: \"x.npz:x\" first: 10 size: 51 }"}},
                 {absl::StrCat("e.textproto: train_data.size: must be <= 50, the number of samples "
                               "from sample 10 on, got 51 (",
                               PathOf("x.npz"), ": array \"x\")")});
}

TEST_F(BadShapesTest, LabelsForOtherSamples) {
  const std::vector<int64_t> labels(59, 1);
  WriteArrays("x.npz",
              {{"x", Numbers({60, 6})}, {"y", MakeNpyArray({59}, absl::MakeConstSpan(labels))}});
  ExpectProblems({{"[didact/GaussianInputs] { dimension: 6 size: 60 }",
                   "[didact/NpyDataset] { inputs: \"x.npz:x\" labels: \"x.npz:y\" }"}},
                 {absl::StrCat("e.textproto: train_data.labels: ", PathOf("x.npz"),
                               ": array \"y\": has shape [59], expected [60], one label for each "
                               "input")});
}

TEST_F(BadShapesTest, LayersThatTheNetworkDoesNotHave) {
  ExpectProblems({{"[didact/GaussianWeights] { stddev: 0.3 }",
                   "[didact/GaussianWeights] { stddev: 0.3 layer: [0, 2] }"}},
                 {"e.textproto: student.initializer[0].layer[1]: must be a layer, 0 to 1, got 2"});
  ExpectProblems({{"metric { [didact/Loss] {} }",
                   "metric { [didact/Loss] {} } projection { [didact/Freeze] { layer: 5 } }"}},
                 {"e.textproto: projection[0].layer[0]: must be a layer, 0 to 1, got 5"});
}

TEST_F(BadShapesTest, LayersThatAreListedTwice) {
  ExpectProblems({{"[didact/GaussianWeights] { stddev: 0.3 }",
                   "[didact/CopyTeacher] { add: true layer: [1, 0, 1] }"},
                  {"width_multiplier: 2", ""}},
                 {"e.textproto: student.initializer[0].layer[2]: must differ from those before it, "
                  "got 1 again"});
  ExpectProblems(
      {{"metric { [didact/Loss] {} }",
        "metric { [didact/Loss] {} } projection { [didact/UnitFanIn] { layer: [0, 0] } }"}},
      {"e.textproto: projection[0].layer[1]: must differ from those before it, got 0 again"});
}

TEST_F(BadShapesTest, ReplayOfSamplesThatAreNotThere) {
  const std::vector<int64_t> rows = {0, 1, 2, 3, 4, 60};
  WriteArrays("b.npz", {{"b", MakeNpyArray({3, 2}, absl::MakeConstSpan(rows))}});
  ExpectProblems({{"with_replacement { steps_per_epoch: 10 }", "replay { batches: \"b.npz:b\" }"}},
                 {absl::StrCat("e.textproto: training.replay.batches: ", PathOf("b.npz"),
                               ": array \"b\": step 2: must be a sample, 0 to 59, or -1 for none, "
                               "got 60")});
}

TEST_F(BadShapesTest, ReplayOfMoreStepsThanTheFileHas) {
  const std::vector<int64_t> rows = {0, 1, 2, 3, 4, 5};
  WriteArrays("b.npz", {{"b", MakeNpyArray({3, 2}, absl::MakeConstSpan(rows))}});
  ExpectProblems({{"with_replacement { steps_per_epoch: 10 }",
                   "replay { batches: \"b.npz:b\" steps_per_epoch: 2 }"}},
                 {"e.textproto: training.replay.steps_per_epoch: must be <= 1 (the file has 3 "
                  "steps for 3 epochs), got 2"});
}

}  // namespace
}  // namespace didact
