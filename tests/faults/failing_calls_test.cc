// Each call that changes a file fails once, or the process dies in it: on a full disk, on a disk
// that has become read-only, on one that cannot be flushed or read, or because the process is
// killed or the power fails. The tool reports an error, or nothing is wrong; and continuing ends
// with the bytes of an undisturbed run.

#include <signal.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/faults/fault_test.h"

namespace didact {
namespace {

using testing::HasSubstr;

struct Fault {
  const char* kind;  // see failing_calls.cc
  int error;         // the error number; 0: the process dies

  friend void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.kind; }
};

struct Scenario {
  const char* name;
  // The command that is disturbed. Its folder is empty, or an earlier process was interrupted in
  // it.
  std::vector<std::string> command;
  bool is_begun;
  // Commands that finish the work: the same command or others.
  std::vector<std::vector<std::string>> ends;

  friend void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }
};

const std::vector<std::string>& Of(const char* name) {
  static const auto* const commands = new std::map<std::string, std::vector<std::string>>{
      {"run", {"run", "e.textproto", "--out=out", "--threads=1"}},
      {"resume", {"resume", "out", "--threads=1"}},
      {"sweep", {"sweep", "s.textproto", "--out=out", "--threads=1"}},
      {"shard", {"sweep", "s.textproto", "--out=out", "--threads=1", "--shard=1/2"}},
  };
  return commands->at(name);
}

const std::vector<Scenario>& Scenarios() {
  static const auto* const scenarios = new std::vector<Scenario>{
      {"Run", Of("run"), false, {Of("resume")}},
      {"ResumedRun", Of("resume"), true, {Of("resume")}},
      {"Sweep", Of("sweep"), false, {Of("sweep"), Of("resume")}},
      {"ResumedSweep", Of("resume"), true, {Of("resume"), Of("sweep")}},
      {"Shard", Of("shard"), false, {Of("sweep"), Of("resume")}},
  };
  return *scenarios;
}

class FailingCallsTest : public FaultTest,
                         public testing::WithParamInterface<std::tuple<Scenario, Fault>> {
 protected:
  FailingCallsTest() : FaultTest("0", "5") {
    // Each experiment has one trial, so that there are fewer calls to test.
    Write("s.textproto", R"(
      name: "sweep"
      base_path: "one.textproto"
      axis { field: "student.width_multiplier" value: "1" value: "2" })");
    std::string one = Read("e.textproto");
    one.replace(one.find("last: 2"), 7, "last: 1");
    Write("one.textproto", one);
  }

  static const Scenario& scenario() { return std::get<0>(GetParam()); }
  static const Fault& fault() { return std::get<1>(GetParam()); }
  static bool IsRun() { return absl::EndsWith(scenario().name, "Run"); }
  static bool Dies() { return fault().error == 0; }

  // Creates the folder `begun`, in which one trial has ended and another has two checkpoints.
  void Begin() const {
    const auto is_there = [this] {
      const bool one = Exists("out/trials/2/checkpoint.previous.pb");
      return one ||
             Exists("out/experiments/000-width_multiplier=1/trials/1/checkpoint.previous.pb") ||
             Exists("out/experiments/001-width_multiplier=2/trials/1/checkpoint.previous.pb");
    };
    for (int at = 20; at < 200; ++at) {
      bool happened = false;
      std::filesystem::remove_all(PathOf("out"));
      RunWithFault(Of(IsRun() ? "run" : "sweep"), "kill", at, happened);
      ASSERT_TRUE(happened) << "there never were two checkpoints";
      if (!is_there() || Ended("out").empty()) continue;
      std::filesystem::rename(PathOf("out"), PathOf("begun"));
      return;
    }
    FAIL() << "no kill left one ended trial and two checkpoints of another";
  }

  void MakeFolder() const {
    std::filesystem::remove_all(PathOf("out"));
    if (scenario().is_begun) Copy("begun", "out");
  }

  // Checks the process that was disturbed.
  void CheckDisturbed(const ToolResult& result,
                      const std::map<std::string, std::pair<int64_t, int64_t>>& ended_before,
                      const std::map<std::string, std::string>& undisturbed) const {
    if (Dies()) {
      EXPECT_EQ(result.exit_code, 128 + SIGKILL);
      return;
    }
    const std::string said = result.standard_output + result.standard_error;
    if (result.exit_code == 0) {
      std::map<std::string, std::string> files = Timeless("out");
      // It may not have been possible to remove the lock.
      std::erase_if(files, [](const auto& file) { return file.first.starts_with("lock"); });
      if (!absl::EndsWith(scenario().name, "Shard")) ExpectSame(files, undisturbed);
      return;
    }
    EXPECT_THAT(said, HasSubstr(std::strerror(fault().error)));
    if (result.exit_code == 2) {
      EXPECT_EQ(Ended("out"), ended_before) << "exit code 2 says that nothing was done";
    } else {
      EXPECT_EQ(result.exit_code, 1);
    }
  }
};

