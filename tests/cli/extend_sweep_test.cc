// Tests `didact extend` for sweeps: more values of axes, more points, seeds and epochs. The bytes
// must be those of a larger sweep that was run at once.

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/cli/mpirun.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kWidths[] = "axis { field: \"teacher.hidden[0].width\" value: [\"3\", \"5\"] }\n";
constexpr char kMoreWidths[] =
    "axis { field: \"teacher.hidden[0].width\" value: [\"3\", \"4\", \"5\", \"6\"] }\n";
constexpr char kMultipliers[] =
    "axis { field: \"student.width_multiplier\" value: [\"1\", \"2\"] name: \"multiplier\" }\n";
constexpr char kPoint[] = "point { label: \"hot\" set: \"optimizer.learning_rate.value=0.03\" }\n";

class ExtendSweepTest : public ToolTest {
 protected:
  ExtendSweepTest() {
    WriteConfig({{"metric { [didact/Loss] {} }",
                  "metric { [didact/Loss] {} } output { keep_final_checkpoint: true }"},
                 {"learning_rate {", "momentum: 0.5 learning_rate {"},
                 {"value: 0.05", "value: 0.01"}});
  }

  void WriteSweep(const std::vector<std::string>& parts) const {
    std::string text = "name: \"small_sweep\"\nbase_path: \"e.textproto\"\n";
    for (const std::string& part : parts) text += part;
    Write("s.textproto", text);
  }

  ToolResult Sweep(const std::string& out, std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"sweep", "s.textproto", "--out=" + out, "--threads=2", "--quiet"});
    ToolResult result = Run(flags);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    return result;
  }

  ToolResult Extend(std::vector<std::string> flags = {"s.textproto"}, int exit_code = 0) const {
    flags.insert(flags.begin(), {"extend", "out", "--threads=2"});
    ToolResult result = Run(flags);
    EXPECT_EQ(result.exit_code, exit_code) << result.standard_error;
    return result;
  }

  // Returns all files except those that contain times.
  std::map<std::string, std::string> Timeless(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out);
    std::erase_if(files, [](const auto& file) {
      const std::string name = fs::path(file.first).filename().string();
      return absl::StartsWith(name, "provenance.") || absl::StartsWith(file.first, "index.");
    });
    return files;
  }

  // Returns the final line of the index for each trial, without times.
  std::map<std::string, json> Ends(const std::string& out) const {
    std::map<std::string, json> ends;
    std::istringstream lines(Read(out + "/index.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      json entry = json::parse(line, nullptr, /*allow_exceptions=*/false);
      EXPECT_TRUE(entry.is_object()) << line;
      entry.erase("seconds");
      entry.erase("resumed_at");
      ends[entry["folder"]] = entry;
    }
    return ends;
  }

  // Expects `out` to have the same files as the sweep with these flags that is run at once.
  void ExpectAsAtOnce(const std::vector<std::string>& flags = {}) const {
    fs::remove_all(PathOf("at_once"));
    Sweep("at_once", flags);
    EXPECT_TRUE(SameFiles(Timeless("out"), Timeless("at_once")));
    EXPECT_EQ(Ends("out"), Ends("at_once"));
    // All commands that read results see no difference.
    EXPECT_EQ(Run({"export", "out"}).standard_output, Run({"export", "at_once"}).standard_output);
    for (const auto& entry : fs::directory_iterator(PathOf("out/experiments"))) {
      const std::string name = "/experiments/" + entry.path().filename().string();
      const json of_found = json::parse(Read("out" + name + "/provenance.json"));
      const json of_expected = json::parse(Read("at_once" + name + "/provenance.json"));
      EXPECT_EQ(of_found["outcome"], of_expected["outcome"]) << name;
      EXPECT_EQ(of_found["trials"].size(), of_expected["trials"].size()) << name;
    }
  }

  // Identifies a file: a file that replaces it has another identity even if its bytes are the same.
  std::pair<uint64_t, int64_t> FileAt(const std::string& name) const {
    struct stat properties = {};
    EXPECT_EQ(stat(PathOf(name).c_str(), &properties), 0) << name;
    return {properties.st_ino,
            properties.st_mtim.tv_sec * int64_t{1000000000} + properties.st_mtim.tv_nsec};
  }
};

