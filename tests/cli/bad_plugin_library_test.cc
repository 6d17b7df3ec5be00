// Tests files that are not plugin libraries: each gives one clear message and exit code 2, and
// nothing is written.

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/tool_test.h"

namespace didact {
namespace {

class BadPluginLibraryTest : public ToolTest {
 protected:
  BadPluginLibraryTest() { WriteConfig(); }

  // Expects every command that takes --plugin to refuse `library`.
  void ExpectProblem(const std::string& library, const std::string& problem) const {
    const std::string flag = "--plugin=" + library;
    ExpectRefused({"run", "e.textproto", flag}, {problem});
    ExpectRefused({"validate", "e.textproto", flag}, {problem});
    ExpectRefused({"plugins", flag}, {problem});
    ExpectRefused({"selftest", flag}, {problem});
  }
};

TEST_F(BadPluginLibraryTest, Missing) {
  ExpectProblem("my.so", "my.so: No such file or directory");
}

TEST_F(BadPluginLibraryTest, ADirectory) {
  Write("my.so/file", "");
  ExpectProblem("my.so", "my.so: is a directory, a file is wanted");
}

TEST_F(BadPluginLibraryTest, APipe) {
  ASSERT_EQ(mkfifo(PathOf("my.so").c_str(), 0600), 0);
  ExpectProblem("my.so", "my.so: is a pipe, a regular file is wanted");
}

TEST_F(BadPluginLibraryTest, AText) {
  ExpectProblem("e.textproto", "e.textproto: is not an ELF file (a shared library)");
}

TEST_F(BadPluginLibraryTest, Empty) {
  Write("my.so", "");
  ExpectProblem("my.so", "my.so: is not an ELF file (a shared library)");
}

TEST_F(BadPluginLibraryTest, AProgram) {
  const std::string tool = DataPath("tools/didact");
  ExpectRefusal(
      {"run", "e.textproto", "--plugin=" + tool},
      testing::StrEq("didact: " + tool +
                     ": is a program, not a plugin library: plugins that it registers are known "
                     "to this program alone, which must run what needs them\n"));
}

TEST_F(BadPluginLibraryTest, CutShort) {
  std::ifstream file(DataPath("tests/plugin/library/libbad_rules.so"), std::ios::binary);
  std::string bytes(5000, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  Write("my.so", bytes);
  ExpectRefusal({"run", "e.textproto", "--plugin=my.so"},
                testing::StartsWith("didact: my.so: is not a whole ELF file: "));
}

TEST_F(BadPluginLibraryTest, WithMalformedFieldRules) {
  const std::string library = DataPath("tests/plugin/library/libbad_rules.so");
  ExpectProblem(library,
                library + ": didact.loader_test.Crooked.slope: minimum 2 is above maximum 1");
}

TEST_F(BadPluginLibraryTest, NamedByTheConfig) {
  Write("below/e.textproto",
        SmallExperiment({{"name: \"small\"", "name: \"small\" plugin_library: \"my.so\""}}));
  ExpectRefused({"run", "below/e.textproto"},
                {"below/e.textproto: plugin_library[0]: " + PathOf("below/my.so") +
                 ": No such file or directory"});
}

TEST_F(BadPluginLibraryTest, NamedByTheEnvironmentIsNamedWhereAPluginIsMissing) {
  Write("broken.so", "no library");
  const std::vector<std::string> environment = {"DIDACT_PLUGIN_PATH=" + PathOf("my.so") + ":" +
                                                PathOf("broken.so")};
  const std::string problems = "DIDACT_PLUGIN_PATH: " + PathOf("my.so") +
                               ": does not exist; DIDACT_PLUGIN_PATH: " + PathOf("broken.so") +
                               ": is not an ELF file (a shared library)";
  const ToolResult well = RunTool({"run", "e.textproto", "--quiet"}, folder(), environment);
  EXPECT_EQ(well.exit_code, 0);
  EXPECT_EQ(well.standard_error, "");
  const ToolResult missing =
      RunTool({"run", "e.textproto", "--set=loss=[mine/Loss] {}"}, folder(), environment);
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.standard_error, testing::HasSubstr("; not loaded: " + problems + "\n"));
  const ToolResult unknown = RunTool({"plugins", "Mine"}, folder(), environment);
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.standard_error, testing::HasSubstr("; not loaded: " + problems));
  const ToolResult list = RunTool({"plugins"}, folder(), environment);
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_THAT(
      list.standard_error,
      testing::HasSubstr("warning: DIDACT_PLUGIN_PATH: " + PathOf("my.so") + ": does not exist\n"));
}

}  // namespace
}  // namespace didact
