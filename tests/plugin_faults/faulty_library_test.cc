// Tests the tool with plugins that throw exceptions, are null, or write the keys of other metrics.

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kSweep[] = R"(name: "sweep"
base_path: "e.textproto"
axis { field: "student.width_multiplier" value: ["1", "2"] }
)";

class FaultyLibraryTest : public ToolTest {
 protected:
  // Writes a config of 16 trials with the faulty metric. A metric that throws sometimes does so in
  // about half of them: only for one in 2^15 choices of the seeds would it do so in all or none.
  void WriteConfigWith(const std::string& metric) const {
    WriteConfig({{"last: 2", "last: 16"}, {"metric { [didact/FanOutNorm] {} }", metric}});
    Write("s.textproto", kSweep);
  }

  static std::string Throwing(const std::string& fields) {
    return absl::StrCat("metric { [didact/didact.faulty.Throwing] { ", fields, " } }");
  }

  std::vector<std::string> With(std::vector<std::string> arguments) const {
    arguments.push_back("--plugin=" + DataPath("tests/plugin_faults/libfaulty.so"));
    return arguments;
  }

  // Returns the message of each trial of a run; empty for one that finished.
  std::map<int, std::string> Messages(const std::string& run) const {
    std::map<int, std::string> messages;
    const json provenance = json::parse(Read(run + "/provenance.json"));
    for (const json& trial : provenance["trials"]) {
      messages[trial["seed"]] = trial.value("message", "");
      EXPECT_EQ(trial["status"], trial.contains("message") ? "failed" : "finished");
    }
    return messages;
  }

  // Expects that some trials failed in Finish, and others did not fail.
  static void ExpectSomeFailed(const std::map<int, std::string>& messages) {
    int failed = 0;
    for (const auto& [seed, message] : messages) {
      if (message.empty()) continue;
      ++failed;
      EXPECT_EQ(message,
                absl::StrCat("e.textproto: metric[2]: plugin didact.faulty.Throwing threw an "
                             "exception in Finish: the disk is full (experiment small, seed ",
                             seed, ")"));
    }
    EXPECT_GT(failed, 0);
    EXPECT_LT(failed, 16);
  }
};

TEST_F(FaultyLibraryTest, ARunNamesWhatThrewAndFinishesTheOtherTrials) {
  WriteConfigWith(Throwing("method: 'Finish' after: 1 sometimes: true"));
  const ToolResult result = Run(With({"run", "e.textproto", "--out=out", "--threads=2"}));
  EXPECT_EQ(result.exit_code, 1) << result.standard_error;
  const std::map<int, std::string> messages = Messages("out");
  ExpectSomeFailed(messages);
  for (const auto& [seed, message] : messages) {
    if (message.empty()) continue;
    EXPECT_THAT(result.standard_output,
                HasSubstr(absl::StrCat("seed ", seed, " failed: ", message, "\n")));
  }
}

// Such an error is not an interruption.
TEST_F(FaultyLibraryTest, ARunNamesThePluginThatReturnsCancelled) {
  WriteConfigWith(Throwing("method: 'Prepare' code: 1 message: 'my own' sometimes: true"));
  const ToolResult result = Run(With({"run", "e.textproto", "--out=out"}));
  EXPECT_EQ(result.exit_code, 1) << result.standard_error;
  int failed = 0;
  for (const auto& [seed, message] : Messages("out")) {
    if (message.empty()) continue;
    ++failed;
    EXPECT_EQ(message,
              absl::StrCat("e.textproto: metric[2]: plugin didact.faulty.Throwing returned "
                           "CANCELLED from Prepare: my own (experiment small, seed ",
                           seed, ")"));
  }
  EXPECT_GT(failed, 0);
  EXPECT_LT(failed, 16);
}

