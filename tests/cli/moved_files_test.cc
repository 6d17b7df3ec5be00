// Tests results whose data files have moved: the error gives the old path of a missing file and how
// to specify the new one, and then a run or a sweep can be resumed.

#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::HasSubstr;

namespace fs = std::filesystem;

// The study is in the folder `study`, which is renamed to `moved`.
class MovedFilesTest : public ToolTest {
 protected:
  MovedFilesTest() {
    WriteInputs("study/data.npz", 0);
    Write("study/e.textproto", SmallExperiment({{kTrainData, kTrainFile}}));
  }

  static constexpr char kTrainData[] = "[didact/GaussianInputs] { dimension: 6 size: 60 }";
  static constexpr char kTrainFile[] = "[didact/NpyDataset] { inputs: \"data.npz:x\" }";

  // Writes 60 samples without a pattern.
  void WriteInputs(const std::string& name, int seed) const {
    std::vector<double> numbers(60 * 6);
    for (size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = std::sin(static_cast<double>(i * i + 7 * i + 100 * static_cast<size_t>(seed)));
    }
    fs::create_directories(fs::path(PathOf(name)).parent_path());
    ASSERT_TRUE(
        WriteNpz(PathOf(name), {{"x", MakeNpyArray({60, 6}, absl::MakeConstSpan(numbers))}}).ok());
  }

  // Makes a run in study/out without its second trial.
  void MakeUnfinishedRun() const {
    ASSERT_EQ(Run({"run", "study/e.textproto", "--out=study/out"}).exit_code, 0);
    fs::remove_all(PathOf("study/out/trials/2"));
  }

  void Move() const { fs::rename(PathOf("study"), PathOf("moved")); }

  static std::string HowToSay(const std::string& directory, const std::string& field) {
    return absl::StrCat("if it was moved, say where it is now: didact resume ", directory,
                        " --set=", field, field == "folder" ? "=DIR" : "=FILE");
  }

  std::string Missing(const std::string& name) const {
    return PathOf(name) + ": cannot be opened: No such file or directory; ";
  }

  json Provenance(const std::string& directory) const {
    return json::parse(Read(directory + "/provenance.json"), nullptr, false);
  }

  // Removes a trial's lines from an index, and its files.
  void Forget(const std::string& sweep, const std::string& label, int seed) const {
    const std::string text = absl::StrCat("\"label\":\"", label, "\",\"seed\":", seed, ",");
    const std::string index = sweep + "/index.jsonl";
    std::string rest;
    for (const absl::string_view line : absl::StrSplit(Read(index), '\n', absl::SkipEmpty())) {
      if (!absl::StrContains(line, text)) absl::StrAppend(&rest, line, "\n");
    }
    ASSERT_NE(rest, Read(index)) << text;
    Write(index, rest);
    fs::remove_all(PathOf(absl::StrCat(sweep, "/experiments/", label, "/trials/", seed)));
  }

  // Returns those files of an experiment that do not depend on the paths of its data.
  std::map<std::string, std::string> Trials(const std::string& experiment) const {
    return Contents(experiment + "/trials");
  }
};

TEST_F(MovedFilesTest, AFirstRunNamesTheFieldAndTheFileThatIsMissing) {
  fs::remove(PathOf("study/data.npz"));
  for (const char* command : {"run", "validate"}) {
    ExpectRefused({command, "study/e.textproto"},
                  {absl::StrCat("study/e.textproto: train_data.inputs: ", PathOf("study/data.npz"),
                                ": cannot be opened: No such file or directory")});
  }
}

TEST_F(MovedFilesTest, ResumeNamesTheFieldTheOldPlaceAndHowToSayTheNewOne) {
  MakeUnfinishedRun();
  Move();
  ExpectRefused(
      {"resume", "moved/out"},
      {absl::StrCat("moved/out/experiment.textproto: train_data.inputs: ",
                    Missing("study/data.npz"), HowToSay("moved/out", "train_data.inputs"))});
}

