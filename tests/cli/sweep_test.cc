// Tests `didact sweep`: many experiments from one file.

#include <signal.h>
#include <unistd.h>

#include <cstddef>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr absl::string_view kSweep = R"(name: "small_sweep"
base_path: "e.textproto"
axis { field: "student.width_multiplier" value: ["1", "2"] label: ["x1", "x2"] name: "multiplier" }
axis { field: "teacher.hidden[0].width" value: ["3", "4"] }
)";

class SweepTest : public ToolTest {
 protected:
  SweepTest() { WriteConfig(); }

  void WriteSweep(absl::string_view more = "") const {
    Write("s.textproto", absl::StrCat(kSweep, more));
  }

  ToolResult Sweep(const std::string& out, std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"sweep", "s.textproto", "--out=" + out});
    ToolResult result = Run(flags);
    EXPECT_THAT(result.standard_error, HoldsNoComplaint());
    return result;
  }

  // Returns all files of all experiments except those that contain times.
  std::map<std::string, std::string> Experiments(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out + "/experiments");
    for (auto file = files.begin(); file != files.end();) {
      file = absl::EndsWith(file->first, "provenance.json") ? files.erase(file) : std::next(file);
    }
    return files;
  }

  // Returns the names of a folder's entries.
  std::set<std::string> Names(const std::string& name) const {
    std::set<std::string> names;
    for (const auto& [path, bytes] : Contents(name)) names.insert(path.substr(0, path.find('/')));
    return names;
  }

  std::vector<json> Index(const std::string& name) const {
    std::vector<json> entries;
    std::istringstream lines(Read(name));
    for (std::string line; std::getline(lines, line);) {
      entries.push_back(json::parse(line, nullptr, /*allow_exceptions=*/false));
      EXPECT_TRUE(entries.back().is_object()) << line;
    }
    return entries;
  }
};

TEST_F(SweepTest, LeavesARunDirectoryPerExperimentAndAnIndex) {
  WriteSweep();
  EXPECT_EQ(Sweep("out").exit_code, 0);
  EXPECT_THAT(Names("out"),
              ElementsAre("experiments", "index.jsonl", "provenance.json", "sweep.textproto"));
  EXPECT_THAT(Names("out/experiments"),
              ElementsAre("000-x1_width=3", "001-x1_width=4", "002-x2_width=3", "003-x2_width=4"));
  // Each of eight trials has a line for its beginning and one for its end.
  std::map<std::string, std::vector<std::string>> statuses;
  for (const json& entry : Index("out/index.jsonl")) {
    statuses[entry["folder"]].push_back(entry["status"]);
  }
  EXPECT_EQ(statuses.size(), 8);
  for (const auto& [folder, of_trial] : statuses) {
    EXPECT_THAT(of_trial, ElementsAre("running", "finished"));
    EXPECT_FALSE(Read("out/" + folder + "/metrics.jsonl").empty());
  }
}

TEST_F(SweepTest, AnExperimentIsWhatRunWouldLeave) {
  WriteSweep();
  EXPECT_EQ(Sweep("out").exit_code, 0);
  EXPECT_EQ(Run({"run", "e.textproto", "--out=alone", "--set=student.width_multiplier=2",
                 "--set=teacher.hidden[0].width=3"})
                .exit_code,
            0);
  EXPECT_TRUE(SameFiles(Results("out/experiments/002-x2_width=3"), Results("alone")));
  const json of_sweep = json::parse(Read("out/experiments/002-x2_width=3/provenance.json"));
  const json of_run = json::parse(Read("alone/provenance.json"));
  EXPECT_EQ(of_sweep["outcome"], "finished");
  EXPECT_EQ(of_sweep["trials"].size(), of_run["trials"].size());
  for (const auto& [key, value] : of_run.items()) EXPECT_TRUE(of_sweep.contains(key)) << key;
}

TEST_F(SweepTest, ThreadsAndShardsChangeNoByte) {
  WriteSweep();
  EXPECT_EQ(Sweep("one", {"--threads=1"}).exit_code, 0);
  EXPECT_EQ(Sweep("three", {"--threads=3"}).exit_code, 0);
  EXPECT_EQ(Sweep("shards", {"--shard=1/2"}).exit_code, 0);
  EXPECT_EQ(Sweep("shards", {"--shard=2/2"}).exit_code, 0);
  const auto files = Experiments("one");
  EXPECT_GT(files.size(), 8 * 5);
  EXPECT_TRUE(SameFiles(Experiments("three"), files));
  EXPECT_TRUE(SameFiles(Experiments("shards"), files));
  EXPECT_EQ(Read("shards/sweep.textproto"), Read("one/sweep.textproto"));
}

