// Tests `didact selftest` from the command line.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::Not;

class SelftestTest : public ToolTest {
 protected:
  // Also returns the plugins for which no check has passed.
  ToolResult Selftest(std::vector<std::string> arguments,
                      std::vector<std::string>& unchecked) const {
    arguments.insert(arguments.begin(), "selftest");
    const ToolResult result = RunTool(arguments, folder(), {"TMPDIR=" + PathOf("temporary")});
    EXPECT_EQ(result.standard_error, "");
    bool checked = true;
    std::string name;
    for (const absl::string_view line : absl::StrSplit(result.standard_output, '\n')) {
      checked = checked || absl::EndsWith(line, " ok");
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      if (words.size() != 2) continue;
      if (!checked) unchecked.push_back(name);
      checked = false;
      name = words[1];
    }
    if (!checked) unchecked.push_back(name);
    return result;
  }

  // Returns the lines on one plugin.
  static std::string ReportOn(const std::string& name, const std::string& output) {
    const size_t begin = output.find("schedule " + name + "\n");
    EXPECT_NE(begin, std::string::npos) << output;
    if (begin == std::string::npos) return "";
    const size_t end = std::min(output.find("\nschedule ", begin), output.find("\n\n", begin));
    return output.substr(begin, end - begin + 1);
  }

  SelftestTest() { std::filesystem::create_directory(PathOf("temporary")); }

  const std::string library_ = DataPath("tests/cli/libexamples.so");
};

TEST_F(SelftestTest, SaysWhichPluginsThereAre) {
  ExpectRefusal(
      {"selftest", "--config=[didact/Tahn] {}"},
      testing::AllOf(testing::StartsWith("didact: --config:1:1: no plugin didact.Tahn; did "
                                         "you mean didact.Tanh? There are: didact."),
                     HasSubstr("didact.Sgd, ")));
  ExpectRefusal({"selftest", "--config=[didact/Nope] { a: 1 b { [didact/None] {} } }"},
                testing::StartsWith("didact: --config:1:1: no plugin didact.Nope; "));
}

TEST_F(SelftestTest, PassesOutOfTheBox) {
  std::vector<std::string> unchecked;
  const ToolResult result = Selftest({}, unchecked);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.standard_output,
              testing::ContainsRegex("\n[0-9]+ checks passed, 0 failed\n$"));
  EXPECT_THAT(result.standard_output, Not(HasSubstr("FAILED")));
  EXPECT_THAT(result.standard_output,
              HasSubstr("dataset didact.IdxDataset\n  builds          ok\n"));
  EXPECT_THAT(unchecked, testing::IsEmpty());
  // The sample files have been removed.
  EXPECT_THAT(Contents(), testing::SizeIs(1));
}

TEST_F(SelftestTest, TestsThePluginsOfALibraryByTheirExamples) {
  std::vector<std::string> unchecked;
  const ToolResult result = Selftest({"--plugin=" + library_}, unchecked);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(unchecked, testing::UnorderedElementsAre("acme.NamelessFile", "acme.OwnFile",
                                                       "acme.WithoutExample"));
  EXPECT_THAT(result.standard_output, Not(HasSubstr("didact.Constant")));
  EXPECT_THAT(result.standard_output, testing::EndsWith(" 1 failed; 2 plugins not tested\n"));
}

TEST_F(SelftestTest, SaysWhatToDoAboutAnExampleThatIsNotValid) {
  std::vector<std::string> unchecked;
  const ToolResult result = Selftest({"--plugin=" + library_}, unchecked);
  EXPECT_EQ(ReportOn("acme.WithoutExample", result.standard_output),
            "schedule acme.WithoutExample\n"
            "  builds          FAILED: value: must be 3\n"
            "                  with [acme.WithoutExample] { value: 0.1 }\n"
            "  That config is the example of 'didact plugins acme.WithoutExample'. If it is not\n"
            "  valid, give its fields the rule `example` in their .proto, or test with\n"
            "  --config='[acme/WithoutExample] { ... }'\n");
  EXPECT_EQ(ReportOn("acme.OwnFile", result.standard_output)
                .find("schedule acme.OwnFile\n  not tested: path: there is no file " +
                      PathOf("temporary/didact_samples_")),
            0);
  EXPECT_EQ(ReportOn("acme.NamelessFile", result.standard_output),
            "schedule acme.NamelessFile\n"
            "  not tested: path: must name a file, and its .proto has no `example`\n"
            "  Test it with --config='[acme/NamelessFile] { ... }'\n");
}

TEST_F(SelftestTest, TestsWithTheConfigsThatAreGiven) {
  Write("own.table", "3");
  std::vector<std::string> unchecked;
  const ToolResult result =
      Selftest({"--plugin=" + library_, "--config=[acme/WithoutExample] { value: 3 }",
                "--config=[acme/NamelessFile] { path: \"own.table\" }",
                "--config=[acme/OwnFile] { path: \"own.table\" }"},
               unchecked);
  EXPECT_EQ(result.exit_code, 0) << result.standard_output;
  EXPECT_THAT(unchecked, testing::IsEmpty());
  const ToolResult wrong =
      Selftest({"--plugin=" + library_, "--config=[acme/WithoutExample] { value: 4 }"}, unchecked);
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_EQ(ReportOn("acme.WithoutExample", wrong.standard_output),
            "schedule acme.WithoutExample\n"
            "  builds          FAILED: value: must be 3\n"
            "                  with [acme.WithoutExample] { value: 4 }\n");
}

TEST_F(SelftestTest, NamesTheCheckInWhichAPluginEndedTheProcess) {
  const ToolResult result =
      RunTool({"selftest", "--plugin=" + library_, "--config=[acme/WithoutExample] { value: 666 }"},
              folder(), {"TMPDIR=" + PathOf("temporary")});
  EXPECT_EQ(result.exit_code, 128 + SIGABRT);
  // The results of the plugins before it are there, too.
  EXPECT_THAT(result.standard_output,
              HasSubstr("schedule acme.WithExample\n  builds          ok\n  values          ok\n"));
  EXPECT_THAT(result.standard_output, testing::EndsWith("schedule acme.WithoutExample\n"
                                                        "  builds          ok\n"
                                                        "  values          "));
}

}  // namespace
}  // namespace didact