TEST_F(MovedFilesTest, ResumeGoesOnFromTheNewPlaceAndRecordsIt) {
  ASSERT_EQ(Run({"run", "study/e.textproto", "--out=study/whole"}).exit_code, 0);
  MakeUnfinishedRun();
  Move();
  // The path is relative to the working directory, as a shell completes it.
  const ToolResult result =
      RunTool({"resume", "out", "--set=train_data.inputs=data.npz:x"}, PathOf("moved"));
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_TRUE(SameFiles(Trials("moved/out"), Trials("moved/whole")));
  EXPECT_EQ(Provenance("moved/out")["notes"],
            json({absl::StrCat("train_data.inputs: ", PathOf("study/data.npz:x"), " -> ",
                               PathOf("moved/data.npz:x"))}));
  // The results are those of a run with the files at their new paths.
  EXPECT_EQ(Run({"run", "moved/out/experiment.textproto", "--out=again"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Results("again"), Results("moved/out")));
  EXPECT_EQ(Run({"run", "moved/e.textproto", "--out=config"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Results("config"), Results("moved/out")));
}

TEST_F(MovedFilesTest, ResumeGoesOnFromACheckpoint) {
  Write("study/e.textproto", SmallExperiment({{kTrainData, kTrainFile},
                                              {"epochs: 3", "epochs: 400"},
                                              {"steps_per_epoch: 10 ", "steps_per_epoch: 2000 "},
                                              {"metric { [didact/Specialization] {} }", ""},
                                              {"first: 1 last: 2", "first: 1"}}));
  RunningTool tool({"run", "study/e.textproto", "--out=study/out", "--quiet"}, folder());
  const auto begun = [this] {
    const std::string name = "study/out/trials/1/metrics.jsonl";
    return access(PathOf(name).c_str(), R_OK) == 0 && Read(name).size() > 500;
  };
  ASSERT_TRUE(WaitUntil(begun));
  tool.Signal(SIGTERM);
  ASSERT_EQ(tool.Wait().exit_code, 3);
  Move();
  const ToolResult result =
      Run({"resume", "moved/out", "--set=train_data.inputs=moved/data.npz:x"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  EXPECT_GT(Provenance("moved/out")["trials"][0]["resumed_at"], 0);
}

TEST_F(MovedFilesTest, SetChangesNamesOfFilesAlone) {
  MakeUnfinishedRun();
  const auto refused = [this](const std::string& assignment, const std::string& difference) {
    ExpectRefused(
        {"resume", "study/out", "--set=" + assignment},
        {absl::StrCat("--set: may change names of files alone, since the run in study/out "
                      "goes on, got ",
                      difference)});
  };
  refused("training.epochs=5", "training.epochs: 3 -> 5");
  refused("seed.last=3", "seed.last: 2 -> 3");
  refused("name=other", "name: \"small\" -> \"other\"");
  refused("optimizer.learning_rate.value=1", "optimizer.learning_rate.value: 0.05 -> 1");
  refused("output.weights=NONE", "added: output.weights: NONE");
  refused("train_data={ [didact/GaussianInputs] { dimension: 6 size: 60 } }", "another plugin");
  refused("train_data.labels=study/data.npz:x", "added: train_data.labels: \"FILE\"");
  // A whole message may be given if nothing else in it differs.
  EXPECT_EQ(Run({"resume", "study/out",
                 "--set=train_data=[didact/NpyDataset] { inputs: 'study/data.npz:x' }"})
                .exit_code,
            0);
}

TEST_F(MovedFilesTest, SetNamesAFieldThatThereIs) {
  MakeUnfinishedRun();
  ExpectRefusal({"resume", "study/out", "--set=train_data.input=x.npy"},
                testing::StartsWith("didact: --set: train_data: Message type "
                                    "\"didact.NpyDataset\" has no field named \"input\""));
  ExpectRefusal({"resume", "study/out", "--set=plugin_library[0]=x.so"},
                HasSubstr("--set: plugin_library: cannot be changed here"));
}

TEST_F(MovedFilesTest, ANewPlaceWithoutTheFileChangesNothing) {
  MakeUnfinishedRun();
  Move();
  ExpectRefused({"resume", "moved/out", "--set=train_data.inputs=nowhere.npz:x"},
                {absl::StrCat("moved/out/experiment.textproto: train_data.inputs: ",
                              Missing("nowhere.npz"), HowToSay("moved/out", "train_data.inputs"))});
}

TEST_F(MovedFilesTest, AFinishedRunNeedsNoFilesAndKeepsTheirNames) {
  ASSERT_EQ(Run({"run", "study/e.textproto", "--out=study/out"}).exit_code, 0);
  Move();
  const auto before = Contents("moved");
  EXPECT_EQ(Run({"resume", "moved/out"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Contents("moved"), before));
  // It continues if the new paths are given.
  EXPECT_EQ(Run({"resume", "moved/out", "--set=train_data.inputs=moved/data.npz:x"}).exit_code, 0);
  EXPECT_THAT(Read("moved/out/experiment.textproto"), HasSubstr(PathOf("moved/data.npz:x")));
  EXPECT_EQ(Provenance("moved/out")["notes"],
            json({absl::StrCat("train_data.inputs: ", PathOf("study/data.npz:x"), " -> ",
                               PathOf("moved/data.npz:x"))}));
  auto after = Contents("moved");
  for (const char* changed : {"out/experiment.textproto", "out/provenance.json"}) {
    after[changed] = before.at(changed);
  }
  EXPECT_TRUE(SameFiles(after, before));
}

TEST_F(MovedFilesTest, EachMissingFileIsNamed) {
  WriteInputs("study/eval.npz", 1);
  Write("study/e.textproto", SmallExperiment({{kTrainData, kTrainFile},
                                              {"[didact/GaussianInputs] { dimension: 6 size: 50 }",
                                               "[didact/NpyDataset] { inputs: \"eval.npz:x\" }"}}));
  MakeUnfinishedRun();
  Move();
  const std::string origin = "moved/out/experiment.textproto: ";
  ExpectRefused({"resume", "moved/out"},
                {absl::StrCat(origin, "train_data.inputs: ", Missing("study/data.npz"),
                              HowToSay("moved/out", "train_data.inputs")),
                 absl::StrCat(origin, "eval_data.inputs: ", Missing("study/eval.npz"),
                              HowToSay("moved/out", "eval_data.inputs"))});
  EXPECT_EQ(Run({"resume", "moved/out", "--set=train_data.inputs=moved/data.npz:x",
                 "--set=eval_data.inputs=moved/eval.npz:x"})
                .exit_code,
            0);
}

// --- Sweeps -------------------------------------------------------------------

TEST_F(MovedFilesTest, ASweepGoesOnWithTheFilesOfItsBase) {
  Write("study/s.textproto",
        "name: 'two' base_path: 'e.textproto' axis { field: 'teacher.hidden[0].width' value: ['3', "
        "'4'] }");
  ASSERT_EQ(Run({"sweep", "study/s.textproto", "--out=study/out"}).exit_code, 0);
  ASSERT_EQ(Run({"sweep", "study/s.textproto", "--out=study/whole"}).exit_code, 0);
  Forget("study/out", "000-width=3", 2);
  Forget("study/out", "001-width=4", 1);
  Move();
  ExpectRefused(
      {"resume", "moved/out"},
      {absl::StrCat("moved/out/sweep.textproto: experiment 000-width=3: train_data.inputs: ",
                    Missing("study/data.npz"), HowToSay("moved/out", "train_data.inputs"))});
  // The same command now finds other files.
  ExpectRefused(
      {"sweep", "moved/s.textproto", "--out=moved/out"},
      {absl::StrCat("moved/out: holds this sweep with other files: base.train_data.inputs was ",
                    PathOf("study/data.npz:x"), " and is ", PathOf("moved/data.npz:x"),
                    "; if they have only been moved, go on with 'didact resume moved/out "
                    "--set=train_data.inputs=",
                    PathOf("moved/data.npz:x"),
                    "', otherwise choose another folder with --out=DIR, or replace it with "
                    "--force")});
  ExpectRefused(
      {"resume", "moved/out", "--set=training.epochs=4"},
      {"--set: may change names of files alone, since the sweep in moved/out goes on, got "
       "base.training.epochs: 3 -> 4"});
  const ToolResult result =
      Run({"resume", "moved/out", "--set=train_data.inputs=moved/data.npz:x"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  for (const char* experiment : {"000-width=3", "001-width=4"}) {
    EXPECT_TRUE(SameFiles(Trials(absl::StrCat("moved/out/experiments/", experiment)),
                          Trials(absl::StrCat("moved/whole/experiments/", experiment))));
  }
  EXPECT_EQ(Provenance("moved/out")["notes"],
            json({absl::StrCat("base.train_data.inputs: ", PathOf("study/data.npz:x"), " -> ",
                               PathOf("moved/data.npz:x"))}));
  EXPECT_EQ(Run({"sweep", "moved/out/sweep.textproto", "--out=again"}).exit_code, 0);
  EXPECT_EQ(Read("again/sweep.textproto"), Read("moved/out/sweep.textproto"));
  EXPECT_TRUE(SameFiles(Results("again/experiments/001-width=4"),
                        Results("moved/out/experiments/001-width=4")));
  ExpectRefusal({"resume", "moved/out", "--set=train_data.inputs=study/data.npz:x"},
                HasSubstr(Missing("study/data.npz") + HowToSay("moved/out", "train_data.inputs")));
}

TEST_F(MovedFilesTest, ASweepGoesOnWithTheFolderOfRelativeNamesOnItsAxes) {
  WriteInputs("study/second.npz", 1);
  Write("study/s.textproto",
        "name: 'two' base_path: 'e.textproto' axis { field: 'train_data.inputs' value: "
        "['data.npz:x', 'second.npz:x'] label: ['first', 'second'] }");
  ASSERT_EQ(Run({"sweep", "study/s.textproto", "--out=study/out"}).exit_code, 0);
  ASSERT_EQ(Run({"sweep", "study/s.textproto", "--out=study/whole"}).exit_code, 0);
  Forget("study/out", "001-second", 2);
  Move();
  ExpectRefusal(
      {"resume", "moved/out"},
      testing::AllOf(HasSubstr("axis[0].value[1]: train_data.inputs: " +
                               Missing("study/second.npz") + HowToSay("moved/out", "folder")),
                     testing::Not(HasSubstr("data.npz:"))));
  ExpectRefusal({"sweep", "moved/s.textproto", "--out=moved/out"},
                testing::AllOf(HasSubstr(absl::StrCat("folder was ", PathOf("study"), " and is ",
                                                      PathOf("moved"), "; ")),
                               HasSubstr(absl::StrCat(" --set=folder=", PathOf("moved"), "'"))));
  const ToolResult result = Run({"resume", "moved/out", "--set=folder=moved"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_TRUE(SameFiles(Trials("moved/out/experiments/001-second"),
                        Trials("moved/whole/experiments/001-second")));
  EXPECT_THAT(Read("moved/out/sweep.textproto"), HasSubstr("folder: \"" + PathOf("moved") + "\""));
}

TEST_F(MovedFilesTest, ASweepKeepsAbsoluteNamesOnItsAxes) {
  Write("study/s.textproto",
        absl::StrCat("name: 'one' base_path: 'e.textproto' axis { field: 'train_data.inputs' "
                     "value: '",
                     PathOf("study/data.npz:x"), "' label: 'first' }"));
  ASSERT_EQ(Run({"sweep", "study/s.textproto", "--out=study/out"}).exit_code, 0);
  Forget("study/out", "000-first", 2);
  Move();
  ExpectRefusal({"resume", "moved/out"},
                HasSubstr(Missing("study/data.npz") +
                          "an axis or a point gives this name, which cannot change: put the file "
                          "back, or a link to it"));
  ExpectRefused({"resume", "moved/out", "--set=folder=moved"},
                {"--set: folder: has no effect: no axis and no point names a file relative to it"});
  fs::create_directories(PathOf("study"));
  fs::create_symlink(PathOf("moved/data.npz"), PathOf("study/data.npz"));
  EXPECT_EQ(Run({"resume", "moved/out"}).exit_code, 0);
}

// Files that only finished experiments read are not needed.
TEST_F(MovedFilesTest, ASweepNeedsTheFilesOfWhatIsLeftToDo) {
  WriteInputs("study/second.npz", 1);
  Write("study/s.textproto",
        "name: 'two' base_path: 'e.textproto' axis { field: 'train_data.inputs' value: "
        "['data.npz:x', 'second.npz:x'] label: ['first', 'second'] }");
  ASSERT_EQ(Run({"sweep", "study/s.textproto", "--out=study/out"}).exit_code, 0);
  Forget("study/out", "001-second", 1);
  fs::remove(PathOf("study/data.npz"));
  EXPECT_EQ(Run({"resume", "study/out"}).exit_code, 0);
}

// The folder of a sweep is irrelevant if no file is named relative to it.
TEST_F(MovedFilesTest, ASweepWithoutFilesMayMove) {
  Write("study/e.textproto", SmallExperiment());
  Write("study/s.textproto",
        "name: 'two' base_path: 'e.textproto' axis { field: 'teacher.hidden[0].width' value: ['3', "
        "'4'] }");
  ASSERT_EQ(Run({"sweep", "study/s.textproto", "--out=study/out"}).exit_code, 0);
  Forget("study/out", "001-width=4", 1);
  Move();
  EXPECT_EQ(Run({"sweep", "moved/s.textproto", "--out=moved/out"}).exit_code, 0);
  Forget("moved/out", "001-width=4", 1);
  EXPECT_EQ(Run({"resume", "moved/out"}).exit_code, 0);
}

}  // namespace
}  // namespace didact