TEST_F(SweepTest, ShardsAtTheSameTimeShareTheWork) {
  WriteSweep();
  const auto command = [](int shard) {
    return std::vector<std::string>{"sweep", "s.textproto", "--out=out",
                                    absl::StrCat("--shard=", shard, "/3"), "--quiet"};
  };
  RunningTool first(command(0), folder());
  RunningTool second(command(1), folder());
  RunningTool third(command(2), folder());
  for (RunningTool* shard : {&first, &second, &third}) {
    const ToolResult result = shard->Wait();
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  }
  std::map<std::string, int> ends;
  // The process that ended last has gathered the lines of all.
  for (const json& entry : Index("out/index.jsonl")) {
    if (entry["status"] == "finished") ++ends[entry["folder"]];
  }
  EXPECT_THAT(Names("out"),
              ElementsAre("experiments", "index.jsonl", "provenance.shard-0-of-3.json",
                          "provenance.shard-1-of-3.json", "provenance.shard-2-of-3.json",
                          "sweep.textproto"));
  EXPECT_EQ(ends.size(), 8);
  for (const auto& [folder, count] : ends) EXPECT_EQ(count, 1) << folder;
  // It has also found that all experiments are complete.
  for (const char* experiment : {"000-x1_width=3", "003-x2_width=4"}) {
    const json provenance =
        json::parse(Read(absl::StrCat("out/experiments/", experiment, "/provenance.json")));
    EXPECT_EQ(provenance["outcome"], "finished");
    EXPECT_EQ(provenance["trials"].size(), 2);
  }
  EXPECT_EQ(Sweep("alone").exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("out"), Experiments("alone")));
}

TEST_F(SweepTest, AShardThatIsDoneHasNothingLeftToDo) {
  WriteSweep();
  EXPECT_EQ(Sweep("out", {"--shard=0/2"}).exit_code, 0);
  const auto before = Contents("out");
  EXPECT_EQ(Sweep("out", {"--shard=0/2"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Contents("out"), before));
  // Without --shard, the same command does the rest.
  EXPECT_EQ(Sweep("out").exit_code, 0);
  EXPECT_EQ(Sweep("whole").exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("out"), Experiments("whole")));
}

TEST_F(SweepTest, ADivergedTrialEndsNoOther) {
  WriteSweep("point { label: \"hot\" set: \"optimizer.learning_rate.value=1e30\" }\n");
  const ToolResult result = Sweep("out", {"--threads=2"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.standard_output,
              StartsWith("004-hot: seed 1 diverged: the loss was not finite at step "));
  EXPECT_THAT(result.standard_output, HasSubstr("\n10 trials: 2 diverged, 8 finished\n"));
  const json provenance = json::parse(Read("out/experiments/004-hot/provenance.json"));
  EXPECT_EQ(provenance["outcome"], "failed");
  EXPECT_EQ(provenance["trials"][1]["status"], "diverged");
  EXPECT_EQ(json::parse(Read("out/provenance.json"))["outcome"], "failed");
}

TEST_F(SweepTest, ATrialThatFailsIsRunAgainByTheSameCommand) {
  WriteSweep();
  // A file is in the place of a trial's folder.
  EXPECT_EQ(Sweep("whole").exit_code, 0);
  Write("out/sweep.textproto", Read("whole/sweep.textproto"));
  Write("out/experiments/001-x1_width=4/trials/2", "in the way");
  const ToolResult result = Sweep("out");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.standard_output,
              StartsWith("001-x1_width=4: seed 2 failed: out/experiments/"));
  EXPECT_THAT(result.standard_output, HasSubstr("\n8 trials: 1 failed, 7 finished\n"));
  EXPECT_EQ(Sweep("out").exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("out"), Experiments("whole")));
}

