// Tests `didact resume`: the trials that it continues, those that it leaves unchanged, and its
// messages.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class ResumeTest : public ToolTest {
 protected:
  ResumeTest() { WriteConfig(); }

  json Provenance() const { return json::parse(Read("out/provenance.json"), nullptr, false); }

  // Returns the number of lines in the metrics.jsonl of the first trial.
  std::ptrdiff_t Evaluations() const {
    const std::string name = "out/trials/1/metrics.jsonl";
    if (access(PathOf(name).c_str(), R_OK) != 0) return 0;
    const std::string text = Read(name);
    return std::count(text.begin(), text.end(), '\n');
  }

  // Leaves a run in `out` whose first trial was interrupted in the first of several seconds, and
  // whose second trial has not begun.
  void MakeInterruptedRun() const {
    WriteConfig({{"epochs: 3", "epochs: 400"},
                 {"steps_per_epoch: 10 ", "steps_per_epoch: 2000 "},
                 {"metric { [didact/Specialization] {} }", ""}});
    RunningTool tool({"run", "e.textproto", "--out=out", "--threads=1", "--quiet"}, folder());
    ASSERT_TRUE(WaitUntil([this] { return Evaluations() > 3; }));
    tool.Signal(SIGTERM);
    ASSERT_EQ(tool.Wait().exit_code, 3);
  }
};

TEST_F(ResumeTest, FinishesAnInterruptedRunAsIfNothingHadHappened) {
  MakeInterruptedRun();
  const ToolResult result = Run({"resume", "out"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  EXPECT_THAT(result.standard_output, StartsWith("2 trials: 2 finished\n"));
  EXPECT_THAT(result.standard_output, testing::EndsWith("\nfiles in out\n"));
  ASSERT_EQ(Run({"run", "e.textproto", "--out=fresh"}).exit_code, 0);
  EXPECT_TRUE(Results("out") == Results("fresh"));
}

TEST_F(ResumeTest, TellsInProvenanceWhatHappened) {
  MakeInterruptedRun();
  ASSERT_EQ(Run({"resume", "out", "--threads=2", "--quiet"}).exit_code, 0);
  const json provenance = Provenance();
  EXPECT_EQ(provenance["outcome"], "finished");
  EXPECT_EQ(provenance["command"][1], "resume");
  ASSERT_EQ(provenance["earlier"].size(), 1);
  EXPECT_EQ(provenance["earlier"][0]["outcome"], "interrupted");
  EXPECT_EQ(provenance["earlier"][0]["command"][1], "run");
  EXPECT_GE(provenance["trials"][0]["resumed_at"], 2 * 2000);
  EXPECT_FALSE(provenance["trials"][1].contains("resumed_at"));
  for (const json& trial : provenance["trials"]) EXPECT_EQ(trial["steps"], 400 * 2000);
}

TEST_F(ResumeTest, MayBeInterruptedItself) {
  MakeInterruptedRun();
  const std::ptrdiff_t before = Evaluations();
  {
    RunningTool tool({"resume", "out", "--quiet"}, folder());
    ASSERT_TRUE(WaitUntil([&] { return Evaluations() > before; }));
    tool.Signal(SIGINT);
    ASSERT_EQ(tool.Wait().exit_code, 3);
  }
  EXPECT_EQ(Provenance()["outcome"], "interrupted");
  EXPECT_EQ(Provenance()["command"][1], "resume");
  EXPECT_EQ(Run({"resume", "out", "--quiet"}).exit_code, 0);
  ASSERT_EQ(Run({"run", "e.textproto", "--out=fresh"}).exit_code, 0);
  EXPECT_TRUE(Results("out") == Results("fresh"));
}

TEST_F(ResumeTest, LeavesAFinishedRunAlone) {
  ASSERT_EQ(Run({"run", "e.textproto", "--out=out"}).exit_code, 0);
  const auto before = Contents("out");
  for (int i = 0; i < 2; ++i) {
    const ToolResult result = Run({"resume", "out"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.standard_error, HoldsNoComplaint());
    EXPECT_THAT(result.standard_output, StartsWith("2 trials: 2 finished\n"));
    EXPECT_THAT(result.standard_output, HasSubstr("\neval.loss "));
    EXPECT_TRUE(Contents("out") == before);
  }
}

TEST_F(ResumeTest, ADivergedTrialHasEnded) {
  WriteConfig({{"value: 0.05", "value: 1e30"}});
  ASSERT_EQ(Run({"run", "e.textproto", "--out=out"}).exit_code, 1);
  const auto before = Contents("out");
  const ToolResult result = Run({"resume", "out"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.standard_output, StartsWith("seed 1 diverged: the loss was not finite at "));
  EXPECT_TRUE(Contents("out") == before);
}

TEST_F(ResumeTest, DoesAgainWhatIsMissing) {
  ASSERT_EQ(Run({"run", "e.textproto", "--out=out"}).exit_code, 0);
  const auto before = Results("out");
  std::filesystem::remove_all(PathOf("out/trials/2"));
  EXPECT_EQ(Run({"resume", "out"}).exit_code, 0);
  EXPECT_TRUE(Results("out") == before);
  std::filesystem::remove_all(PathOf("out/trials"));
  std::filesystem::remove(PathOf("out/provenance.json"));
  EXPECT_EQ(Run({"resume", "out"}).exit_code, 0);
  EXPECT_TRUE(Results("out") == before);
}

TEST_F(ResumeTest, TakesTheDirectoryAloneFromAnywhere) {
  ASSERT_EQ(Run({"run", "e.textproto", "--out=out"}).exit_code, 0);
  const auto before = Results("out");
  std::filesystem::remove_all(PathOf("out/trials/2"));
  std::filesystem::remove(PathOf("e.textproto"));
  std::filesystem::rename(PathOf("out"), PathOf("moved"));
  EXPECT_EQ(RunTool({"resume", PathOf("moved")}, "/").exit_code, 0);
  EXPECT_TRUE(Results("moved") == before);
}

TEST_F(ResumeTest, GoesOnWithTheInstructionSetOfTheRun) {
  ASSERT_EQ(Run({"run", "e.textproto", "--out=out", "--simd=sse4.2"}).exit_code, 0);
  const auto before = Results("out");
  std::filesystem::remove_all(PathOf("out/trials/2"));
  ASSERT_EQ(Run({"resume", "out"}).exit_code, 0);
  EXPECT_TRUE(Results("out") == before);
  EXPECT_EQ(Provenance()["simd"], "sse4.2");
}

TEST_F(ResumeTest, RefusesWhatIsNoRunDirectory) {
  ExpectRefused({"resume", "nowhere"}, {"nowhere: does not exist"});
  Write("notes/a.txt", "mine");
  ExpectRefused({"resume", "notes"},
                {"notes: is not a run directory: there is no experiment.textproto in it"});
  ExpectRefusal({"resume"}, StartsWith("didact: DIR is required\n"));
}

TEST_F(ResumeTest, RefusesAnExperimentThatCannotBeRead) {
  Write("out/experiment.textproto", "name: 5");
  ExpectRefused(
      {"resume", "out"},
      {"out/experiment.textproto:1:7: name: Expected string, got: 5; write it in quotes: \"5\""});
}

}  // namespace
}  // namespace didact
