// Tests `mpirun didact sweep`: several processes share the trials of a sweep.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/cli/mpirun.h"
#include "tests/cli/taught_experiment.h"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr absl::string_view kSweep = R"(name: "small_sweep"
base_path: "e.textproto"
axis { field: "student.width_multiplier" value: ["1", "2"] }
axis { field: "teacher.hidden[0].width" value: ["3", "4"] }
)";

class MpiTest : public ToolTest {
 protected:
  MpiTest() {
    WriteConfig();
    Write("s.textproto", kSweep);
  }

  ToolResult RunRanks(int ranks, const std::vector<std::string>& arguments) const {
    return RunTool(arguments, folder(), MpirunEnvironment(), Mpirun(ranks));
  }

  static std::vector<std::string> Sweep(const std::string& out,
                                        std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"sweep", "s.textproto", "--out=" + out});
    return flags;
  }

  // Runs two sweeps one after the other in each of two ranks.
  ToolResult RunTwoSweeps(const std::string& first, const std::string& second) const {
    std::vector<std::string> launcher = Mpirun(2);
    launcher.insert(
        launcher.end(),
        {"/bin/sh", "-c", "\"$0\" sweep \"$@\" " + first + "; \"$0\" sweep \"$@\" " + second});
    return RunTool({"s.textproto"}, folder(), MpirunEnvironment(), launcher);
  }

  // Returns all files of all experiments except those that contain times.
  std::map<std::string, std::string> Experiments(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out + "/experiments");
    std::erase_if(files,
                  [](const auto& file) { return absl::EndsWith(file.first, "provenance.json"); });
    return files;
  }

  // Returns all files of the trainings of teachers except those that contain times.
  std::map<std::string, std::string> Teachers(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out + "/teachers");
    std::erase_if(files,
                  [](const auto& file) { return absl::EndsWith(file.first, "provenance.json"); });
    return files;
  }

  // Returns the provenance of each training of a teacher.
  std::vector<json> Trainings(const std::string& out) const {
    std::vector<json> trainings;
    for (const auto& [name, bytes] : Contents(out + "/teachers")) {
      if (absl::EndsWith(name, "provenance.json")) trainings.push_back(json::parse(bytes));
    }
    return trainings;
  }

  // Returns the names of a folder's entries.
  std::set<std::string> Names(const std::string& name) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(PathOf(name))) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  // Returns the statuses of each trial in the index, in order.
  std::map<std::string, std::vector<std::string>> Statuses(const std::string& index) const {
    std::map<std::string, std::vector<std::string>> statuses;
    std::istringstream lines(Read(index));
    for (std::string line; std::getline(lines, line);) {
      const json entry = json::parse(line, nullptr, /*allow_exceptions=*/false);
      EXPECT_TRUE(entry.is_object()) << line;
      if (entry.is_object()) statuses[entry["folder"]].push_back(entry["status"]);
    }
    return statuses;
  }

  // Returns the lines of the tool, without mpirun's own messages on exit codes.
  static std::vector<std::string> Complaints(const ToolResult& result) {
    std::vector<std::string> complaints;
    for (const absl::string_view line : absl::StrSplit(result.standard_error, '\n')) {
      if (absl::StartsWith(line, "didact: ")) complaints.emplace_back(line);
    }
    return complaints;
  }
};

TEST_F(MpiTest, ASecondSweepOfOneLaunchIsRefusedInOneSentence) {
  const ToolResult result = RunTwoSweeps("--out=first", "--out=second");
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.standard_error,
              HasSubstr("didact: MPI: an earlier command in this place of the launcher has used "
                        "MPI, which one launch allows once; start each command by an mpirun of "
                        "its own: "));
  EXPECT_THAT(result.standard_error, testing::Not(HasSubstr("MPI_Init")));
  EXPECT_TRUE(std::filesystem::exists(PathOf("first/index.jsonl")));
  EXPECT_FALSE(std::filesystem::exists(PathOf("second")));
  // A command that needs no MPI may come first.
  EXPECT_EQ(RunTwoSweeps("--dry-run", "--out=third").exit_code, 0);
}

TEST_F(MpiTest, RanksThreadsAndShardsChangeNoByte) {
  EXPECT_EQ(Run(Sweep("one", {"--threads=1", "--quiet"})).exit_code, 0);
  const auto files = Experiments("one");
  EXPECT_GT(files.size(), 8 * 5);

  EXPECT_EQ(RunRanks(3, Sweep("ranks")).exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("ranks"), files));
  EXPECT_EQ(RunRanks(2, Sweep("threads", {"--threads=2"})).exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("threads"), files));
  EXPECT_EQ(RunRanks(2, Sweep("shards", {"--shard=1/2", "--threads=2"})).exit_code, 0);
  EXPECT_EQ(Run(Sweep("shards", {"--shard=2/2", "--quiet"})).exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("shards"), files));
  for (const char* out : {"ranks", "threads", "shards"}) {
    EXPECT_EQ(Read(absl::StrCat(out, "/sweep.textproto")), Read("one/sweep.textproto"));
    for (const std::string& experiment : Names("one/experiments")) {
      const std::string path = absl::StrCat(out, "/experiments/", experiment, "/provenance.json");
      EXPECT_EQ(json::parse(Read(path))["outcome"], "finished") << path;
    }
  }
}

