// Tests signals during long operations: preparing data, computing a step, evaluating.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The time within which a process ends after a signal, even on a busy machine.
constexpr auto kSoon = std::chrono::seconds(5);

// Returns the value of a line of /proc/PROCESS/status.
std::string StatusOf(int process, const std::string& name) {
  std::ifstream file(absl::StrCat("/proc/", process, "/status"));
  std::string line;
  while (std::getline(file, line)) {
    if (absl::StartsWith(line, name + ":\t")) return line.substr(name.size() + 2);
  }
  return "";
}

// Returns true if a process that sleeps most of the time has handled all signals that were sent to
// it.
bool IsAsleepWithoutSignals(int process) {
  const std::string none(16, '0');
  return StatusOf(process, "ShdPnd") == none && StatusOf(process, "SigPnd") == none &&
         absl::StartsWith(StatusOf(process, "State"), "S");
}

class StopTest : public ToolTest, public testing::WithParamInterface<const char*> {
 protected:
  // Each data set has 50 evaluation batches of 32 samples, and is read in as many pieces.
  StopTest() {
    WriteConfig({
        {"train_data { [didact/GaussianInputs] { dimension: 6 size: 60 } }",
         "train_data { [didact/didact.slow.SlowInputs] { dimension: 2048 size: 1600 } }"},
        {"eval_data { [didact/GaussianInputs] { dimension: 6 size: 50 } }",
         "eval_data { [didact/didact.slow.SlowInputs] { dimension: 2048 size: 1600 } }"},
        {"[didact/HalfSquaredError]", "[didact/didact.slow.SlowLoss]"},
        {"epochs: 3 batch_size: 8 with_replacement { steps_per_epoch: 10 }",
         "epochs: 2 batch_size: 8 evaluation_batch_size: 32 "
         "with_replacement { steps_per_epoch: 3 }"},
        {"metric { [didact/Specialization] {} }", "metric { [didact/didact.slow.SlowMetric] {} }"},
        {"value: 0.05", "value: 0.0001"},
    });
    Write("s.textproto", R"(
      name: "sweep"
      base_path: "e.textproto"
      axis { field: "student.width_multiplier" value: "1" value: "2" })");
  }

  static bool IsSweep() { return GetParam() == std::string("sweep"); }
  static std::string FirstTrial() {
    return IsSweep() ? "out/experiments/001-width_multiplier=2/trials/1" : "out/trials/1";
  }

  static std::vector<std::string> Command(const std::string& out) {
    return {GetParam(),     IsSweep() ? "s.textproto" : "e.textproto",
            "--out=" + out, "--plugin=" + DataPath("tests/cli/libslow.so"),
            "--threads=1",  "--quiet"};
  }

  bool Exists(const std::string& name) const { return access(PathOf(name).c_str(), F_OK) == 0; }

  std::ptrdiff_t Lines(const std::string& name) const {
    const std::string text = Read(name);
    return std::count(text.begin(), text.end(), '\n');
  }

  std::vector<std::string> SlowEnvironment(const std::string& what, milliseconds time) const {
    return {"DIDACT_SLOW=" + what, absl::StrCat("DIDACT_SLOW_MILLISECONDS=", time.count()),
            "DIDACT_SLOW_MARK=" + PathOf("mark")};
  }

  // Waits until a slow call has begun.
  void WaitForMark() const {
    ASSERT_TRUE(WaitUntil([this] { return Exists("mark"); }));
    std::filesystem::remove(PathOf("mark"));
  }

  // Sends a signal to the command after a slow call has begun, and expects it to end soon.
  ToolResult Stop(const std::vector<std::string>& command, const std::string& what,
                  milliseconds time, int signal) const {
    RunningTool tool(command, folder(), SlowEnvironment(what, time));
    WaitForMark();
    const auto start = Clock::now();
    tool.Signal(signal);
    ToolResult result = tool.Wait();
    const auto taken = Clock::now() - start;
    EXPECT_LT(taken, kSoon);
    RecordProperty("milliseconds",
                   static_cast<int>(std::chrono::duration_cast<milliseconds>(taken).count()));
    return result;
  }

