// Tests the tool while the system clock is set back and forth.

#include <signal.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "nlohmann/json.hpp"
#include "tests/faults/fault_test.h"

namespace didact {
namespace {

using nlohmann::json;

class ClockTest : public FaultTest {
 protected:
  // Checkpoints are written every half second.
  ClockTest() : FaultTest("0.5", "2000") {}

  std::vector<std::string> Jumping() const {
    return {"LD_PRELOAD=" + DataPath("tests/faults/libjumping_clock.so")};
  }

  // Expects start, end and duration to be consistent, and the duration to be the real one.
  void ExpectPlausible(const std::string& provenance, double most_seconds) const {
    const json record = json::parse(Read(provenance), nullptr, false);
    EXPECT_GE(record["end"], record["start"]);
    EXPECT_GE(record["seconds"], 0);
    EXPECT_LE(record["seconds"], most_seconds);
    for (const json& trial : record["trials"]) {
      EXPECT_GE(trial["seconds"], 0);
      EXPECT_LE(trial["seconds"], most_seconds);
    }
  }

  static double SecondsSince(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
};

TEST_F(ClockTest, ProgressCheckpointsAndRecordsDoNotCare) {
  const auto start = std::chrono::steady_clock::now();
  RunningTool tool({"run", "e.textproto", "--out=out", "--threads=2"}, folder(), Jumping());
  // Checkpoints are due by time, long before half of the epochs.
  EXPECT_TRUE(WaitUntil([this] { return Exists("out/trials/1/checkpoint.previous.pb"); }));
  EXPECT_TRUE(WaitUntil([&] { return absl::StrContains(tool.ErrorSoFar(), " left\n"); }));
  tool.Signal(SIGTERM);
  const ToolResult result = tool.Wait();
  EXPECT_EQ(result.exit_code, 3);
  ExpectPlausible("out/provenance.json", SecondsSince(start));

  // Lines are printed, and the time left is that of a run of seconds to minutes; a jump of the
  // clock is hours.
  EXPECT_THAT(result.standard_error,
              testing::MatchesRegex("([0-9]+%  trials [^\n]* steps/s  [0-9]+ threads?  [0-9ms]+, "
                                    "([0-9]+m)?[0-9]+s left\n)+"));
}

TEST_F(ClockTest, ResultsAreThoseOfAGoodClock) {
  FaultTest::WriteConfig({{"metric { [didact/Specialization] {} }", ""}});
  Write("s.textproto", R"(
    name: "sweep"
    base_path: "e.textproto"
    axis { field: "student.width_multiplier" value: "1" value: "2" })");
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::string> command = {"sweep", "s.textproto", "--threads=2"};
  const auto into = [&command](const std::string& out) {
    std::vector<std::string> words = command;
    words.push_back("--out=" + out);
    return words;
  };
  const ToolResult result = RunTool(into("out"), folder(), Jumping());
  EXPECT_EQ(result.exit_code, 0);
  ExpectPlausible("out/provenance.json", SecondsSince(start));
  EXPECT_EQ(Run(into("undisturbed")).exit_code, 0);
  for (const char* label : {"000-width_multiplier=1", "001-width_multiplier=2"}) {
    const std::string experiment = std::string("experiments/") + label;
    ExpectPlausible("out/" + experiment + "/provenance.json", SecondsSince(start));
    ExpectSame(Results("out/" + experiment), Results("undisturbed/" + experiment));
  }
}

}  // namespace
}  // namespace didact