TEST_F(ExtendSweepTest, AValueIsAddedAtTheEndOfAnAxis) {
  WriteSweep({kMultipliers, kWidths});
  Sweep("out");
  const auto before = FileAt("out/experiments/003-multiplier=2_width=5/trials/1/metrics.jsonl");
  WriteSweep(
      {"axis { field: \"student.width_multiplier\" value: [\"1\", \"2\", \"3\"] name: "
       "\"multiplier\" }\n",
       kWidths});
  const ToolResult result = Extend();
  EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  EXPECT_THAT(result.standard_output, StartsWith("12 trials: 12 finished\n"));
  EXPECT_EQ(FileAt("out/experiments/003-multiplier=2_width=5/trials/1/metrics.jsonl"), before);
  ExpectAsAtOnce();
}

TEST_F(ExtendSweepTest, ValuesAreAddedInTheMiddleAndFoldersAreRenamed) {
  WriteSweep({kMultipliers, kWidths});
  Sweep("out");
  const auto before = FileAt("out/experiments/001-multiplier=1_width=5/trials/2/metrics.jsonl");
  WriteSweep({kMultipliers, kMoreWidths});
  Extend();
  EXPECT_EQ(FileAt("out/experiments/002-multiplier=1_width=5/trials/2/metrics.jsonl"), before);
  ExpectAsAtOnce();
}

TEST_F(ExtendSweepTest, APointIsAdded) {
  WriteSweep({kWidths});
  Sweep("out");
  WriteSweep({kWidths, kPoint});
  Extend();
  ExpectAsAtOnce();
}

TEST_F(ExtendSweepTest, AnAxisIsAddedThatHasTheValueOfTheBase) {
  WriteSweep({kWidths});
  Sweep("out");
  const auto before = FileAt("out/experiments/001-width=5/trials/2/metrics.jsonl");
  WriteSweep({kMultipliers, kWidths});
  Extend();
  EXPECT_EQ(FileAt("out/experiments/003-multiplier=2_width=5/trials/2/metrics.jsonl"), before);
  ExpectAsAtOnce();
}

TEST_F(ExtendSweepTest, SeedsAndEpochsAreAddedToAllExperiments) {
  WriteSweep({kWidths, kPoint});
  Sweep("out");
  EXPECT_THAT(Extend({"--set=seed.last=3", "--set=training.epochs=5"}).standard_error,
              HoldsNoComplaint());
  ExpectAsAtOnce({"--set=seed.last=3", "--set=training.epochs=5"});
  const json provenance = json::parse(Read("out/experiments/001-width=5/provenance.json"));
  EXPECT_EQ(provenance["trials"][0]["resumed_at"], 30);
  EXPECT_FALSE(provenance["trials"][2].contains("resumed_at"));
}

TEST_F(ExtendSweepTest, AllOfItAtOnceAndAgain) {
  WriteSweep({kMultipliers, kWidths});
  Sweep("out");
  WriteSweep({kMultipliers, kMoreWidths, kPoint});
  const std::vector<std::string> flags = {"--set=seed.last=3", "--set=training.epochs=4"};
  Extend({"s.textproto", flags[0], flags[1]});
  ExpectAsAtOnce(flags);
  const auto before = Contents("out");
  Extend({"s.textproto", flags[0], flags[1]});
  EXPECT_TRUE(SameFiles(Contents("out"), before));
  Extend({"--set=training.epochs=6"});
  ExpectAsAtOnce({flags[0], "--set=training.epochs=6"});
}

TEST_F(ExtendSweepTest, WithoutFinalCheckpointsTrialsAreTrainedAgain) {
  WriteConfig();
  WriteSweep({kWidths});
  Sweep("out");
  const ToolResult result = Extend({"--set=training.epochs=4"});
  EXPECT_THAT(result.standard_error,
              StartsWith("didact: note: 4 trials that have finished are trained again from the "
                         "beginning: its final checkpoint was not kept "
                         "(output.keep_final_checkpoint)\n"));
  ExpectAsAtOnce({"--set=training.epochs=4"});
}

TEST_F(ExtendSweepTest, AnAxisOverEpochsKeepsItsExperiments) {
  WriteSweep({"axis { field: \"training.epochs\" value: [\"2\", \"4\"] }\n"});
  Sweep("out");
  const auto before = FileAt("out/experiments/001-epochs=4/trials/1/metrics.jsonl");
  WriteSweep({"axis { field: \"training.epochs\" value: [\"2\", \"3\", \"4\", \"6\"] }\n"});
  Extend();
  EXPECT_EQ(FileAt("out/experiments/002-epochs=4/trials/1/metrics.jsonl"), before);
  ExpectAsAtOnce();
}

