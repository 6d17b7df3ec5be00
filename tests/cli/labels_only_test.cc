// Runs without a teacher: a student is trained on the labels of its data, and every command copes.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr absl::string_view kStudentOnly = R"(name: "labels"
seed { first: 1 last: 2 }
train_data { [didact/NpyDataset] { inputs: "d.npz:inputs" labels: "d.npz:labels" } }
eval_data { [didact/NpyDataset] { inputs: "d.npz:inputs" labels: "d.npz:labels" size: 10 } }
student {
  hidden { width: 5 activation { [didact/Tanh] {} } }
  outputs: 3
  initializer { [didact/GaussianWeights] { stddev: 0.5 } }
}
loss { [didact/CrossEntropy] { labels {} } }
optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.2 } } momentum: 0.5 } }
training { epochs: 3 batch_size: 8 }
metric { [didact/Loss] {} }
metric { [didact/FanOutNorm] {} }
output { weights: EVERY_EPOCH }
)";

constexpr absl::string_view kTeacher = R"(teacher {
  hidden { width: 2 activation { [didact/Relu] {} } }
  outputs: 3
  initializer { [didact/GaussianWeights] {} }
}
)";

class LabelsOnlyTest : public ToolTest {
 protected:
  LabelsOnlyTest() {
    std::vector<double> inputs;
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < 30; ++i) {
      for (int64_t j = 0; j < 4; ++j)
        inputs.push_back(std::sin(static_cast<double>(7 * i + 3 * j)));
      labels.push_back(i % 3);
    }
    EXPECT_EQ(WriteNpz(PathOf("d.npz"),
                       std::vector<NamedArray>{{"inputs", MakeNpyArray<double>({30, 4}, inputs)},
                                               {"labels", MakeNpyArray<int64_t>({30}, labels)}}),
              absl::OkStatus());
    Write("e.textproto", kStudentOnly);
    Write("t.textproto", absl::StrCat(kStudentOnly, kTeacher));
  }

  ToolResult RunWell(const std::vector<std::string>& arguments) const {
    ToolResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    return result;
  }

  // Returns the evaluations of a trial.
  std::vector<json> Records(const std::string& trial) const {
    std::vector<json> records;
    for (const std::string& line : std::vector<std::string>(
             absl::StrSplit(Read(trial + "/metrics.jsonl"), '\n', absl::SkipEmpty()))) {
      records.push_back(json::parse(line));
    }
    return records;
  }
};

TEST_F(LabelsOnlyTest, TrainTheStudentLikeARunWhoseLossDoesNotReadItsTeacher) {
  RunWell({"run", "e.textproto", "--out=labels"});
  RunWell({"run", "t.textproto", "--out=teacher"});
  for (const std::string trial : {"trials/1", "trials/2"}) {
    for (const std::string epoch : {"-001", "0000", "0001", "0002"}) {
      const std::string file = absl::StrCat("/", trial, "/weights/epoch_", epoch, ".npz");
      const auto alone = NpzReader::Open(PathOf("labels" + file));
      const auto taught = NpzReader::Open(PathOf("teacher" + file));
      ASSERT_TRUE(alone.ok() && taught.ok());
      EXPECT_THAT(alone->names(), ElementsAre("student.0.weight", "student.0.bias",
                                              "student.1.weight", "student.1.bias"));
      for (const std::string& name : alone->names()) {
        EXPECT_EQ(alone->Read(name)->bytes, taught->Read(name)->bytes) << file << " " << name;
      }
    }
    const std::vector<json> alone = Records("labels/" + trial);
    const std::vector<json> taught = Records("teacher/" + trial);
    ASSERT_EQ(alone.size(), 4u);
    for (size_t e = 0; e < alone.size(); ++e) {
      json expected = taught[e];
      // The student's outputs are not compared with a teacher's.
      EXPECT_EQ(expected.erase("train.mse") + expected.erase("eval.mse"), 2u);
      EXPECT_EQ(alone[e], expected);
    }
    EXPECT_LT(alone.back()["train.loss"], alone.front()["train.loss"]);
  }
}

TEST_F(LabelsOnlyTest, AreValidatedExportedAndExtended) {
  EXPECT_THAT(RunWell({"validate", "e.textproto"}).standard_output,
              HasSubstr("\n  teacher   none\n  student   4 -> 5 -> 3\n"));
  RunWell({"run", "e.textproto", "--out=out"});
  EXPECT_EQ(Run({"export", "out", "--format=npz", "--out=arrays"}).exit_code, 0);
  RunWell({"run", "e.textproto", "--out=long", "--set", "training.epochs=5"});
  RunWell({"extend", "out", "--set", "training.epochs=5"});
  EXPECT_EQ(Read("out/trials/2/metrics.jsonl"), Read("long/trials/2/metrics.jsonl"));
}

TEST_F(LabelsOnlyTest, AreSweptOverWidths) {
  Write("s.textproto",
        "name: \"widths\" base_path: \"e.textproto\" "
        "axis { field: \"student.hidden[0].width\" value: [\"2\", \"3\"] }");
  RunWell({"sweep", "s.textproto", "--out=out"});
}

TEST_F(LabelsOnlyTest, AreRefusedWhereTheLossOrAMetricNeedsATeacher) {
  const std::string teacher =
      "teacher { hidden { width: 20 activation { [didact/Relu] {} } } outputs: 50 initializer { "
      "[didact/GaussianWeights] {} } }";
  const std::string problem =
      "needs a teacher, but the experiment has none; remove or replace it, or replace "
      "student.outputs by a teacher, such as " +
      teacher;
  ExpectRefused({"run", "e.textproto", "--out=out", "--set",
                 "loss=[didact/HalfSquaredError] { target: TEACHER }"},
                {"e.textproto: loss: " + problem});
  Write("m.textproto", absl::StrCat(kStudentOnly, "metric { [didact/Specialization] {} }\n"));
  ExpectRefused({"run", "m.textproto", "--out=out"}, {"m.textproto: metric[2]: " + problem});
  // The advice helps.
  Write("a.textproto", absl::StrCat(absl::StrReplaceAll(kStudentOnly, {{"outputs: 3", ""}}),
                                    teacher, " metric { [didact/Specialization] {} }\n"));
  RunWell(
      {"validate", "a.textproto", "--set", "loss=[didact/HalfSquaredError] { target: TEACHER }"});
}

TEST_F(LabelsOnlyTest, MayBeTrainedByASquaredErrorAndMeasuredByAccuracy) {
  Write("s.textproto",
        absl::StrCat(absl::StrReplaceAll(kStudentOnly, {{"[didact/CrossEntropy] { labels {} }",
                                                         "[didact/MeanSquaredError] {}"}}),
                     "metric { [didact/Accuracy] { top: [1, 3] } }\n"));
  RunWell({"run", "s.textproto", "--out=out"});
  const std::vector<json> records = Records("out/trials/1");
  EXPECT_LT(records.back()["train.loss"], records.front()["train.loss"]);
  EXPECT_EQ(records.back()["eval.accuracy.labels.top3"], 1);
  ExpectRefused({"run", "s.textproto", "--out=other", "--set", "student.outputs=2"},
                {"s.textproto: train_data: labels must be < 2, the number of classes that the loss "
                 "tells apart with outputs: 2, got 2 for sample 2"});
}

}  // namespace
}  // namespace didact
