// Tests kill -9 of one of the MPI processes that share a sweep.

#include <signal.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/cli/mpirun.h"
#include "tests/faults/fault_test.h"

namespace didact {
namespace {

using nlohmann::json;

class KilledRankTest : public FaultTest, public testing::WithParamInterface<int> {
 protected:
  KilledRankTest() : FaultTest("0.01", "200") {
    Write("s.textproto", R"(
      name: "sweep"
      base_path: "e.textproto"
      axis { field: "student.width_multiplier" value: ["1", "2", "3"] })");
  }

  static std::vector<std::string> SweepCommand(const std::string& out) {
    return {"sweep", "s.textproto", "--out=" + out, "--threads=1", "--quiet"};
  }

  // Kills rank GetParam() after the first trial of any rank has finished. The kill is done by a
  // shell, which the rank's process starts before it becomes the tool.
  ToolResult RunAndKill(const std::string& out) const {
    std::vector<std::string> launcher = Mpirun(3);
    const std::string script = absl::StrCat(
        "if [ $OMPI_COMM_WORLD_RANK != ", GetParam(), " ]; then exec \"$0\" \"$@\"; fi\n",
        "(while [ $(cat ", out, "/index*.jsonl 2> /dev/null | grep -c finished) -lt 1 ]; do ",
        "sleep 0.02; done; kill -9 $$) > /dev/null 2>&1 < /dev/null &\n", "exec \"$0\" \"$@\"");
    launcher.insert(launcher.end(), {"/bin/sh", "-c", script});
    return RunTool(SweepCommand(out), folder(), MpirunEnvironment(), launcher);
  }

  // Returns all files except those that contain times.
  std::map<std::string, std::string> Timeless(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out);
    std::erase_if(files, [](const auto& file) {
      return file.first.ends_with("provenance.json") || file.first == "index.jsonl";
    });
    return files;
  }

  // Returns the number of times that each trial is reported as finished.
  std::map<std::string, int> Finished(const std::string& out) const {
    std::map<std::string, int> finished;
    for (const absl::string_view line :
         absl::StrSplit(Read(out + "/index.jsonl"), '\n', absl::SkipEmpty())) {
      const json entry = json::parse(line, nullptr, /*allow_exceptions=*/false);
      EXPECT_TRUE(entry.is_object()) << line;
      if (entry.is_object() && entry["status"] == "finished") ++finished[entry["folder"]];
    }
    return finished;
  }

  void ExpectWhole(const std::string& out,
                   const std::map<std::string, std::string>& undisturbed) const {
    ExpectSame(Timeless(out), undisturbed);
    const std::map<std::string, int> finished = Finished(out);
    EXPECT_EQ(finished.size(), 6);
    for (const auto& [folder, times] : finished) EXPECT_EQ(times, 1) << folder;
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, KilledRankTest, testing::Values(0, 1));

TEST_P(KilledRankTest, TheSweepIsResumedToTheSameBytes) {
  EXPECT_EQ(Run(SweepCommand("undisturbed")).exit_code, 0);
  const auto undisturbed = Timeless("undisturbed");
  const ToolResult killed = RunAndKill("killed");
  EXPECT_EQ(killed.exit_code, 128 + SIGKILL) << killed.standard_error;
  EXPECT_FALSE(Timeless("killed") == undisturbed) << "it was killed too late";
  Copy("killed", "by_ranks");

  EXPECT_EQ(Run(ResumeCommand("killed")).exit_code, 0);
  ExpectWhole("killed", undisturbed);
  const ToolResult resumed =
      RunTool(ResumeCommand("by_ranks"), folder(), MpirunEnvironment(), Mpirun(2));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.standard_error;
  ExpectWhole("by_ranks", undisturbed);
}

}  // namespace
}  // namespace didact