TEST_F(ExtendSweepTest, LabelsMayChangePlaces) {
  WriteSweep({"point { label: \"a\" set: \"student.width_multiplier=1\" }\n",
              "point { label: \"b\" set: \"student.width_multiplier=3\" }\n"});
  Sweep("out");
  WriteSweep({"point { label: \"a\" set: \"student.width_multiplier=3\" }\n",
              "point { label: \"b\" set: \"student.width_multiplier=1\" }\n"});
  const auto before = FileAt("out/experiments/000-a/trials/1/metrics.jsonl");
  Extend();
  EXPECT_EQ(FileAt("out/experiments/001-b/trials/1/metrics.jsonl"), before);
  ExpectAsAtOnce();
}

TEST_F(ExtendSweepTest, ASweepOfSeveralPartsIsExtendedByAnyOther) {
  WriteSweep({kMultipliers, kWidths});
  Sweep("out", {"--shard=0/2"});
  Sweep("out", {"--shard=1/2"});
  WriteSweep({kMultipliers, kMoreWidths});
  const ToolResult result = Extend({"s.textproto", "--prepare", "--set=seed.last=3"});
  EXPECT_EQ(result.standard_output, "'didact resume out' trains what is left\n");
  EXPECT_FALSE(fs::exists(PathOf("out/experiments/001-multiplier=1_width=4")));
  Sweep("out", {"--set=seed.last=3", "--shard=1/3"});
  Sweep("out", {"--set=seed.last=3", "--shard=2/3"});
  Sweep("out", {"--set=seed.last=3", "--shard=3/3"});
  ExpectAsAtOnce({"--set=seed.last=3"});
}

TEST_F(ExtendSweepTest, ProcessesShareTheRest) {
  WriteSweep({kMultipliers, kWidths});
  Sweep("out");
  WriteSweep({kMultipliers, kMoreWidths});
  const ToolResult result =
      RunTool({"extend", "out", "s.textproto", "--set=training.epochs=4", "--threads=1"}, folder(),
              MpirunEnvironment(), Mpirun(2));
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_THAT(result.standard_output, HasSubstr("16 trials: 16 finished\n"));
  ExpectAsAtOnce({"--set=training.epochs=4"});
}

TEST_F(ExtendSweepTest, RefusesToLoseExperiments) {
  WriteSweep({kMultipliers, kWidths});
  Sweep("out");
  WriteSweep({kMultipliers, "axis { field: \"teacher.hidden[0].width\" value: [\"3\", \"4\"] }\n"});
  ExpectRefused({"extend", "out", "s.textproto"},
                {"s.textproto: lacks the experiment 001-multiplier=1_width=5 (and 1 more) of out; "
                 "an extension keeps all experiments and adds others"});
  WriteSweep({kMultipliers});
  ExpectRefusal({"extend", "out", "s.textproto"},
                HasSubstr("lacks the experiment 000-multiplier=1_width=3 (and 3 more) of out"));
}

TEST_F(ExtendSweepTest, RefusesOtherChangesNamingTheField) {
  WriteSweep({kMultipliers, kWidths});
  Sweep("out");
  ExpectRefused({"extend", "out", "--set=optimizer.learning_rate.value=0.1"},
                {"out/sweep.textproto: experiment 000-multiplier=1_width=3: "
                 "optimizer.learning_rate.value: must be 0.01 as in "
                 "out/experiments/000-multiplier=1_width=3, got 0.1; an extension adds seeds and "
                 "epochs alone"});
  ExpectRefused(
      {"extend", "out", "--set=seed.first=2"},
      {"out/sweep.textproto: experiment 000-multiplier=1_width=3: seed: must include 1 to "
       "2, which are in out/experiments/000-multiplier=1_width=3, got 2 to 2"});
  ExpectRefused({"extend", "out", "e.textproto"},
                {"e.textproto: must be a didact.Sweep, got a didact.Experiment, which 'didact run' "
                 "runs"});
  ExpectRefused({"extend", "out/experiments/000-multiplier=1_width=3", "--set=seed.last=3"},
                {"out/experiments/000-multiplier=1_width=3: is an experiment of a sweep; extend "
                 "that: 'didact extend out'"});
  const ToolResult result = Extend({"--dry-run", "--set=seed.last=3"});
  EXPECT_THAT(result.standard_output,
              StartsWith("12 trials\n  8 have ended and stay as they are\n"));
}

