// Two processes on one folder: the second is refused, by a lock that dies with its owner.

#include <signal.h>
#include <unistd.h>

#include <map>
#include <string>

#include "tests/faults/fault_test.h"

namespace didact {
namespace {

using testing::StartsWith;

class TwoProcessesTest : public FaultTest {
 protected:
  // Long enough to be there whatever the machine does.
  TwoProcessesTest() : FaultTest("0.1", "1000000") {}

  void WaitForLock() const {
    for (int i = 0; i < 30000 && !Exists("out/trials/2/metrics.jsonl"); ++i) usleep(1000);
    ASSERT_TRUE(Exists("out/lock"));
  }
};

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
  for (int i = 0; i < 30000 && Lines("out/trials/1/metrics.jsonl") <= before; ++i) usleep(1000);
  EXPECT_GT(Lines("out/trials/1/metrics.jsonl"), before);
  second.Signal(SIGTERM);
  EXPECT_EQ(second.Wait().exit_code, 3);
}

}  // namespace
}  // namespace didact