  // Returns all files except those that contain times.
  std::map<std::string, std::string> Timeless(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out);
    std::erase_if(files, [](const auto& file) {
      return file.first.ends_with("provenance.json") || file.first == "index.jsonl";
    });
    return files;
  }

  // Expects that resuming, without delays, ends with the files of a run that was never stopped.
  void ExpectResumable() const {
    const ToolResult result = Run({"resume", "out", "--quiet"});
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    ASSERT_EQ(Run(Command("fresh")).exit_code, 0);
    EXPECT_TRUE(Timeless("out") == Timeless("fresh"));
  }
};

TEST_P(StopTest, WhileDataAreMadeNothingIsLeft) {
  // The data take 20 seconds in all.
  const ToolResult result = Stop(Command("out"), "data", milliseconds(200), SIGTERM);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.standard_error, "didact: stopped before training began\n");
  EXPECT_FALSE(Exists("out"));
}

TEST_P(StopTest, AnInterruptedFolderStaysAsItIsWhileDataAreMade) {
  ASSERT_EQ(Stop(Command("out"), "step", milliseconds(300), SIGTERM).exit_code, 3);
  const auto before = Timeless("out");
  const std::string trial = FirstTrial().substr(4);
  ASSERT_EQ(before.count(trial + "/checkpoint.pb"), 1);
  const ToolResult result =
      Stop({"resume", "out", "--threads=1", "--quiet"}, "data", milliseconds(200), SIGTERM);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(Timeless("out") == before);
  ExpectResumable();
}

TEST_P(StopTest, AStepIsDoneFirst) {
  const ToolResult result = Stop(Command("out"), "step", milliseconds(1500), SIGINT);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(Exists(FirstTrial() + "/checkpoint.pb"));
  EXPECT_EQ(Lines(FirstTrial() + "/metrics.jsonl"), 1);
  if (!IsSweep()) {
    EXPECT_EQ(json::parse(Read("out/provenance.json"))["trials"][0]["steps"], 1);
  }
  ExpectResumable();
}

TEST_P(StopTest, AnEvaluationIsGivenUp) {
  // The second evaluation, after an epoch of 3 steps, takes 20 seconds in all.
  const ToolResult result = Stop(Command("out"), "evaluation", milliseconds(200), SIGTERM);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(Exists(FirstTrial() + "/checkpoint.pb"));
  EXPECT_EQ(Lines(FirstTrial() + "/metrics.jsonl"), 1);
  if (!IsSweep()) {
    EXPECT_EQ(json::parse(Read("out/provenance.json"))["trials"][0]["steps"], 3);
  }
  ExpectResumable();
}

TEST_P(StopTest, AnEvaluationMayBeGivenUpAgain) {
  ASSERT_EQ(Stop(Command("out"), "evaluation", milliseconds(200), SIGTERM).exit_code, 3);
  const auto before = Timeless("out");
  const ToolResult result =
      Stop({"resume", "out", "--threads=1", "--quiet"}, "evaluation", milliseconds(200), SIGINT);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(Timeless("out").at(FirstTrial().substr(4) + "/metrics.jsonl"),
            before.at(FirstTrial().substr(4) + "/metrics.jsonl"));
  ExpectResumable();
}

// The second signal does not wait for the end of a step that takes a minute.
TEST_P(StopTest, ASecondSignalEndsItAtOnce) {
  for (const int second : {SIGINT, SIGTERM}) {
    std::filesystem::remove_all(PathOf("out"));
    RunningTool tool(Command("out"), folder(), SlowEnvironment("step", milliseconds(60000)));
    WaitForMark();
    tool.Signal(SIGINT);
    // The first signal alone does not end it within the step.
    EXPECT_TRUE(WaitUntil([&tool] { return IsAsleepWithoutSignals(tool.process()); }));
    EXPECT_TRUE(tool.IsRunning());
    const auto start = Clock::now();
    tool.Signal(second);
    EXPECT_EQ(tool.Wait().exit_code, 128 + second);
    EXPECT_LT(Clock::now() - start, kSoon);
  }
  ExpectResumable();
}

INSTANTIATE_TEST_SUITE_P(Commands, StopTest, testing::Values("run", "sweep"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace didact