TEST_F(ExtendSweepTest, RefusesMoreEpochsWhereTheirTotalNumberMatters) {
  WriteConfig({{"[didact/Constant] { value: 0.05 }",
                "[didact/didact.annealing.Annealing] { value: 0.05 }"}});
  WriteSweep({kWidths});
  Sweep("out", {"--plugin=" + DataPath("tests/cli/libannealing.so")});
  ExpectRefused({"extend", "out", "--set=training.epochs=5"},
                {"out/sweep.textproto: experiment 000-width=3: optimizer: depends on the total "
                 "number of epochs, so that 5 epochs do not begin with the 3 that are there; run "
                 "them into another folder"});
}

TEST_F(ExtendSweepTest, TheCommandsOfTheReadmeWork) {
  // The commands extend these smaller versions of the runs.
  ASSERT_EQ(Run({"run", "e.textproto", "--out=runs/x2", "--quiet"}).exit_code, 0);
  WriteSweep({kWidths});
  Sweep("runs/paper");
  WriteSweep({kMoreWidths});
  fs::rename(PathOf("s.textproto"), PathOf("larger_sweep.textproto"));
  std::ifstream readme(DataPath("README.md"));
  std::string line;
  while (std::getline(readme, line) && line != "## Extend a run or a sweep") {
  }
  int commands = 0;
  while (std::getline(readme, line) && !absl::StartsWith(line, "## ")) {
    constexpr absl::string_view kTool = "bazel-bin/tools/didact ";
    if (!absl::StartsWith(line, kTool)) continue;
    const std::string arguments = line.substr(kTool.size());
    const ToolResult result = Run(absl::StrSplit(arguments, ' '));
    EXPECT_EQ(result.exit_code, 0) << line << "\n" << result.standard_error;
    ++commands;
  }
  EXPECT_EQ(commands, 4);
  EXPECT_TRUE(fs::exists(PathOf("runs/x2/trials/64/weights/epoch_0199.npz")));
  EXPECT_TRUE(fs::exists(PathOf("runs/paper/experiments/003-width=6/trials/2/outcome.json")));
}

// Tests a directory whose process was killed immediately after it had decided to extend the sweep.
class HalfExtendedSweepTest : public ExtendSweepTest {
 protected:
  HalfExtendedSweepTest() {
    WriteSweep({kWidths});
    Sweep("out");
    smaller_ = Read("s.textproto");
    WriteSweep({kMoreWidths});
    Sweep("at_once");
    Write("out/extension.textproto", Read("at_once/sweep.textproto"));
  }

  std::string smaller_;
};

TEST_F(HalfExtendedSweepTest, OthersRefuseIt) {
  const std::string problem =
      "out: is being extended; if the process that did so was interrupted, 'didact resume out' "
      "finishes it";
  ExpectRefused({"export", "out"}, {problem});
  ExpectRefused({"sweep", "s.textproto", "--out=out"}, {problem});
  ExpectRefused({"extend", "out", "--dry-run"}, {problem});
  Write("s.textproto", smaller_);
  ExpectRefused({"sweep", "s.textproto", "--out=out"}, {problem});
}

TEST_F(HalfExtendedSweepTest, ResumeFinishesIt) {
  EXPECT_EQ(Run({"resume", "out", "--quiet"}).exit_code, 0);
  ExpectAsAtOnce();
}

TEST_F(HalfExtendedSweepTest, ProcessesThatResumeFinishIt) {
  const ToolResult result =
      RunTool({"resume", "out", "--quiet"}, folder(), MpirunEnvironment(), Mpirun(2));
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  ExpectAsAtOnce();
}

TEST_F(HalfExtendedSweepTest, ALargerExtensionFinishesItFirst) {
  WriteSweep({kMoreWidths, kPoint});
  Extend();
  ExpectAsAtOnce();
}

TEST_F(HalfExtendedSweepTest, ForceReplacesIt) {
  fs::create_directories(PathOf("out/extension/experiments/001-width=5"));
  Write("s.textproto", smaller_);
  Sweep("out", {"--force"});
  ExpectAsAtOnce();
}

}  // namespace
}  // namespace didact
