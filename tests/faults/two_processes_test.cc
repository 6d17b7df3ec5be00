// Tests two processes on one folder: the second is refused, by a lock that is released when its
// owner dies.

#include <signal.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/faults/fault_test.h"

namespace didact {
namespace {

using testing::StartsWith;

class TwoProcessesTest : public FaultTest {
 protected:
  // The run is so long that it is still in progress on any machine.
  TwoProcessesTest() : FaultTest("0.1", "1000000") {}

  void WaitForLock() const {
    ASSERT_TRUE(WaitUntil([this] { return Exists("out/trials/2/metrics.jsonl"); }));
    ASSERT_TRUE(Exists("out/lock"));
  }
};

TEST_F(TwoProcessesTest, OfSrunWithoutMpiAreShownTheShards) {
  Write("s.textproto", "name: \"s\" base_path: \"e.textproto\" point {}");
  const std::vector<std::string> command = {"sweep", "s.textproto", "--out=out", "--threads=2"};
  RunningTool first(command, folder());
  ASSERT_TRUE(WaitUntil([this] { return Exists("out/lock"); }));
  const ToolResult second =
      RunTool(command, folder(), {"SLURM_STEP_NUM_TASKS=4", "SLURM_PROCID=1"});
  EXPECT_EQ(second.exit_code, 2);
  EXPECT_THAT(second.standard_error,
              testing::HasSubstr("srun -n 4 bash -c 'didact sweep s.textproto --out=out "
                                 "--shard=$SLURM_PROCID/4'"));
  EXPECT_THAT(Run(command).standard_error, testing::Not(testing::HasSubstr("srun")));
  first.Signal(SIGTERM);
  EXPECT_EQ(first.Wait().exit_code, 3);
}

TEST_F(TwoProcessesTest, TheSecondIsRefused) {
  RunningTool first(RunCommand("out"), folder());
  WaitForLock();
  for (const auto& command :
       {RunCommand("out"), ResumeCommand("out"), {"run", "e.textproto", "--out=out", "--force"}}) {
    const ToolResult second = Run(command);
    EXPECT_EQ(second.exit_code, 2);
    EXPECT_THAT(second.standard_error,
                testing::MatchesRegex("didact: out: another process is working on it: out/lock: "
                                      "is held by process [0-9]+ on [^\n]+\n"));
  }
  first.Signal(SIGTERM);
  const ToolResult result = first.Wait();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_FALSE(Exists("out/lock"));
}

// The processes are a whole sweep, a part of it, a part of another partition, and a run of one of
// its experiments.
TEST_F(TwoProcessesTest, NobodyTakesTrialsOfASweepFromAnother) {
  Write("s.textproto", R"(
    name: "sweep"
    base_path: "e.textproto"
    axis { field: "student.width_multiplier" value: "1" value: "2" })");
  const auto sweep = [](const std::string& flag) {
    std::vector<std::string> command = {"sweep", "s.textproto", "--out=out", "--threads=1",
                                        "--quiet"};
    if (!flag.empty()) command.push_back(flag);
    return command;
  };
  const std::string whole = "lock";
  const std::string part = "lock\\.shard-0-of-2";
  for (const auto& [flag, lock] : {std::pair("", whole), std::pair("--shard=0/2", part)}) {
    RunningTool first(sweep(flag), folder());
    const std::string experiment = "out/experiments/001-width_multiplier=2";
    const std::string held = flag[0] == '\0' ? "out/lock" : "out/lock.shard-0-of-2";
    // In the second iteration, the trial's files exist from the first.
    const auto begun = [&] {
      return Exists(held) && Exists(experiment + "/trials/1/metrics.jsonl");
    };
    ASSERT_TRUE(WaitUntil(begun));
    std::vector<std::vector<std::string>> refused = {sweep(""), sweep("--force"),
                                                     sweep("--shard=0/2"), sweep("--shard=1/3"),
                                                     ResumeCommand("out")};
    for (const std::vector<std::string>& command : refused) {
      const ToolResult second = Run(command);
      EXPECT_EQ(second.exit_code, 2);
      EXPECT_THAT(second.standard_error,
                  testing::MatchesRegex("didact: out: another process is working on it: out/" +
                                        lock + ": is held by process [0-9]+ on [^\n]+\n"));
    }
    const ToolResult inside = Run(ResumeCommand(experiment));
    EXPECT_EQ(inside.exit_code, 2);
    EXPECT_THAT(inside.standard_error, testing::HasSubstr(": another process is working on it: "));
    first.Signal(SIGTERM);
    EXPECT_EQ(first.Wait().exit_code, 3);
  }
}

TEST_F(TwoProcessesTest, ASweepLeavesAnExperimentAloneThatIsResumedAsARun) {
  Write("s.textproto", R"(
    name: "sweep"
    base_path: "e.textproto"
    axis { field: "training.epochs" value: "1" value: "1000000" })");
  const std::string experiment = "out/experiments/001-epochs=1000000";
  const std::vector<std::string> command = {"sweep", "s.textproto", "--out=out", "--threads=2"};
  {
    RunningTool first(command, folder());
    ASSERT_TRUE(WaitUntil([&] { return Exists(experiment + "/trials/2/checkpoint.pb"); }));
    first.Signal(SIGTERM);
    EXPECT_EQ(first.Wait().exit_code, 3);
  }
  RunningTool run(ResumeCommand(experiment), folder());
  ASSERT_TRUE(WaitUntil([&] { return Exists(experiment + "/lock"); }));
  const ToolResult result = Run(command);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.standard_output,
              testing::HasSubstr("001-epochs=1000000: seed 1 failed: out/experiments/"
                                 "001-epochs=1000000: another process is working on it: "));
  EXPECT_THAT(result.standard_output, testing::HasSubstr("4 trials: 2 failed, 2 finished"));
  run.Signal(SIGTERM);
  EXPECT_EQ(run.Wait().exit_code, 3);
}

TEST_F(TwoProcessesTest, AKilledOwnerLocksNobodyOut) {
  {
    RunningTool first(RunCommand("out"), folder());
    WaitForLock();
    first.Signal(SIGKILL);
    EXPECT_EQ(first.Wait().exit_code, 128 + SIGKILL);
  }
  EXPECT_TRUE(Exists("out/lock"));
  RunningTool second(ResumeCommand("out"), folder());
  const auto before = Lines("out/trials/1/metrics.jsonl");
  EXPECT_TRUE(WaitUntil([&] { return Lines("out/trials/1/metrics.jsonl") > before; }));
  second.Signal(SIGTERM);
  EXPECT_EQ(second.Wait().exit_code, 3);
}

}  // namespace
}  // namespace didact
