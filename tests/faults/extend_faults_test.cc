// While a run or a sweep is extended, each call that changes a file fails once, or the process is
// killed in it. Continuing ends with the bytes of the larger run or sweep computed at once, and no
// trial that had finished is trained again from its beginning.

#include <signal.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
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

// A finished run or sweep, and its extension.
struct Scenario {
  const char* name;
  std::vector<std::string> smaller;    // the command that made it, but for --out
  std::vector<std::string> larger;     // the one that would make the larger one at once
  std::vector<std::string> extension;  // behind `extend out`

  friend void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }
};

const std::vector<Scenario>& Scenarios() {
  static const auto* const scenarios = new std::vector<Scenario>{
      {"RunWithMoreSeeds",
       {"run", "e.textproto", "--set=seed.last=1"},
       {"run", "e.textproto"},
       {"--set=seed.last=2"}},
      {"RunWithMoreEpochs",
       {"run", "e.textproto", "--set=training.epochs=1"},
       {"run", "e.textproto"},
       {"--set=training.epochs=2"}},
      // The two experiments exchange their numbers, and thus their labels.
      {"SweepWithMoreExperimentsAndEpochs",
       {"sweep", "smaller.textproto", "--set=training.epochs=1"},
       {"sweep", "larger.textproto"},
       {"larger.textproto"}},
      {"SweepWithMoreExperiments",
       {"sweep", "smaller.textproto"},
       {"sweep", "larger.textproto"},
       {"larger.textproto"}},
  };
  return *scenarios;
}

class ExtendFaultsTest : public FaultTest,
                         public testing::WithParamInterface<std::tuple<Scenario, Fault>> {
 protected:
  ExtendFaultsTest() : FaultTest("0", "2") {
    std::string config = Read("e.textproto");
    config.replace(config.find("output { "), 9,
                   "output { arrays: NONE keep_final_checkpoint: true ");
    Write("e.textproto", config);
    const std::string head = "name: \"sweep\" base_path: \"one.textproto\" ";
    const auto point = [](const std::string& label, int multiplier) {
      return absl::StrCat("point { label: \"", label,
                          "\" set: \"student.width_multiplier=", multiplier, "\" } ");
    };
    Write("smaller.textproto", head + point("a", 1) + point("b", 2));
    Write("larger.textproto", head + point("a", 2) + point("b", 1) + point("c", 3));
    config.replace(config.find("last: 2"), 7, "last: 1");
    Write("one.textproto", config);
  }

  static const Scenario& scenario() { return std::get<0>(GetParam()); }
  static const Fault& fault() { return std::get<1>(GetParam()); }
  static bool Dies() { return fault().error == 0; }

  ToolResult RunInto(const std::string& out, std::vector<std::string> command) const {
    command.push_back("--out=" + out);
    command.emplace_back("--quiet");
    return Run(command);
  }

  static std::vector<std::string> ExtendCommand() {
    std::vector<std::string> command = {"extend", "out", "--threads=1", "--quiet"};
    command.insert(command.end(), scenario().extension.begin(), scenario().extension.end());
    return command;
  }

  // Returns the files that a trial writes only at its beginning, identified so that other files
  // with the same bytes differ.
  std::set<ino_t> Beginnings(const std::string& out) const {
    std::set<ino_t> beginnings;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(PathOf(out))) {
      struct stat properties;
      if (entry.path().filename() != "epoch_-001.npz") continue;
      if (stat(entry.path().c_str(), &properties) == 0) beginnings.insert(properties.st_ino);
    }
    return beginnings;
  }

  void CheckDisturbed(const ToolResult& result) const {
    if (Dies()) {
      EXPECT_EQ(result.exit_code, 128 + SIGKILL);
    } else if (result.exit_code != 0) {
      EXPECT_THAT(result.standard_error, HasSubstr(std::strerror(fault().error)));
      if (result.exit_code == 2) {
        std::map<std::string, std::string> files = Timeless("out");
        // It may not have been possible to remove these files.
        std::erase_if(files, [](const auto& file) {
          return file.first == "lock" || absl::StrContains(file.first, ".tmp-");
        });
        EXPECT_TRUE(files == Timeless("begun")) << "exit code 2 says that nothing was done";
      } else {
        EXPECT_EQ(result.exit_code, 1);
      }
    }
  }

  // Continues with the same command or, if `resumes_first`, with `resume`, which finishes what has
  // begun.
  void GoOn(bool resumes_first) const {
    if (resumes_first) {
      const ToolResult result = Run({"resume", "out", "--quiet"});
      EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    }
    const ToolResult result = Run(ExtendCommand());
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  }
};

TEST_P(ExtendFaultsTest, EveryOneOfThemIsSurvived) {
  ASSERT_EQ(RunInto("begun", scenario().smaller).exit_code, 0);
  ASSERT_EQ(RunInto("at_once", scenario().larger).exit_code, 0);
  const auto at_once = Timeless("at_once");
  int at = 0;
  for (bool happened = true;; ++at) {
    SCOPED_TRACE(absl::StrCat(fault().kind, " at call ", at));
    std::filesystem::remove_all(PathOf("out"));
    Copy("begun", "out");
    const std::set<ino_t> before = Beginnings("out");
    const ToolResult disturbed = RunWithFault(ExtendCommand(), fault().kind, at, happened);
    if (!happened) {
      EXPECT_EQ(disturbed.exit_code, 0) << disturbed.standard_error;
      break;
    }
    CheckDisturbed(disturbed);
    GoOn(/*resumes_first=*/at % 2 == 0);
    ExpectSame(Timeless("out"), at_once);
    const std::set<ino_t> after = Beginnings("out");
    for (const ino_t file : before) {
      // A checkpoint that cannot be read cannot be used.
      if (fault().kind == std::string("unreadable")) break;
      EXPECT_EQ(after.count(file), 1) << "trained from the beginning";
    }
    if (HasFailure()) {
      ADD_FAILURE() << "exit code " << disturbed.exit_code << ", said:\n"
                    << disturbed.standard_output << disturbed.standard_error;
      return;
    }
  }
  EXPECT_GT(at, 20) << "too few calls: is the library at work?";
  RecordProperty("calls", at);
}

std::vector<std::tuple<Scenario, Fault>> Cases() {
  constexpr Fault kFullDisk = {"full_disk", ENOSPC};
  constexpr Fault kReadOnly = {"read_only", EROFS};
  constexpr Fault kNoFlush = {"no_flush", EIO};
  constexpr Fault kUnreadable = {"unreadable", EIO};
  constexpr Fault kKill = {"kill", 0};
  constexpr Fault kPowerLoss = {"power_loss", 0};
  const std::vector<std::vector<Fault>> faults = {{kKill, kFullDisk},
                                                  {kKill, kPowerLoss, kNoFlush, kUnreadable},
                                                  {kKill, kPowerLoss, kReadOnly, kNoFlush},
                                                  {kKill}};
  std::vector<std::tuple<Scenario, Fault>> cases;
  for (size_t s = 0; s < faults.size(); ++s) {
    for (const Fault& fault : faults[s]) cases.emplace_back(Scenarios()[s], fault);
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Faults, ExtendFaultsTest, testing::ValuesIn(Cases()),
                         [](const auto& info) {
                           return absl::StrCat(std::get<0>(info.param).name, "_",
                                               std::get<1>(info.param).kind);
                         });

}  // namespace
}  // namespace didact
