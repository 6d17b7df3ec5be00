// Tests `didact export` when it is interrupted, and exports of runs and sweeps that are still in
// progress.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/cli/tool_test.h"
#include "tests/export/result_tree.h"

namespace didact {
namespace {

class ExportInterruptTest : public ToolTest {
 protected:
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  bool HoldsTemporary() const {
    const std::vector<std::string> names = Names();
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return absl::StrContains(name, ".tmp-"); });
  }

  // Interrupts the export after it has begun to write.
  ToolResult Interrupt(const std::vector<std::string>& command) const {
    RunningTool tool(command, folder());
    while (tool.IsRunning() && !HoldsTemporary()) usleep(200);
    tool.Signal(SIGINT);
    return tool.Wait();
  }

  int64_t Lines(const std::string& text) const {
    return std::count(text.begin(), text.end(), '\n');
  }
};

TEST_F(ExportInterruptTest, LeavesNothingAndIsDoneAgain) {
  // Exporting this many takes a second or more.
  constexpr int64_t kTrials = 10'000;
  WriteTreeRun(PathOf("run"), kTrials);
  for (const std::string format : {"csv", "npz"}) {
    const std::vector<std::string> command = {"export", "run", "--format=" + format,
                                              "--out=" + format};
    const ToolResult interrupted = Interrupt(command);
    EXPECT_EQ(interrupted.exit_code, 3) << format;
    EXPECT_EQ(interrupted.standard_error, "didact: interrupted\n");
    EXPECT_FALSE(std::filesystem::exists(PathOf(format)));
    EXPECT_FALSE(HoldsTemporary());
    EXPECT_EQ(Run(command).exit_code, 0);
  }
  EXPECT_EQ(Lines(Read("csv")), 1 + 2 * kTrials);
  EXPECT_EQ(Names(), (std::vector<std::string>{"csv", "npz", "run"}));
}

TEST_F(ExportInterruptTest, OfARunningSweepHasWhatIsThereSoFar) {
  constexpr int kSeeds = 40;
  constexpr int kEvaluations = 4;
  WriteConfig({{"seed { first: 1 last: 2 }", absl::StrCat("seed { first: 1 last: ", kSeeds, " }")},
               {"steps_per_epoch: 10", "steps_per_epoch: 4000"}});
  Write("s.textproto", R"(
    name: "sweep"
    base_path: "e.textproto"
    axis { field: "student.width_multiplier" value: ["1", "2"] name: "multiplier" })");
  RunningTool sweep({"sweep", "s.textproto", "--out=out", "--threads=1", "--quiet"}, folder());
  while (sweep.IsRunning() && !std::filesystem::exists(PathOf("out/index.jsonl"))) usleep(1000);
  int64_t before = 0;
  int in_between = 0;  // exports that contain a part of it
  const int64_t all = 2 * kSeeds * kEvaluations;
  while (sweep.IsRunning()) {
    const ToolResult exported = Run({"export", "out", "--quiet"});
    ASSERT_EQ(exported.exit_code, 0) << exported.standard_error;
    const int64_t rows = Lines(exported.standard_output) - 1;
    EXPECT_GE(rows, before);
    if (rows > 0 && rows < all) ++in_between;
    before = rows;
  }
  EXPECT_EQ(sweep.Wait().exit_code, 0);
  EXPECT_GT(in_between, 0);
  EXPECT_EQ(Lines(Run({"export", "out"}).standard_output), 1 + all);
}

}  // namespace
}  // namespace didact
