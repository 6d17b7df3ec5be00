// Tests kill -9 at random times, repeated until the run is complete. failing_calls_test covers
// every single moment that makes a difference on the disk; this test covers processes with threads,
// and simultaneous processes.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
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

  // A process, and the time at which it is killed.
  struct Victim {
    std::vector<std::string> command;
    int64_t microseconds;
  };

  using Clock = std::chrono::steady_clock;

  // Runs the processes simultaneously, and kills each at its time. Returns the number of killed
  // processes. Each of the others must have succeeded, or have found that all work was complete,
  // done by one that was killed after its last operation.
  int KillAll(std::vector<Victim> victims) const {
    std::vector<std::unique_ptr<RunningTool>> tools;
    const auto start = Clock::now();
    for (const Victim& victim : victims) {
      tools.push_back(std::make_unique<RunningTool>(victim.command, folder()));
    }
    std::vector<size_t> order(victims.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return victims[a].microseconds < victims[b].microseconds;
    });
    for (const size_t v : order) {
      std::this_thread::sleep_until(start + std::chrono::microseconds(victims[v].microseconds));
      tools[v]->Signal(SIGKILL);
    }
    int killed = 0;
    for (const auto& tool : tools) {
      const ToolResult result = tool->Wait();
      if (result.exit_code == 0) continue;
      if (absl::StrContains(result.standard_error, "holds a finished sweep")) {
        EXPECT_EQ(result.exit_code, 2);
        continue;
      }
      EXPECT_EQ(result.exit_code, 128 + SIGKILL) << result.standard_error;
      ++killed;
    }
    return killed;
  }

  // Counts the stages at which processes were killed: before the folder existed, before the first
  // trial had ended, later, and after all trials had ended.
  void CountStage(const std::string& out, const std::string& begun_file, size_t ended,
                  size_t trials) {
    const int stage = !Exists(out + "/" + begun_file) ? 0 : ended == 0 ? 1 : ended < trials ? 2 : 3;
    ++stages_[stage];
  }

  // Kills the commands of `begin` and then those of `go_on` at random times, in one folder after
  // another, and compares the final files, until there were `kills` kills. Each function returns
  // the commands of simultaneous processes in the folder `out`, given the number of earlier
  // processes.
  using Commands =
      std::function<std::vector<std::vector<std::string>>(const std::string& out, int number)>;
  void KillAgainAndAgain(const std::string& begun_file, size_t trials, const Commands& begin,
                         const Commands& go_on, const std::vector<std::string>& last, int kills) {
    const auto start = Clock::now();
    std::vector<std::string> whole = begin("undisturbed", 0).front();
    std::erase_if(whole, [](const std::string& flag) { return flag.starts_with("--shard"); });
    const ToolResult result = Run(whole);
    ASSERT_EQ(result.exit_code, 0) << result.standard_error;
    const int64_t duration =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
    const auto undisturbed = Timeless("undisturbed");
    std::mt19937 random(4);
    std::uniform_int_distribution<int64_t> moment(0, duration);
    int number = 0;
    int done = 0;
    for (int runs = 0; done < kills; ++runs) {
      const std::string out = "out";
      std::filesystem::remove_all(PathOf(out));
      std::map<std::string, std::pair<int64_t, int64_t>> ended;
      for (int killed = 1; killed > 0; done += killed) {
        std::vector<Victim> victims;
        const bool has_begun = Exists(out + "/" + begun_file);
        for (const auto& command : (has_begun ? go_on : begin)(out, number++)) {
          victims.push_back({command, moment(random)});
        }
        killed = KillAll(victims);
        const auto ended_now = Ended(out);
        for (const auto& [trial, time] : ended) {
          ASSERT_EQ(ended_now.count(trial), 1) << trial << " was lost";
          EXPECT_EQ(ended_now.at(trial), time) << trial << " was written again";
        }
        ended = ended_now;
        if (killed > 0) CountStage(out, begun_file, ended.size(), trials);
        ASSERT_FALSE(HasFailure()) << "run " << runs;
      }
      if (!last.empty()) {
        EXPECT_EQ(Run(last).exit_code, 0);
        EXPECT_EQ(Ended(out), ended);
      }
      ExpectSame(Timeless(out), undisturbed);
      ASSERT_FALSE(HasFailure()) << "run " << runs;
    }
    // On any machine, some of the kills are during training; the log has the numbers for all
    // stages.
    EXPECT_GT(stages_[1] + stages_[2], 0);
    for (int stage = 0; stage < 4; ++stage) {
      RecordProperty("stage" + std::to_string(stage), stages_[stage]);
    }
    RecordProperty("kills", done);
  }

  int stages_[4] = {};
};

std::vector<std::string> SweepCommand(const std::string& out, int number,
                                      const std::string& flag = "") {
  std::vector<std::string> command = {"sweep", "s.textproto", "--out=" + out, "--quiet",
                                      number % 2 == 0 ? "--threads=2" : "--threads=1"};
  if (!flag.empty()) command.push_back(flag);
  return command;
}

TEST_F(KillTest, ARunThatIsKilledAgainAndAgainEndsWithTheSameBytes) {
  using List = std::vector<std::vector<std::string>>;
  KillAgainAndAgain(
      "experiment.textproto", 2, [](const std::string& out, int) { return List{RunCommand(out)}; },
      [](const std::string& out, int) { return List{ResumeCommand(out)}; }, {}, 50);
}

TEST_F(KillTest, ASweepThatIsKilledAgainAndAgainEndsWithTheSameBytes) {
  using List = std::vector<std::vector<std::string>>;
  KillAgainAndAgain(
      "sweep.textproto", 4,
      [](const std::string& out, int number) { return List{SweepCommand(out, number)}; },
      // Both processes continue the sweep: with one thread and with two.
      [](const std::string& out, int number) {
        return List{number % 4 < 2 ? SweepCommand(out, number) : ResumeCommand(out)};
      },
      {"resume", "out", "--quiet"}, 100);
}

TEST_F(KillTest, PartsThatAreKilledAgainAndAgainEndWithTheSameBytes) {
  using List = std::vector<std::vector<std::string>>;
  const Commands parts = [](const std::string& out, int number) {
    return List{SweepCommand(out, number, "--shard=0/2"),
                SweepCommand(out, number + 1, "--shard=1/2")};
  };
  KillAgainAndAgain("sweep.textproto", 4, parts, parts, {"resume", "out", "--quiet"}, 60);
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