TEST_F(SweepTest, EndsWithATableByAxis) {
  WriteSweep("point { label: \"more\" set: \"training.epochs=4\" set: \"seed.last=3\" }\n");
  const ToolResult result = Sweep("out");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.standard_output, StartsWith("11 trials: 11 finished\n\n"));
  std::istringstream lines(result.standard_output.substr(result.standard_output.find("\n\n") + 2));
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    std::istringstream words(line);
    rows.emplace_back();
    for (std::string word; words >> word;) rows.back().push_back(word);
  }
  ASSERT_EQ(rows.size(), 6);
  EXPECT_THAT(rows[0], ElementsAre("experiment", "multiplier", "width", "epochs", "last",
                                   "finished", "eval.loss", "found_0.95"));
  EXPECT_THAT(rows[2], ElementsAre("001", "x1", "4", "2", testing::_, testing::_));
  EXPECT_THAT(rows[5], ElementsAre("004-more", "4", "3", "3", testing::_, testing::_));
  // The table shows the mean of the trials over seeds.
  double sum = 0;
  for (const char* seed : {"1", "2"}) {
    const std::string text =
        Read(absl::StrCat("out/experiments/001-x1_width=4/trials/", seed, "/metrics.jsonl"));
    const size_t last = text.rfind('\n', text.size() - 2) + 1;
    sum += json::parse(text.substr(last))["eval.loss"].get<double>();
  }
  EXPECT_NEAR(std::stod(rows[2][4]), sum / 2, 1e-3 * sum);
}

