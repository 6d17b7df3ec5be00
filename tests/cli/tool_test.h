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

// Has 4 teacher nodes, 8 student nodes, 60 training samples of 6 features, 50 samples to evaluate
// on and 3 outputs; 2 trials of 3 epochs of 10 steps; the metrics Loss, Specialization, FanOutNorm
// and BoundaryObservability.
extern const absl::string_view kSmallExperiment;

// Pairs of a part of a text and its replacement.
using Changes = std::vector<std::pair<std::string, std::string>>;

// Returns kSmallExperiment with changes; fails the test unless each part to be replaced occurs
// exactly once.
std::string SmallExperiment(const Changes& changes = {});

// Matches standard error that is empty or has only progress lines, which a run prints if it takes
// longer than a second, as any run may on a busy machine.
MATCHER(HoldsNoComplaint, "") {
  return testing::ExplainMatchResult(testing::MatchesRegex("([0-9]+%  trials [^\n]*\n)*"), arg,
                                     result_listener);
}

// A test that runs the tool in a new folder of its own.
class ToolTest : public testing::Test {
 protected:
  ToolTest();

  // The working folder: absolute and without symbolic links.
  const std::string& folder() const { return folder_; }
  std::string PathOf(absl::string_view name) const;

  // These write and read a file of the working folder. Write creates missing folders of its path.
  void Write(const std::string& name, absl::string_view bytes) const;
  std::string Read(const std::string& name) const;

  // Writes SmallExperiment to e.textproto.
  void WriteConfig(const Changes& changes = {}) const {
    Write("e.textproto", SmallExperiment(changes));
  }

  // Returns everything below a folder: relative names, with a slash at the end for folders, and the
  // bytes of files. Compare it with SameFiles, which shows the differences.
  std::map<std::string, std::string> Contents(const std::string& name = "") const;
  // The same for a run directory, without provenance.json, the only file that contains times.
  std::map<std::string, std::string> Results(const std::string& name) const;

  ToolResult Run(const std::vector<std::string>& arguments) const;

  // Expects the tool to print exactly `problems`, one per line, to standard error, and nothing
  // else; to return exit code 2; and to leave every file and folder unchanged.
  void ExpectRefused(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& problems) const;
  // Does the same with a matcher for the whole of standard error.
  void ExpectRefusal(const std::vector<std::string>& arguments,
                     const testing::Matcher<std::string>& message) const;

 private:
  std::string folder_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_CLI_TOOL_TEST_H_
