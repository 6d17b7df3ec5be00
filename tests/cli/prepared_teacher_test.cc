// Runs and sweeps whose teacher is trained on labels and pruned, or is the student of another run.

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "tests/base/same_bytes.h"
#include "tests/cli/taught_experiment.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class PreparedTeacherTest : public ToolTest {
 protected:
  PreparedTeacherTest() {
    Write("e.textproto", TaughtExperiment());
    for (const auto& [name, bytes] : TaughtData()) Write(name, bytes);
  }

  ToolResult RunWell(const std::vector<std::string>& arguments) const {
    ToolResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    return result;
  }

  // Returns the files of the teachers of a run or a sweep except those that contain times.
  std::map<std::string, std::string> Teachers(const std::string& directory) const {
    std::map<std::string, std::string> files = Contents(directory + "/teachers");
    std::erase_if(files,
                  [](const auto& file) { return absl::EndsWith(file.first, "provenance.json"); });
    return files;
  }
};

TEST_F(PreparedTeacherTest, IsValidatedWithItsPrunedWidthsAndWithoutTraining) {
  const auto before = Contents();
  EXPECT_THAT(RunWell({"validate", "e.textproto", "--set",
                       "teacher.preparation[0].train.training.epochs=10000000"})
                  .standard_output,
              HasSubstr("\n  teacher   [1, 2, 3] -> 3 -> 3\n  student   [1, 2, 3] -> 6 -> 3\n"));
  EXPECT_TRUE(SameFiles(Contents(), before));
}

TEST_F(PreparedTeacherTest, IsWarnedOfBeforeItIsTrained) {
  const std::string nothing = ": changes no weight in any epoch, whatever the gradient";
  const std::string of_training = "teacher.preparation[2].train.optimizer" + nothing;
  const std::string of_students = "e.textproto: optimizer" + nothing;
  const auto warnings = [this](const std::string& change) {
    return RunWell({"validate", "e.textproto", "--set", change}).standard_error;
  };
  const std::string of_first =
      warnings("teacher.preparation[2].train.optimizer.learning_rate.value=0");
  EXPECT_THAT(of_first, HasSubstr(of_training));
  EXPECT_THAT(of_first, Not(HasSubstr(of_students)));
  const std::string of_second = warnings("optimizer.learning_rate.value=0");
  EXPECT_THAT(of_second, HasSubstr(of_students));
  EXPECT_THAT(of_second, Not(HasSubstr(of_training)));
  // All outputs of the teacher are the same only before it is trained.
  EXPECT_THAT(warnings("teacher.initializer[0].layer=[0]"), Not(HasSubstr("same outputs")));
}

TEST_F(PreparedTeacherTest, IsTrainedOnceForAllTrialsOfASweep) {
  Write("s.textproto",
        "name: \"widths\" base_path: \"e.textproto\" "
        "axis { field: \"student.width_multiplier\" value: [\"1\", \"2\"] }");
  RunWell({"sweep", "s.textproto", "--out=whole", "--threads=2"});
  EXPECT_THAT(*ListDirectory(PathOf("whole/teachers")), SizeIs(2));
  RunWell({"sweep", "s.textproto", "--out=parts", "--shard=0/2"});
  RunWell({"sweep", "s.textproto", "--out=parts", "--shard=1/2"});
  EXPECT_TRUE(SameFiles(Teachers("parts"), Teachers("whole")));
  RunWell({"run", "e.textproto", "--out=run"});
  EXPECT_TRUE(SameFiles(Teachers("run"), Teachers("whole")));
}

TEST_F(PreparedTeacherTest, IsTrainedAgainWithTheSameBytesWhenARunIsReplaced) {
  RunWell({"run", "e.textproto", "--out=run"});
  const auto teachers = Teachers("run");
  RunWell({"run", "e.textproto", "--out=run", "--force", "--set",
           "teacher.preparation[2].train.training.epochs=1"});
  EXPECT_FALSE(SameFiles(Teachers("run"), teachers));
  EXPECT_THAT(*ListDirectory(PathOf("run/teachers")), SizeIs(2));
  RunWell({"run", "e.textproto", "--out=run", "--force"});
  EXPECT_TRUE(SameFiles(Teachers("run"), teachers));
}

TEST_F(PreparedTeacherTest, IsRefusedWhereNothingWouldBeLeft) {
  ExpectRefused(
      {"run", "e.textproto", "--out=out", "--set", "teacher.preparation[1].prune.ratio[0]=1"},
      {"e.textproto: teacher.preparation[1].prune.ratio[0]: must leave a node in every "
       "hidden layer, got 1, which prunes all 6 nodes that teacher.hidden[0] has"});
}

TEST_F(PreparedTeacherTest, MayBeTheStudentOfAFinishedRun) {
  RunWell({"run", "e.textproto", "--out=first", "--set", "seed.last=1"});
  Write("t.textproto", R"(name: "taught"
train_data { [didact/IdxDataset] { images: "images.idx" } }
eval_data { [didact/IdxDataset] { images: "images.idx" } }
teacher { run: "first" }
student { initializer { [didact/GaussianWeights] { stddev: 0.5 } } }
loss { [didact/HalfSquaredError] {} }
optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.1 } } } }
training { epochs: 1 batch_size: 8 }
)");
  RunWell({"run", "t.textproto", "--out=second"});
  const std::string weights = "/trials/1/weights/epoch_";
  const auto student = NpzReader::Open(PathOf("first" + weights + "0001.npz"));
  const auto teacher = NpzReader::Open(PathOf("second" + weights + "-001.npz"));
  ASSERT_TRUE(student.ok() && teacher.ok());
  for (const std::string array : {"0.weight", "0.bias", "1.weight", "1.bias"}) {
    EXPECT_EQ(teacher->Read("teacher." + array)->bytes, student->Read("student." + array)->bytes);
  }
  EXPECT_THAT(Read("second/experiment.textproto"), Not(HasSubstr("run:")));
  EXPECT_THAT(Read("second/provenance.json"), HasSubstr("first/trials/1/weights/epoch_0001.npz"));
  ExpectRefused({"run", "t.textproto", "--out=third", "--set", "teacher.run=" + PathOf("none")},
                {"t.textproto: teacher.run: must be the directory of a finished run, got " +
                 PathOf("none") + ", where there is nothing"});
}

}  // namespace
}  // namespace didact