TEST_F(SweepTest, DryRunPrintsTheExperimentsAndWritesNothing) {
  WriteSweep();
  const auto before = Contents();
  const ToolResult result =
      Run({"sweep", "s.textproto", "--dry-run", "--set=seed.last=5", "--threads=2"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  EXPECT_EQ(result.standard_output,
            "experiment      multiplier  width  trials  time\n"
            "000-x1_width=3          x1      3       5    1s\n"
            "001-x1_width=4          x1      4       5    1s\n"
            "002-x2_width=3          x2      3       5    1s\n"
            "003-x2_width=4          x2      4       5    1s\n"
            "\n4 experiments, 20 trials\nabout 1s on one core, 1s on 2 threads\n");
  EXPECT_THAT(Run({"sweep", "s.textproto", "--dry-run", "--shard=0/2"}).standard_output,
              HasSubstr("\n4 experiments, 8 trials; shard 0/2 has 4 trials\nabout 1s on one core"));
  EXPECT_TRUE(SameFiles(Contents(), before));
}

TEST_F(SweepTest, ThePaperHas72SettingsAnd2304Trials) {
  const ToolResult result =
      Run({"sweep", "--dry-run", DataPath("tools/configs/paper/two_layer_sweep.textproto")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.standard_output, HasSubstr("\n72 experiments, 2304 trials\nabout "));
  EXPECT_THAT(result.standard_output, HasSubstr("\n000-multiplier=1_width=5_exponent=0 "));
  EXPECT_THAT(result.standard_output, HasSubstr("\n071-multiplier=10_width=20_exponent=2.5 "));
}

TEST_F(SweepTest, SaysAllThatIsWrongAndWritesNothing) {
  Write("s.textproto", R"(name: "small_sweep"
base_path: "e.textproto"
axis { field: "student.width_multiplier" value: ["1", "0"] }
axis { field: "teacher.hiden[0].width" value: ["3", "4"] }
)");
  ExpectRefusal({"sweep", "s.textproto"},
                StartsWith("didact: s.textproto:4:15: axis[1].field: teacher: Message type "));
  Write("s.textproto", R"(name: "small_sweep"
base_path: "e.textproto"
axis { field: "student.width_multiplier" value: ["1", "0"] }
axis { field: "teacher.hidden[0].width" value: ["3", "many"] }
)");
  ExpectRefused(
      {"sweep", "s.textproto"},
      {"s.textproto:4:54: axis[1].value[1]: teacher.hidden[0].width: must be a value of "
       "type int32, got many",
       "s.textproto:3:55: axis[0].value[1]: student.width_multiplier: must be > 0, got 0"});
}

TEST_F(SweepTest, FindsDataThatDoNotFitBeforeItBegins) {
  WriteSweep(
      "axis { field: \"eval_data\" value: \"[didact/GaussianInputs] { dimension: 6 size: 50 }\"\n"
      "       value: \"[didact/GaussianInputs] { dimension: 7 size: 50 }\" }\n");
  ExpectRefused({"sweep", "s.textproto"},
                {"s.textproto:6:15: axis[2].value[1]: eval_data: must have as many features as "
                 "train_data; this has 7, and train_data has 6; change one of them"});
}

TEST_F(SweepTest, KeepsWhatIsThere) {
  WriteSweep();
  EXPECT_EQ(Sweep("out").exit_code, 0);
  ExpectRefused({"sweep", "s.textproto", "--out=out"},
                {"out: holds a finished sweep; choose another folder with --out=DIR, or replace it "
                 "with --force"});
  ExpectRefused(
      {"sweep", "s.textproto", "--out=out", "--set=training.epochs=1"},
      {"out: holds another sweep; extend it with 'didact extend out', choose another folder "
       "with --out=DIR, or replace it with --force"});
  EXPECT_EQ(Sweep("out", {"--set=training.epochs=1", "--force"}).exit_code, 0);
  EXPECT_EQ(Contents("out").count("experiments/000-x1_width=3/trials/1/weights/epoch_0002.npz"), 0);
  Write("mine/thesis.tex", "years of work");
  ExpectRefused({"sweep", "s.textproto", "--out=mine", "--force"},
                {"mine: is not empty and not a sweep directory; choose another with --out=DIR"});
}

TEST_F(SweepTest, RefusesFlagsThatDoNotGoTogether) {
  WriteSweep();
  ExpectRefused({"sweep", "s.textproto", "--shard=0/2", "--force"},
                {"--force: must not be given with --shard: one shard would remove what another has "
                 "done; remove the folder instead"});
  ExpectRefusal({"sweep", "s.textproto", "--shard=3/2"}, HasSubstr("--shard: must be I/N, "));
}

TEST_F(SweepTest, ExperimentsAndSweepsAreTold) {
  WriteSweep();
  ExpectRefused({"sweep", "e.textproto"},
                {"e.textproto: must be a didact.Sweep, got a didact.Experiment, which 'didact run' "
                 "runs"});
  ExpectRefused({"run", "s.textproto"},
                {"s.textproto: must be a didact.Experiment, got a didact.Sweep, which 'didact "
                 "sweep' runs"});
  const ToolResult result = Run({"validate", "s.textproto"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_output,
            "s.textproto: valid\n"
            "  experiments  4\n"
            "  trials       8\n");
}

TEST_F(SweepTest, TheResolvedSweepGivesTheSameBytes) {
  WriteSweep();
  EXPECT_EQ(Sweep("out").exit_code, 0);
  EXPECT_EQ(Run({"sweep", "out/sweep.textproto", "--out=again"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("again"), Experiments("out")));
  EXPECT_EQ(Read("again/sweep.textproto"), Read("out/sweep.textproto"));
}

TEST_F(SweepTest, GoesOnWhereItWasInterrupted) {
  WriteSweep();
  Write("long.textproto", absl::StrCat(kSweep, "point { set: \"training.epochs=10000000\" }"));
  // The point's trials are the longest and come first, so one more thread trains the others.
  RunningTool tool({"sweep", "long.textproto", "--out=out", "--threads=3"}, folder());
  const auto finished = [&] {
    if (access(PathOf("out/index.jsonl").c_str(), R_OK) != 0) return std::ptrdiff_t{0};
    const std::string text = Read("out/index.jsonl");
    std::ptrdiff_t count = 0;
    for (size_t at = 0; (at = text.find("\"finished\"", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  ASSERT_TRUE(WaitUntil([&] { return finished() == 8; }));
  tool.Signal(SIGINT);
  const ToolResult result = tool.Wait();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.standard_output,
              testing::EndsWith("\nfiles in out\nthe same command goes on with the sweep\n"));
  EXPECT_THAT(result.standard_output, StartsWith("10 trials: 2 interrupted, 8 finished\n"));
  EXPECT_EQ(json::parse(Read("out/provenance.json"))["outcome"], "interrupted");

  // Only unfinished trials begin again.
  const size_t lines = Index("out/index.jsonl").size();
  RunningTool again({"sweep", "long.textproto", "--out=out", "--threads=3", "--quiet"}, folder());
  ASSERT_TRUE(WaitUntil([&] { return Index("out/index.jsonl").size() >= lines + 2; }));
  again.Signal(SIGTERM);
  EXPECT_EQ(again.Wait().exit_code, 3);
  const std::vector<json> index = Index("out/index.jsonl");
  for (size_t i = lines; i < index.size(); ++i) EXPECT_EQ(index[i]["experiment"], 4);
}

TEST_F(SweepTest, QuietPrintsNothing) {
  WriteSweep();
  const ToolResult result = Sweep("out", {"--quiet"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_output, "");
  EXPECT_EQ(result.standard_error, "");
}

TEST_F(SweepTest, TheManualExplainsSweeps) {
  const ToolResult result = Run({"plugins", "Sweep"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.standard_output, HasSubstr("base_path"));
  EXPECT_THAT(result.standard_output, HasSubstr("the first axis changing slowest"));
}

}  // namespace
}  // namespace didact