TEST_F(FaultyLibraryTest, ResumingFailsAgainAndLeavesTheOthersAsTheyAre) {
  WriteConfigWith(Throwing("method: 'Finish' after: 1 sometimes: true"));
  ASSERT_EQ(Run(With({"run", "e.textproto", "--out=out", "--quiet"})).exit_code, 1);
  const std::map<int, std::string> messages = Messages("out");
  const auto files = Results("out");
  for (int again = 0; again < 2; ++again) {
    const ToolResult result = Run({"resume", "out", "--quiet"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.standard_error, HasSubstr("exception in Finish: the disk is full"));
    for (const auto& [seed, message] : Messages("out")) {
      // The message now names the config in the run directory.
      EXPECT_EQ(absl::StripPrefix(message, "out/experiment.textproto"),
                absl::StripPrefix(messages.at(seed), "e.textproto"));
    }
    EXPECT_TRUE(SameFiles(Results("out"), files));
  }
}

TEST_F(FaultyLibraryTest, ASweepFinishesTheOtherTrialsAndFailsAgain) {
  WriteConfigWith(Throwing("method: 'Finish' after: 1 sometimes: true"));
  for (const bool again : {false, true}) {
    const ToolResult result =
        again ? Run({"resume", "out"}) : Run(With({"sweep", "s.textproto", "--out=out"}));
    EXPECT_EQ(result.exit_code, 1) << result.standard_error;
    std::map<std::string, std::string> last;
    std::istringstream lines(Read("out/index.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const json entry = json::parse(line);
      last[absl::StrCat(std::string(entry["label"]), " ", int{entry["seed"]})] =
          absl::StrCat(std::string(entry["status"]), " ", entry.value("message", ""));
    }
    std::set<std::string> endings;
    for (const auto& [trial, ending] : last) {
      endings.insert(ending.substr(0, ending.find(" (experiment")));
    }
    EXPECT_EQ(last.size(), 32);
    EXPECT_THAT(endings,
                testing::UnorderedElementsAre(
                    "finished ", HasSubstr("metric[2]: plugin didact.faulty.Throwing threw an "
                                           "exception in Finish: the disk is full")));
  }
}

// Returns the lines for a problem that both experiments of s.textproto have.
std::vector<std::string> InBothExperiments(const std::string& problem) {
  return {"e.textproto: experiment 000-width_multiplier=1: " + problem,
          "e.textproto: experiment 001-width_multiplier=2: " + problem};
}

TEST_F(FaultyLibraryTest, WhatAlwaysThrowsOrIsNullIsRefused) {
  for (const auto& [fields, fault] : std::map<std::string, std::string>{
           {"method: 'Build' what: INT", "threw an exception in Build: an object of type int"},
           {"method: 'Prepare' what: BAD_ALLOC", "threw an exception in Prepare: std::bad_alloc"},
           {"method: 'Finish'", "threw an exception in Finish: the disk is full"},
           {"method: 'Build' code: 1 message: 'my own'", "returned CANCELLED from Build: my own"},
           {"method: 'Prepare' code: 1", "returned CANCELLED from Prepare, without a message"},
           {"null: true", "returned null from Build"}}) {
    WriteConfigWith(Throwing(fields));
    const std::string problem = absl::StrCat("metric[2]: plugin didact.faulty.Throwing ", fault,
                                             " (experiment small, seed 1)");
    ExpectRefused(With({"validate", "e.textproto"}), {"e.textproto: " + problem});
    ExpectRefused(With({"run", "e.textproto"}), {"e.textproto: " + problem});
    ExpectRefused(With({"validate", "s.textproto"}), InBothExperiments(problem));
    ExpectRefused(With({"sweep", "s.textproto"}), InBothExperiments(problem));
  }
}

TEST_F(FaultyLibraryTest, MetricsWithTheSameKeyAreRefused) {
  WriteConfigWith("metric { [didact/didact.faulty.Writing] { number: 'loss' } }");
  const std::string problem =
      "metric[2] (didact.faulty.Writing) writes \"loss\", which metric[0] (didact.Loss) writes, "
      "too; remove one of them";
  ExpectRefused(With({"validate", "e.textproto"}), {"e.textproto: " + problem});
  ExpectRefused(With({"run", "e.textproto"}), {"e.textproto: " + problem});
  ExpectRefused(With({"sweep", "s.textproto"}), InBothExperiments(problem));
}

TEST_F(FaultyLibraryTest, SelftestReportsWhatThrows) {
  const std::string writing = "--config=[didact/didact.faulty.Writing] { number: 'a' }";
  const ToolResult good = Run(With({"selftest", writing}));
  EXPECT_EQ(good.exit_code, 0) << good.standard_output;
  for (const std::string method : {"Build", "Apply", "Finish", "VisitState"}) {
    const ToolResult bad = Run(With(
        {"selftest", writing,
         absl::StrCat("--config=[didact/didact.faulty.Throwing] { method: '", method, "' }")}));
    EXPECT_EQ(bad.exit_code, 1) << bad.standard_error;
    EXPECT_THAT(bad.standard_output, HasSubstr("threw"));
    EXPECT_THAT(bad.standard_output,
                HasSubstr("with [didact.faulty.Throwing] { method: \"" + method + "\" }"));
  }
}

}  // namespace
}  // namespace didact
