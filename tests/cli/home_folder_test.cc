// Tests paths that begin with `~` where no shell expands it: after `=`, and in configs.

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

class HomeFolderTest : public ToolTest {
 protected:
  HomeFolderTest() {
    std::vector<double> numbers(60 * 6);
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::sin(static_cast<double>(i * i));
    fs::create_directories(PathOf("home"));
    fs::create_directories(PathOf("work"));
    EXPECT_TRUE(
        WriteNpz(PathOf("home/x.npz"), {{"a", MakeNpyArray({60, 6}, absl::MakeConstSpan(numbers))}})
            .ok());
    fs::copy(DataPath("tests/cli/libslow.so"), PathOf("home/mine.so"));
  }

  // Runs the tool in the folder `work`, for a user whose home folder is `home`.
  ToolResult RunAtHome(const std::vector<std::string>& arguments,
                       const std::string& plugin_path = "") const {
    return RunTool(arguments, PathOf("work"),
                   {"HOME=" + PathOf("home"), "DIDACT_PLUGIN_PATH=" + plugin_path});
  }

  void ExpectNoTilde() const {
    for (const auto& [name, bytes] : Contents()) EXPECT_THAT(name, Not(HasSubstr("~")));
  }
};

TEST_F(HomeFolderTest, IsExpandedInFlagsAndConfigsOfARun) {
  Write("home/e.textproto",
        "plugin_library: \"~/mine.so\"\n" +
            SmallExperiment({{"[didact/GaussianInputs] { dimension: 6 size: 60 }",
                              "[didact/NpyDataset] { inputs: \"~/x.npz:a\" }"}}));
  const ToolResult result =
      RunAtHome({"run", "~/e.textproto", "--out=~/out", "--plugin=~/mine.so",
                 "--set=eval_data=[didact/NpyDataset] { inputs: \"~/x.npz:a\" }"});
  ASSERT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_TRUE(fs::exists(PathOf("home/out/trials/2/outcome.json")));
  EXPECT_THAT(Read("home/out/experiment.textproto"), HasSubstr(PathOf("home/x.npz") + ":a"));
  EXPECT_EQ(RunAtHome({"resume", "~/out"}).exit_code, 0);
  EXPECT_EQ(RunAtHome({"export", "~/out", "--out=~/table.csv"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(PathOf("home/table.csv")));
  ExpectNoTilde();
}

TEST_F(HomeFolderTest, IsExpandedInASweep) {
  Write("home/e.textproto", SmallExperiment({{"[didact/GaussianInputs] { dimension: 6 size: 60 }",
                                              "[didact/NpyDataset] { inputs: \"x.npz:a\" }"}}));
  Write("work/s.textproto",
        "name: \"s\" base_path: \"~/e.textproto\" plugin_library: \"~/mine.so\"\n"
        "axis { field: \"train_data.inputs\" value: [\"~/x.npz:a\"] }");
  const ToolResult result = RunAtHome({"sweep", "s.textproto", "--out=~/out"});
  ASSERT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_TRUE(fs::exists(PathOf("home/out/sweep.textproto")));
  ExpectNoTilde();
}

TEST_F(HomeFolderTest, IsExpandedInThePluginPath) {
  const ToolResult result = RunAtHome({"plugins"}, "~/mine.so");
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_THAT(result.standard_output, HasSubstr("Slow"));
}

}  // namespace
}  // namespace didact
