// Tests the configs that come with Didact.

#include <cmath>
#include <filesystem>
#include <sstream>

#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ConfigsTest : public ToolTest {};

TEST_F(ConfigsTest, AllAreValid) {
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(DataPath("tools/configs"))) {
    if (entry.path().extension() != ".textproto") continue;
    ++count;
    const ToolResult result = Run({"validate", entry.path().string()});
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_THAT(result.standard_output, HasSubstr(": valid\n"));
  }
  EXPECT_EQ(count, 4);
  EXPECT_EQ(Contents().size(), 0);
}

TEST_F(ConfigsTest, PaperIsTheReferencesExperiment) {
  const ToolResult result = Run({"validate", DataPath("tools/configs/paper/two_layer.textproto")});
  EXPECT_THAT(result.standard_output, HasSubstr("\n  teacher   100 -> 20 -> 50\n"));
  EXPECT_THAT(result.standard_output, HasSubstr("\n  trials    32 (seeds 1 to 32)\n"));
  EXPECT_THAT(result.standard_output, HasSubstr("\n  training  100 epochs of 1000 steps\n"));
}

TEST_F(ConfigsTest, StudentLearnsFromATeacherOfFashionMnist) {
  const ToolResult result = Run({"run", DataPath("tools/configs/fashion_mnist.textproto"),
                                 "--out=out", "--set=seed.last=1", "--set=train_data.size=1600",
                                 "--set=eval_data.size=300", "--set=training.epochs=4"});
  ASSERT_EQ(result.exit_code, 0) << result.standard_error;
  std::istringstream lines(Read("out/trials/1/metrics.jsonl"));
  double loss = INFINITY;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const nlohmann::json evaluation = nlohmann::json::parse(line, nullptr, false);
    EXPECT_LT(evaluation["eval.loss"], loss);
    loss = evaluation["eval.loss"];
    EXPECT_EQ(evaluation["step"], count * 100);
  }
  EXPECT_EQ(count, 5);
}

}  // namespace
}  // namespace didact
