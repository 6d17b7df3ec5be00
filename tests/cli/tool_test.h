// Shared by tests of the command line: a working folder, a small experiment, and checks of error
// messages.

#ifndef DIDACT_TESTS_CLI_TOOL_TEST_H_
#define DIDACT_TESTS_CLI_TOOL_TEST_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/same_bytes.h"  // IWYU pragma: export
#include "tests/cli/run_tool.h"

namespace didact {

// 4 teacher nodes, 8 student nodes, 60 training samples of 6 features, 50 to evaluate on, 3
// outputs; 2 trials of 3 epochs of 10 steps; the metrics Loss, Specialization, FanOutNorm and
// BoundaryObservability.
extern const absl::string_view kSmallExperiment;

// What a test replaces in a text, and by what.
using Changes = std::vector<std::pair<std::string, std::string>>;

// kSmallExperiment with changes; the test fails unless what is to be replaced occurs exactly once.
std::string SmallExperiment(const Changes& changes = {});

// Standard error without complaints: progress lines at most, which a run has that takes longer than
// a second, on a busy machine any run.
MATCHER(HoldsNoComplaint, "") {
  return testing::ExplainMatchResult(testing::MatchesRegex("(trials [^\n]*\n)*"), arg,
                                     result_listener);
}

// Runs the tool in a new folder of its own.
class ToolTest : public testing::Test {
 protected:
  ToolTest();

  // The working folder, absolute and without symbolic links.
  const std::string& folder() const { return folder_; }
  std::string PathOf(absl::string_view name) const;

  // Files of the working folder by their names. Folders on the way to them are made.
  void Write(const std::string& name, absl::string_view bytes) const;
  std::string Read(const std::string& name) const;

  // SmallExperiment as e.textproto.
  void WriteConfig(const Changes& changes = {}) const {
    Write("e.textproto", SmallExperiment(changes));
  }

  // Everything below a folder: names relative to it, folders with a slash behind the name, files
  // with their bytes. Compare it by SameFiles, which says what differs.
  std::map<std::string, std::string> Contents(const std::string& name = "") const;
  // The same of a run directory, without provenance.json, the one file that tells of times.
  std::map<std::string, std::string> Results(const std::string& name) const;

  ToolResult Run(const std::vector<std::string>& arguments) const;

  // Expects the tool to say exactly `problems`, one per line, on standard error, and nothing else
  // anywhere; to return exit code 2; and to leave every file and folder as it was.
  void ExpectRefused(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& problems) const;
  // The same with a matcher for the whole of standard error.
  void ExpectRefusal(const std::vector<std::string>& arguments,
                     const testing::Matcher<std::string>& message) const;

 private:
  std::string folder_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_CLI_TOOL_TEST_H_