TEST_P(FailingCallsTest, EveryOneOfThemIsSurvived) {
  ASSERT_EQ(Run(Of(IsRun() ? "run" : "sweep")).exit_code, 0);
  const auto undisturbed = Timeless("out");
  if (scenario().is_begun) Begin();
  ASSERT_FALSE(HasFatalFailure());
  int at = 0;
  for (bool happened = true;; ++at) {
    SCOPED_TRACE(absl::StrCat(fault().kind, " at call ", at));
    MakeFolder();
    const auto ended_before = Ended("out");
    const ToolResult disturbed = RunWithFault(scenario().command, fault().kind, at, happened);
    if (!happened) {
      EXPECT_EQ(disturbed.exit_code, 0) << disturbed.standard_error;
      break;
    }
    CheckDisturbed(disturbed, ended_before, undisturbed);
    const auto ended = Ended("out");

    // If the request was refused, nothing may exist yet to resume.
    const bool is_there = Exists("out/experiment.textproto") || Exists("out/sweep.textproto");
    const ToolResult end = Run(is_there ? scenario().ends[at % scenario().ends.size()]
                                        : Of(IsRun() ? "run" : "sweep"));
    // The work may have been complete, for example if only the lock could not be removed.
    const bool is_finished =
        end.exit_code == 2 && absl::StrContains(end.standard_error, "holds a finished sweep");
    EXPECT_TRUE(is_finished || end.exit_code == 0) << end.standard_error << end.standard_output;
    std::map<std::string, std::string> files = Timeless("out");
    if (is_finished) files.erase("lock");
    ExpectSame(files, undisturbed);
    const auto ended_at_last = Ended("out");
    for (const auto& [trial, time] : ended) {
      ASSERT_EQ(ended_at_last.count(trial), 1) << trial << " was lost";
      EXPECT_EQ(ended_at_last.at(trial), time) << trial << " was written again";
    }
    if (HasFailure()) {
      ADD_FAILURE() << "exit code " << disturbed.exit_code << ", said:\n"
                    << disturbed.standard_output << disturbed.standard_error;
      return;
    }
  }
  EXPECT_GT(at, 5) << "too few calls: is the library at work?";
  RecordProperty("calls", at);
}

// Each case takes hundreds of processes, so not every combination is tested: each kind of fault is
// combined with a new and an interrupted folder, runs and sweeps.
std::vector<std::tuple<Scenario, Fault>> Cases() {
  constexpr Fault kFullDisk = {"full_disk", ENOSPC};
  constexpr Fault kFullOnce = {"full_once", ENOSPC};
  constexpr Fault kReadOnly = {"read_only", EROFS};
  constexpr Fault kNoFlush = {"no_flush", EIO};
  constexpr Fault kNoFlushes = {"no_flushes", EIO};
  constexpr Fault kUnreadable = {"unreadable", EIO};
  constexpr Fault kKill = {"kill", 0};
  constexpr Fault kPowerLoss = {"power_loss", 0};
  const std::vector<std::vector<Fault>> faults = {
      {kFullDisk, kNoFlush, kUnreadable, kPowerLoss},
      {kFullOnce, kReadOnly, kNoFlush, kUnreadable, kKill, kPowerLoss},
      {kFullDisk, kReadOnly, kNoFlush, kKill},
      {kFullOnce, kNoFlushes, kUnreadable, kKill, kPowerLoss},
      {kFullDisk, kPowerLoss}};
  std::vector<std::tuple<Scenario, Fault>> cases;
  for (size_t s = 0; s < faults.size(); ++s) {
    for (const Fault& fault : faults[s]) cases.emplace_back(Scenarios()[s], fault);
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Faults, FailingCallsTest, testing::ValuesIn(Cases()),
                         [](const auto& info) {
                           return absl::StrCat(std::get<0>(info.param).name, "_",
                                               std::get<1>(info.param).kind);
                         });

}  // namespace
}  // namespace didact
