// kill -9 at random moments, again and again until the run is done.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/fault_test.h"

namespace didact {
namespace {

class KillTest : public FaultTest {
 protected:
  KillTest() : FaultTest("0.001", "20") {
    Write("s.textproto", R"(
      name: "sweep"
      base_path: "e.textproto"
      axis { field: "student.width_multiplier" value: "1" value: "2" })");
  }

  // All files but those that tell of times.
  std::map<std::string, std::string> Timeless(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out);
    std::erase_if(files, [](const auto& file) {
      return file.first.ends_with("provenance.json") || file.first == "index.jsonl";
    });
    return files;
  }

  // Which trials have ended, and when their metrics.jsonl was written last.
  std::map<std::string, std::pair<int64_t, int64_t>> Ended(const std::string& out) const {
    std::map<std::string, std::pair<int64_t, int64_t>> ended;
    if (!Exists(out)) return ended;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(PathOf(out))) {
      const std::filesystem::path& path = entry.path();
      struct stat properties;
      if (path.filename() != "outcome.json") continue;
      const std::string metrics = (path.parent_path() / "metrics.jsonl").string();
      if (stat(metrics.c_str(), &properties) != 0) continue;
      ended[metrics] = {properties.st_mtim.tv_sec, properties.st_mtim.tv_nsec};
    }
    return ended;
  }

  // Kills what `begin` begins and `resume` goes on with at random moments, and compares what is
  // there in the end, until there were `kills` kills.
  void KillAgainAndAgain(const std::string& command, const std::string& config,
                         const std::string& begun_file, int kills) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    ASSERT_EQ(Run({command, config, "--out=undisturbed", "--quiet"}).exit_code, 0);
    const auto undisturbed = Timeless("undisturbed");
    const int64_t duration =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
    constexpr auto kTimeLimit = std::chrono::seconds(25);
    std::mt19937 random(4);
    std::uniform_int_distribution<int64_t> moment(0, duration);
    int done = 0;
    for (int runs = 0; done < kills && Clock::now() - start < kTimeLimit; ++runs) {
      const std::string out = "run" + std::to_string(runs);
      std::map<std::string, std::pair<int64_t, int64_t>> ended;
      while (true) {
        const std::vector<std::string> begin = {command, config, "--out=" + out, "--quiet"};
        RunningTool tool(Exists(out + "/" + begun_file) ? ResumeCommand(out) : begin, folder());
        usleep(static_cast<useconds_t>(moment(random)));
        tool.Signal(SIGKILL);
        const ToolResult result = tool.Wait();
        const auto ended_now = Ended(out);
        for (const auto& [trial, time] : ended) {
          ASSERT_EQ(ended_now.count(trial), 1) << trial << " was lost";
          EXPECT_EQ(ended_now.at(trial), time) << trial << " was written again";
        }
        ended = ended_now;
        if (result.exit_code == 0) break;
        ASSERT_EQ(result.exit_code, 128 + SIGKILL) << result.standard_error;
        ++done;
      }
      ExpectSame(Timeless(out), undisturbed);
      ASSERT_FALSE(HasFailure()) << out;
    }
    // Fewer on a machine that is very busy.
    EXPECT_GE(done, 5);
  }
};

TEST_F(KillTest, ARunThatIsKilledAgainAndAgainEndsWithTheSameBytes) {
  KillAgainAndAgain("run", "e.textproto", "experiment.textproto", 100);
}

TEST_F(KillTest, ASweepThatIsKilledAgainAndAgainEndsWithTheSameBytes) {
  KillAgainAndAgain("sweep", "s.textproto", "sweep.textproto", 100);
}

TEST_F(KillTest, AFinishedTrialThatStillHasCheckpointsIsTidiedUp) {
  const auto undisturbed = Undisturbed();
  Copy("undisturbed", "out");
  Write("out/trials/1/checkpoint.pb", "left behind");
  Write("out/trials/2/checkpoint.previous.pb", "left behind");
  EXPECT_EQ(Run(ResumeCommand("out")).exit_code, 0);
  ExpectSame(Results("out"), undisturbed);
}

TEST_F(KillTest, WhatWasHalfWrittenIsRemoved) {
  const auto undisturbed = Undisturbed();
  Copy("undisturbed", "out");
  std::filesystem::remove(PathOf("out/trials/2/outcome.json"));
  std::filesystem::remove(PathOf("out/provenance.json"));
  for (const char* name : {"provenance.json", "trials/2/checkpoint.pb", "trials/2/outcome.json",
                           "trials/2/weights/epoch_0019.npz", "trials/2/arrays/epoch_-001.npz"}) {
    Write("out/" + std::string(name) + ".tmp-4711-0", "half of i");
  }
  EXPECT_EQ(Run(ResumeCommand("out")).exit_code, 0);
  ExpectSame(Results("out"), undisturbed);
}

}  // namespace
}  // namespace didact