TEST_F(MpiTest, RanksAndShardsShareATeacherThatOneOfThemTrains) {
  for (const auto& [name, bytes] : TaughtData()) Write(name, bytes);
  Write("e.textproto", TaughtExperiment());
  Write("s.textproto", R"(name: "taught" base_path: "e.textproto"
    axis { field: "student.width_multiplier" value: ["1", "2", "3"] })");
  EXPECT_EQ(Run(Sweep("one", {"--threads=1", "--quiet"})).exit_code, 0);
  const auto teachers = Teachers("one");
  EXPECT_EQ(Trainings("one").size(), 2);
  const auto files = Experiments("one");

  EXPECT_EQ(RunRanks(3, Sweep("ranks", {"--threads=2"})).exit_code, 0);
  EXPECT_EQ(Run(Sweep("shards", {"--shard=1/2", "--quiet"})).exit_code, 0);
  EXPECT_EQ(RunRanks(2, Sweep("shards", {"--shard=2/2"})).exit_code, 0);
  for (const char* out : {"ranks", "shards"}) {
    EXPECT_TRUE(SameFiles(Teachers(out), teachers));
    EXPECT_TRUE(SameFiles(Experiments(out), files));
    for (const json& training : Trainings(out)) {
      EXPECT_EQ(training["outcome"], "finished");
      EXPECT_FALSE(training.contains("earlier")) << "another process had trained it before";
    }
  }
}

TEST_F(MpiTest, LeavesWhatOneProcessLeaves) {
  EXPECT_EQ(Run(Sweep("one", {"--quiet"})).exit_code, 0);
  const ToolResult result = RunRanks(3, Sweep("out"));
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_THAT(result.standard_output, StartsWith("8 trials: 8 finished\n\n"));
  EXPECT_THAT(result.standard_output, testing::EndsWith("\nfiles in out\n"));
  EXPECT_THAT(Complaints(result), IsEmpty());
  EXPECT_EQ(Names("out"), Names("one"));
  const auto statuses = Statuses("out/index.jsonl");
  EXPECT_EQ(statuses.size(), 8);
  for (const auto& [folder, of_trial] : statuses) {
    EXPECT_THAT(of_trial, ElementsAre("running", "finished")) << folder;
  }
  const json provenance = json::parse(Read("out/provenance.json"));
  EXPECT_EQ(provenance["processes"], 3);
  EXPECT_EQ(provenance["outcome"], "finished");
  for (const std::string& experiment : Names("out/experiments")) {
    const json of_experiment =
        json::parse(Read(absl::StrCat("out/experiments/", experiment, "/provenance.json")));
    EXPECT_EQ(of_experiment["outcome"], "finished");
    EXPECT_EQ(of_experiment["trials"].size(), 2);
  }
}

TEST_F(MpiTest, SomeRanksMayHaveNothingToDo) {
  const ToolResult result = RunRanks(6, Sweep("out", {"--shard=0/4"}));
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_THAT(result.standard_output, StartsWith("2 trials: 2 finished\n"));
}

