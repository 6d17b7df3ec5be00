// Tests a full disk, which a limit on the size of files simulates.

#include <sys/resource.h>

#include <string>

#include "nlohmann/json.hpp"
#include "tests/faults/fault_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class FileLimitTest : public FaultTest {
 protected:
  FileLimitTest() : FaultTest("0", "40") {}

  // Runs the tool so that no file grows beyond `bytes`.
  ToolResult RunLimited(const std::vector<std::string>& arguments, rlim_t bytes) const {
    rlimit limit;
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlimit lower = limit;
    lower.rlim_cur = bytes;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &lower), 0);
    RunningTool tool(arguments, folder());
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return tool.Wait();
  }
};

TEST_F(FileLimitTest, EndsTheTrialsWithAnErrorAndResumeFinishesThem) {
  const auto undisturbed = Undisturbed();
  const ToolResult result = RunLimited({"run", "e.textproto", "--out=out", "--threads=2"}, 12000);
  EXPECT_EQ(result.exit_code, 1) << result.standard_error;
  EXPECT_THAT(result.standard_output,
              HasSubstr("seed 1 failed: out/trials/1/metrics.jsonl: cannot be written: "
                        "File too large"));
  const json provenance = json::parse(Read("out/provenance.json"), nullptr, false);
  EXPECT_EQ(provenance["outcome"], "failed");
  for (const char* seed : {"1", "2"}) {
    const std::string trial = "out/trials/" + std::string(seed);
    EXPECT_EQ(Read(trial + "/metrics.jsonl").back(), '\n') << "a line is torn";
    EXPECT_FALSE(Exists(trial + "/outcome.json"));
  }
  EXPECT_EQ(Run(ResumeCommand("out")).exit_code, 0);
  ExpectSame(Results("out"), undisturbed);
}

TEST_F(FileLimitTest, WhereNothingFitsTheRequestIsRefused) {
  const ToolResult result = RunLimited(RunCommand("out"), 100);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.standard_error,
              HasSubstr("out/experiment.textproto: cannot be written: File too large"));
  // Nothing is left that could be in the way of another run.
  EXPECT_TRUE(Contents("out").empty());
  EXPECT_EQ(Run(RunCommand("out")).exit_code, 0);
}

TEST_F(FileLimitTest, ACheckpointThatDoesNotFitLeavesNoHalfOfIt) {
  // The sizes of weights and checkpoints grow with the network, those of metrics do not.
  WriteConfig({{"width_multiplier: 2", "width_multiplier: 40"},
               {"epochs: 3", "epochs: 2"},
               {"steps_per_epoch: 10 ", "steps_per_epoch: 100 "},
               {"seed { first: 1 last: 2 }",
                "output { arrays: NONE weights: NONE checkpoint_every_epochs: 1 }"}});
  const auto undisturbed = Undisturbed();
  const ToolResult result = RunLimited({"run", "e.textproto", "--out=out"}, 8000);
  EXPECT_EQ(result.exit_code, 1) << result.standard_error;
  EXPECT_THAT(result.standard_output,
              HasSubstr("out/trials/1/checkpoint.pb: cannot be written: File too large"));
  EXPECT_EQ(Contents("out/trials/1").size(), 1);
  EXPECT_EQ(Run(ResumeCommand("out")).exit_code, 0);
  ExpectSame(Results("out"), undisturbed);
}

}  // namespace
}  // namespace didact
