// Tests the flags of `didact run`, and its output on each stream.

#include <signal.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::Not;

class RunFlagsTest : public ToolTest {
 protected:
  RunFlagsTest() { WriteConfig(); }

  // Runs the tool. Expects success and no output except the summary.
  void RunWell(const std::vector<std::string>& arguments) const {
    const ToolResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  }
};

TEST_F(RunFlagsTest, SummaryGoesToStandardOutput) {
  const ToolResult result = Run({"run", "e.textproto", "--out=out"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  EXPECT_THAT(result.standard_output, testing::StartsWith("2 trials: 2 finished\n"));
  EXPECT_THAT(result.standard_output, HasSubstr("\neval.loss "));
  EXPECT_THAT(result.standard_output, HasSubstr("\neval.specialization.layer0.found_0.95 "));
  EXPECT_THAT(result.standard_output, testing::EndsWith("\nfiles in out\n"));
}

TEST_F(RunFlagsTest, QuietPrintsNothing) {
  const ToolResult result = Run({"run", "e.textproto", "--out=out", "--quiet"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  EXPECT_EQ(result.standard_output, "");
  EXPECT_EQ(Contents("out").count("trials/2/metrics.jsonl"), 1);
}

TEST_F(RunFlagsTest, QuietStillSaysWhatIsWrong) {
  Write("bad.textproto", "name: 5");
  ExpectRefused({"run", "bad.textproto", "--quiet"},
                {"bad.textproto:1:7: name: Expected string, got: 5; write it in quotes: \"5\""});
}

TEST_F(RunFlagsTest, ResultsGoToRunsAndTheNameUnlessTold) {
  RunWell({"run", "e.textproto"});
  EXPECT_EQ(Contents().count("runs/small/trials/1/metrics.jsonl"), 1);
  RunWell({"run", "e.textproto", "--set=name=other"});
  EXPECT_EQ(Contents().count("runs/other/trials/1/metrics.jsonl"), 1);
  RunWell({"run", "e.textproto", "--out=a/b/c"});
  EXPECT_EQ(Contents().count("a/b/c/trials/1/metrics.jsonl"), 1);
}

TEST_F(RunFlagsTest, ResultsMayGoToAnEmptyFolder) {
  Write("out/file", "");
  ASSERT_EQ(std::remove(PathOf("out/file").c_str()), 0);
  RunWell({"run", "e.textproto", "--out=out"});
}

TEST_F(RunFlagsTest, FlagsMayStandBeforeAndBehindTheConfig) {
  RunWell({"run", "e.textproto", "--out=a", "--set=training.epochs=1", "--threads=1"});
  RunWell({"run", "--threads=1", "--set=training.epochs=1", "--out=b", "e.textproto"});
  RunWell({"run", "--set", "training.epochs=1", "e.textproto", "--out", "c", "--threads", "1"});
  EXPECT_EQ(Contents("a").count("trials/1/weights/epoch_0000.npz"), 1);
  EXPECT_TRUE(SameFiles(Results("a"), Results("b")));
  EXPECT_TRUE(SameFiles(Results("a"), Results("c")));
}

TEST_F(RunFlagsTest, SetChangesWhatTheConfigSays) {
  RunWell({"run", "e.textproto", "--out=out", "--set=student.width_multiplier=3",
           "--set=optimizer.learning_rate.value=0.25", "--set=metric[1].threshold=[0.5]",
           "--set=seed.last=1", "--set=teacher.hidden[0].activation=[didact/Tanh] {}",
           "--set=seed.last=3"});
  const std::string text = Read("out/experiment.textproto");
  EXPECT_THAT(text, HasSubstr("  width_multiplier: 3\n"));
  EXPECT_THAT(text, HasSubstr("value: 0.25\n"));
  EXPECT_THAT(text, HasSubstr("threshold: [0.5]\n"));
  EXPECT_THAT(text, HasSubstr("[type.googleapis.com/didact.Tanh]"));
  EXPECT_THAT(text, Not(HasSubstr("didact.Relu")));
  // If a flag is repeated, the last value counts.
  EXPECT_EQ(Contents("out").count("trials/3/"), 1);
}

TEST_F(RunFlagsTest, SetGivesTheBytesOfAConfigThatSaysTheSame) {
  Write("f.textproto",
        SmallExperiment({{"value: 0.05", "value: 0.01"}, {"epochs: 3", "epochs: 2"}}));
  RunWell({"run", "f.textproto", "--out=written"});
  RunWell({"run", "e.textproto", "--out=set", "--set=training.epochs=2",
           "--set=optimizer.learning_rate.value=0.01"});
  EXPECT_TRUE(SameFiles(Results("written"), Results("set")));
}

TEST_F(RunFlagsTest, EveryInstructionSetOfTheProcessorRunsAndIsRecorded) {
  for (const auto& [level, supported] :
       {std::pair("sse4.2", bool(__builtin_cpu_supports("sse4.2"))),
        std::pair("avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")),
        std::pair("avx512",
                  __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))}) {
    const std::string flag = std::string("--simd=") + level;
    const std::string out = std::string("--out=") + level;
    if (!supported) {
      ExpectRefusal(
          {"run", "e.textproto", out, flag},
          HasSubstr(std::string("simd: this processor does not support '") + level + "'"));
      continue;
    }
    RunWell({"run", "e.textproto", out, flag, "--set=output.keep_final_checkpoint=true"});
    EXPECT_THAT(Read(std::string(level) + "/provenance.json"),
                HasSubstr(std::string("\"simd\": \"") + level + "\""));
  }
  // Instruction sets with fused multiply-adds give the same bytes.
  if (Contents("avx512").count("experiment.textproto") != 0) {
    EXPECT_TRUE(SameFiles(Results("avx2"), Results("avx512")));
  }
  ExpectRefusal({"run", "e.textproto", "--simd=neon"},
                HasSubstr("simd: must be one of auto, avx512, avx2, sse4.2, got 'neon'\n"));
}

TEST_F(RunFlagsTest, AFinishedRunIsKept) {
  RunWell({"run", "e.textproto", "--out=out"});
  ExpectRefused(
      {"run", "e.textproto", "--out=out"},
      {"out: holds a finished run; extend it with 'didact extend out', choose another folder "
       "with --out=DIR, or replace it with --force"});
}

TEST_F(RunFlagsTest, ForceReplacesAFinishedRun) {
  RunWell({"run", "e.textproto", "--out=out"});
  RunWell({"run", "e.textproto", "--out=out", "--force", "--set=seed.first=2",
           "--set=output.arrays=NONE"});
  RunWell({"run", "e.textproto", "--out=fresh", "--set=seed.first=2", "--set=output.arrays=NONE"});
  EXPECT_EQ(Contents("out").count("trials/1/"), 0);
  EXPECT_TRUE(SameFiles(Results("out"), Results("fresh")));
}

TEST_F(RunFlagsTest, ForceDoesNotReplaceOtherThings) {
  Write("out/thesis.tex", "years of work");
  ExpectRefused({"run", "e.textproto", "--out=out", "--force"},
                {"out: is not empty and not a run directory; choose another with --out=DIR"});
}

TEST_F(RunFlagsTest, PlainProgressGoesToStandardError) {
  RunningTool tool({"run", "e.textproto", "--out=out", "--set=training.epochs=10000000",
                    "--set=training.with_replacement.steps_per_epoch=1000"},
                   folder());
  // A line with a rate is printed after two or three seconds.
  EXPECT_TRUE(WaitUntil([&] { return tool.ErrorSoFar().find(" left\n") != std::string::npos; }));
  tool.Signal(SIGTERM);
  const ToolResult result = tool.Wait();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.standard_error, HasSubstr(" left\n"));
  EXPECT_THAT(result.standard_error,
              testing::MatchesRegex(
                  "(0%  trials 0/2(  seed [12] epoch [0-9]+/10000000( loss [0-9.e+-]+)?)?"
                  "(  [0-9,]+ steps/s)?  [0-9]+ threads?  [0-9ms]+(, [0-9dhms]+ left)?\n)+"));
  EXPECT_THAT(result.standard_output,
              testing::MatchesRegex("2 trials: 2 interrupted\n"
                                    "\n"
                                    "took [0-9ms]+ on [0-9]+ threads?\n"
                                    "files in out\n"
                                    "'didact resume out' goes on with the run\n"));
}

}  // namespace
}  // namespace didact