TEST_F(MpiTest, TellsOnceWhatIsWrong) {
  ToolResult result = RunRanks(3, Sweep("out", {"--set=training.epochs=-1"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(Complaints(result), ElementsAre(HasSubstr("epochs")));
  result = RunRanks(3, Sweep("out", {"--no-such-flag"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(Complaints(result), ElementsAre(HasSubstr("--no-such-flag")));
  result = RunRanks(3, {"resume", "out"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(Complaints(result), ElementsAre("didact: out: does not exist"));
  EXPECT_EQ(access(PathOf("out").c_str(), F_OK), -1);
}

TEST_F(MpiTest, AnErrorOfOneRankEndsAll) {
  // Rank 1 looks for the sweep in another folder.
  std::vector<std::string> launcher = Mpirun(3);
  for (const char* word :
       {"/bin/sh", "-c", "if [ $OMPI_COMM_WORLD_RANK = 1 ]; then cd /; fi; exec \"$0\" \"$@\""}) {
    launcher.emplace_back(word);
  }
  const ToolResult result = RunTool(Sweep("out"), folder(), MpirunEnvironment(), launcher);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(Complaints(result),
              ElementsAre("didact: s.textproto: cannot be opened: No such file or directory"));
  EXPECT_EQ(access(PathOf("out").c_str(), F_OK), -1);
}

TEST_F(MpiTest, KeepsWhatIsThereUnlessForced) {
  EXPECT_EQ(RunRanks(2, Sweep("out", {"--quiet"})).exit_code, 0);
  const auto before = Contents("out");
  const ToolResult result = RunRanks(2, Sweep("out"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(Complaints(result),
              ElementsAre(StartsWith("didact: out: holds a finished sweep; choose another ")));
  EXPECT_TRUE(SameFiles(Contents("out"), before));
  EXPECT_EQ(RunRanks(3, Sweep("out", {"--quiet", "--force", "--set=training.epochs=1"})).exit_code,
            0);
  EXPECT_EQ(Run(Sweep("one", {"--quiet", "--set=training.epochs=1"})).exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("out"), Experiments("one")));
}

TEST_F(MpiTest, ATrialThatDivergesIsToldByTheExitCode) {
  const ToolResult result = RunRanks(2, Sweep("out", {"--set=optimizer.learning_rate.value=1e30"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.standard_output, HasSubstr("\n8 trials: 8 diverged\n"));
}

TEST_F(MpiTest, OtherCommandsAreDoneOnceOrRefused) {
  const ToolResult validated = RunRanks(3, {"validate", "s.textproto"});
  EXPECT_EQ(validated.exit_code, 0);
  EXPECT_EQ(validated.standard_output, Run({"validate", "s.textproto"}).standard_output);
  const ToolResult planned = RunRanks(3, {"sweep", "s.textproto", "--dry-run", "--threads=2"});
  EXPECT_EQ(planned.exit_code, 0);
  EXPECT_EQ(planned.standard_output,
            Run({"sweep", "s.textproto", "--dry-run", "--threads=2"}).standard_output);
  const ToolResult run = RunRanks(3, {"run", "e.textproto", "--out=run"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(Complaints(run), ElementsAre(StartsWith("didact: 'didact run' is done by one ")));
  EXPECT_EQ(access(PathOf("run").c_str(), F_OK), -1);
}

// Interrupts a sweep that takes days, by SIGUSR1 to mpirun or by SIGTERM to one of the ranks.
class MpiInterruptTest : public MpiTest, public testing::WithParamInterface<int> {
 protected:
  static std::vector<std::string> Long(const std::string& out) {
    // Long epochs, so that metrics.jsonl stays short while a rank waits for a core.
    return Sweep(out,
                 {"--set=train_data.size=100000", "--set=training.epochs=10000000", "--threads=1"});
  }

  // Returns the process of a rank, a child of mpirun.
  static int ProcessOf(int rank, int mpirun) {
    const std::string wanted = absl::StrCat("OMPI_COMM_WORLD_RANK=", rank);
    const std::string parent = absl::StrCat("\nPPid:\t", mpirun, "\n");
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const auto read = [&](const char* name) {
        std::ifstream file(entry.path() / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
      };
      if (!absl::StrContains(read("status"), parent)) continue;
      for (const absl::string_view variable : absl::StrSplit(read("environ"), '\0')) {
        if (variable == wanted) return std::stoi(entry.path().filename().string());
      }
    }
    return 0;
  }

  // Returns the number of trials that have trained an epoch.
  int Running(const std::string& out) const {
    int running = 0;
    if (access(PathOf(out + "/experiments").c_str(), F_OK) != 0) return 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(PathOf(out + "/experiments"))) {
      if (entry.path().filename() != "metrics.jsonl") continue;
      const std::string text = Read(std::filesystem::relative(entry.path(), folder()).string());
      if (std::count(text.begin(), text.end(), '\n') >= 2) ++running;
    }
    return running;
  }
};

// The parameter is a rank, or -1 for mpirun.
INSTANTIATE_TEST_SUITE_P(Whom, MpiInterruptTest, testing::Values(-1, 0, 2));

TEST_P(MpiInterruptTest, AllRanksLeaveCheckpoints) {
  RunningTool tool(Long("out"), folder(), MpirunEnvironment(), Mpirun(3));
  ASSERT_TRUE(WaitUntil([this] { return Running("out") == 3; })) << tool.ErrorSoFar();
  if (GetParam() < 0) {
    tool.Signal(SIGUSR1);
  } else {
    const int process = ProcessOf(GetParam(), tool.process());
    ASSERT_GT(process, 0);
    kill(process, SIGTERM);
  }
  const ToolResult result = tool.Wait();
  EXPECT_EQ(result.exit_code, 3) << result.standard_error;
  EXPECT_THAT(result.standard_output, StartsWith("8 trials: 5 pending, 3 interrupted\n"))
      << result.standard_error;
  EXPECT_EQ(json::parse(Read("out/provenance.json"))["outcome"], "interrupted");
  EXPECT_EQ(Names("out"), (std::set<std::string>{"experiments", "index.jsonl", "provenance.json",
                                                 "sweep.textproto"}));
  int checkpoints = 0;
  for (const auto& [name, bytes] : Contents("out")) {
    if (absl::EndsWith(name, "/checkpoint.pb")) ++checkpoints;
  }
  EXPECT_EQ(checkpoints, 3);
}

}  // namespace
}  // namespace didact
