// Tests the configs that come with Didact.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ConfigsTest : public ToolTest {
 protected:
  static std::string TextOf(const std::string& path) {
    std::ifstream file(DataPath(path));
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  // Returns the evaluations of the only trial of the run `out`.
  std::vector<nlohmann::json> Evaluations() const {
    std::vector<nlohmann::json> evaluations;
    std::istringstream lines(Read("out/trials/1/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      evaluations.push_back(nlohmann::json::parse(line, nullptr, false));
    }
    return evaluations;
  }

  // Trains one trial of `config`, with `flags` that make its data sets small, for 4 epochs into the
  // run `out`. Expects it to be better than before after each half of them.
  void ExpectLearning(const std::string& config, int64_t steps_per_epoch,
                      const std::vector<std::string>& flags) const {
    std::vector<std::string> arguments = {"run", config, "--out=out", "--set=seed.last=1",
                                          "--set=training.epochs=4"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const ToolResult result = Run(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.standard_error;
    const std::vector<nlohmann::json> evaluations = Evaluations();
    ASSERT_EQ(evaluations.size(), 5);
    for (int k : {2, 4}) {
      EXPECT_LT(evaluations[k]["eval.loss"], evaluations[k - 2]["eval.loss"]);
      EXPECT_EQ(evaluations[k]["step"], k * steps_per_epoch);
    }
  }
};

TEST_F(ConfigsTest, AllAreValid) {
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(DataPath("tools/configs"))) {
    if (entry.path().extension() != ".textproto") continue;
    ++count;
    const ToolResult result = Run({"validate", entry.path().string()});
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_THAT(result.standard_output, HasSubstr(": valid\n"));
  }
  EXPECT_EQ(count, 6);
  EXPECT_EQ(Contents().size(), 0);
}

TEST_F(ConfigsTest, PaperIsTheReferencesExperiment) {
  const ToolResult result = Run({"validate", DataPath("tools/configs/paper/two_layer.textproto")});
  EXPECT_THAT(result.standard_output, HasSubstr("\n  teacher   100 -> 20 -> 50\n"));
  EXPECT_THAT(result.standard_output, HasSubstr("\n  trials    32 (seeds 1 to 32)\n"));
  EXPECT_THAT(result.standard_output, HasSubstr("\n  training  100 epochs of 1000 steps\n"));
}

TEST_F(ConfigsTest, ConvolutionsAreShownWithTheirImages) {
  const ToolResult result = Run({"validate", DataPath("tools/configs/convolutional.textproto")});
  EXPECT_THAT(result.standard_output,
              HasSubstr("\n  teacher   [1, 28, 28] -> [4, 13, 13] -> [8, 5, 5] -> 10\n"
                        "  student   [1, 28, 28] -> [16, 13, 13] -> [32, 5, 5] -> 10\n"));
}

TEST_F(ConfigsTest, StudentLearnsFromATeacherOfFashionMnist) {
  ExpectLearning(DataPath("tools/configs/fashion_mnist.textproto"), /*steps_per_epoch=*/100,
                 {"--set=train_data.size=1600", "--set=eval_data.size=300"});
}

TEST_F(ConfigsTest, StudentLearnsFromAConvolutionalTeacher) {
  ExpectLearning(DataPath("tools/configs/convolutional.textproto"), /*steps_per_epoch=*/10,
                 {"--set=train_data.size=640", "--set=eval_data.size=200"});
}

TEST_F(ConfigsTest, StudentLearnsFromATeacherOfManyLayers) {
  ExpectLearning(DataPath("tools/configs/multi_layer.textproto"), /*steps_per_epoch=*/25,
                 {"--set=train_data.size=1600", "--set=eval_data.size=300"});
}

TEST_F(ConfigsTest, StudentOfTheReadmeLearnsLabels) {
  const std::string data = TextOf("tools/configs/fashion_mnist.textproto");
  const std::string readme = TextOf("README.md");
  const std::string fence = "\n```\n";
  const size_t begin = readme.find(fence, readme.find("\n## Deep networks and labels\n"));
  ASSERT_NE(begin, std::string::npos);
  const size_t end = readme.find(fence, begin + fence.size());
  Write("e.textproto", data.substr(0, data.find("\nteacher {")) + "\n" +
                           readme.substr(begin + fence.size(), end - begin - fence.size()) + "\n");
  ExpectLearning("e.textproto", /*steps_per_epoch=*/25,
                 {"--set=train_data.size=1600", "--set=eval_data.size=300"});
  const std::vector<nlohmann::json> evaluations = Evaluations();
  ASSERT_FALSE(evaluations.empty());
  EXPECT_LT(evaluations.front()["eval.accuracy.labels.top1"], 0.3);
  EXPECT_GT(evaluations.back()["eval.accuracy.labels.top1"], 0.7);
  EXPECT_GT(evaluations.back()["eval.accuracy.labels.top3"],
            evaluations.back()["eval.accuracy.labels.top1"]);
}

}  // namespace
}  // namespace didact
