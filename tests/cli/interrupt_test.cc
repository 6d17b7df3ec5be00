// Tests interruption by Ctrl-C, and by the signal that a batch system sends at the time limit.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

using nlohmann::json;

class InterruptTest : public ToolTest, public testing::WithParamInterface<int> {
 protected:
  // Returns the command for three trials that take days, or almost no time.
  static std::vector<std::string> Command(const std::string& out, bool long_run) {
    return {"run",
            "e.textproto",
            "--out=" + out,
            "--threads=2",
            "--quiet",
            "--set=training.epochs=" + std::string(long_run ? "10000000" : "2"),
            "--set=training.with_replacement.steps_per_epoch=2000",
            "--set=seed.last=3"};
  }

  // Interrupts a long run once both of its threads train.
  ToolResult Interrupt(const std::string& out, int signal) const {
    RunningTool tool(Command(out, true), folder());
    const auto lines = [&](const std::string& seed) {
      const std::string name = out + "/trials/" + seed + "/metrics.jsonl";
      if (access(PathOf(name).c_str(), R_OK) != 0) return std::ptrdiff_t{0};
      const std::string text = Read(name);
      return std::count(text.begin(), text.end(), '\n');
    };
    EXPECT_TRUE(WaitUntil([&] { return lines("1") >= 2 && lines("2") >= 2; }));
    const auto start = std::chrono::steady_clock::now();
    tool.Signal(signal);
    ToolResult result = tool.Wait();
    // This takes a second on an idle machine.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
    return result;
  }
};

TEST_P(InterruptTest, EndsTheRunSoonWithExitCode3) {
  WriteConfig();
  const ToolResult result = Interrupt("out", GetParam());
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.standard_output, "");
  EXPECT_EQ(result.standard_error, "");
}

TEST_P(InterruptTest, LeavesWholeLinesAndSaysSoInProvenance) {
  WriteConfig();
  Interrupt("out", GetParam());
  for (const char* seed : {"1", "2"}) {
    const std::string text = Read("out/trials/" + std::string(seed) + "/metrics.jsonl");
    EXPECT_EQ(text.back(), '\n');
    std::istringstream lines(text);
    int64_t epoch = -1;
    for (std::string line; std::getline(lines, line); ++epoch) {
      const json evaluation = json::parse(line, nullptr, /*allow_exceptions=*/false);
      ASSERT_TRUE(evaluation.is_object()) << line;
      EXPECT_EQ(evaluation["epoch"], epoch);
    }
  }
  const json provenance = json::parse(Read("out/provenance.json"), nullptr, false);
  EXPECT_EQ(provenance["outcome"], "interrupted");
  EXPECT_TRUE(provenance["end"].is_string());
  ASSERT_EQ(provenance["trials"].size(), 3);
  for (const json& trial : provenance["trials"]) EXPECT_EQ(trial["status"], "interrupted");
  EXPECT_GE(provenance["trials"][0]["steps"], 2000);
  // The third trial had not begun.
  EXPECT_EQ(provenance["trials"][2]["steps"], 0);
  EXPECT_EQ(Contents("out").count("trials/3/"), 0);
}

TEST_P(InterruptTest, LeavesACheckpointOfEachTrialThatHadBegun) {
  WriteConfig();
  Interrupt("out", GetParam());
  const auto contents = Contents("out");
  EXPECT_EQ(contents.count("trials/1/checkpoint.pb"), 1);
  EXPECT_EQ(contents.count("trials/2/checkpoint.pb"), 1);
  EXPECT_EQ(contents.count("lock"), 0);
}

TEST_P(InterruptTest, TheRunIsKeptUnlessForced) {
  WriteConfig();
  Interrupt("out", GetParam());
  ExpectRefused(Command("out", false),
                {"out: holds an unfinished run; go on with it by 'didact resume out', choose "
                 "another folder with --out=DIR, or replace it with --force"});
  std::vector<std::string> forced = Command("out", false);
  forced.push_back("--force");
  EXPECT_EQ(Run(forced).exit_code, 0);
  EXPECT_EQ(Run(Command("fresh", false)).exit_code, 0);
  EXPECT_TRUE(Results("out") == Results("fresh"));
  EXPECT_EQ(json::parse(Read("out/provenance.json"), nullptr, false)["outcome"], "finished");
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptTest, testing::Values(SIGINT, SIGTERM),
                         [](const auto& info) { return info.param == SIGINT ? "Int" : "Term"; });

}  // namespace
}  // namespace didact
