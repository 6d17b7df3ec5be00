// Tests the configs that come with Didact.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::vector<std::string> kFewSamples = {"--set=train_data.size=20",
                                              "--set=eval_data.size=10"};

class ConfigsTest : public ToolTest {
 protected:
  // Copies the configs, and writes 20 images per file in place of CIFAR-10.
  ConfigsTest() {
    fs::copy(DataPath("tools/configs"), PathOf("configs"), fs::copy_options::recursive);
    std::string images;
    for (int i = 0; i < 20; ++i) {
      images.push_back(static_cast<char>(i % 10));
      for (int j = 0; j < 3072; ++j) images.push_back(static_cast<char>(31 * i + j * j));
    }
    for (const char* const name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                                   "data_batch_5", "test_batch"}) {
      Write(absl::StrCat("configs/paper/cifar-10-batches-bin/", name, ".bin"), images);
    }
  }

  // The data sets of the paper's experiments are large.
  static bool IsOfPaper(const fs::path& config) {
    return config.parent_path().filename() == "paper";
  }

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

  // Trains the first trial of each experiment of a sweep of the paper into `out`.
  void RunSweep(const std::string& name, const std::vector<std::string>& flags) const {
    std::vector<std::string> arguments = {"sweep",
                                          absl::StrCat("configs/paper/", name, ".textproto"),
                                          "--out=out", "--force", "--set=seed.last=1"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const ToolResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_THAT(result.standard_output, HasSubstr("8 trials: 8 finished\n"));
  }

  // Expects the hidden layers of the trained student in an experiment of the sweep `out`.
  void ExpectWeights(const std::string& experiment, const std::vector<int64_t>& widths,
                     bool has_batch_norm) const {
    const absl::StatusOr<NpzReader> weights = NpzReader::Open(
        PathOf(absl::StrCat("out/experiments/", experiment, "/trials/1/weights/epoch_0000.npz")));
    ASSERT_TRUE(weights.ok()) << weights.status();
    for (size_t l = 0; l < widths.size(); ++l) {
      const absl::StatusOr<NpyArray> bias = weights->Read(absl::StrCat("student.", l, ".bias"));
      ASSERT_TRUE(bias.ok()) << bias.status();
      EXPECT_EQ(bias->size(), widths[l]) << experiment;
      EXPECT_EQ(weights->Read(absl::StrCat("student.", l, ".bn.weight")).ok(), has_batch_norm)
          << experiment;
    }
  }
};

TEST_F(ConfigsTest, AllAreValid) {
  int count = 0;
  const auto before = Contents();
  for (const auto& entry : fs::recursive_directory_iterator(PathOf("configs"))) {
    if (entry.path().extension() != ".textproto") continue;
    ++count;
    std::vector<std::string> arguments = {"validate", entry.path().string()};
    if (IsOfPaper(entry.path()))
      arguments.insert(arguments.end(), kFewSamples.begin(), kFewSamples.end());
    const ToolResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_THAT(result.standard_output, HasSubstr(": valid\n"));
    EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  }
  EXPECT_EQ(count, 13);
  EXPECT_TRUE(SameFiles(Contents(), before));
}

TEST_F(ConfigsTest, PaperIsTheReferencesExperiment) {
  const ToolResult result = Run({"validate", DataPath("tools/configs/paper/two_layer.textproto")});
  EXPECT_THAT(result.standard_output, HasSubstr("\n  teacher   100 -> 20 -> 50\n"));
  EXPECT_THAT(result.standard_output, HasSubstr("\n  trials    32 (seeds 1 to 32)\n"));
  EXPECT_THAT(result.standard_output, HasSubstr("\n  training  100 epochs of 1000 steps\n"));
}

TEST_F(ConfigsTest, MultiLayerNetworksAreThoseOfThePaper) {
  EXPECT_THAT(Run({"validate", "configs/paper/multi_layer.textproto"}).standard_output,
              HasSubstr("\n  teacher   20 -> 50 -> 75 -> 100 -> 125 -> 100\n"
                        "  student   20 -> 500 -> 750 -> 1000 -> 1250 -> 100\n"));
}

TEST_F(ConfigsTest, TeachersOfThePaperKeepTheChannelsThatItNames) {
  const auto validated = [this](const std::string& name) {
    std::vector<std::string> arguments = {"validate", "configs/paper/" + name,
                                          "--set=student.width_multiplier=1.25"};
    arguments.insert(arguments.end(), kFewSamples.begin(), kFewSamples.end());
    return Run(arguments).standard_output;
  };
  EXPECT_THAT(
      validated("cifar10.textproto"),
      HasSubstr("\n  teacher   [3, 32, 32] -> [45, 30, 30] -> [32, 28, 28] -> [32, 26, 26] -> "
                "[20, 24, 24] -> 10\n"
                "  student   [3, 32, 32] -> [56, 30, 30] -> [40, 28, 28] -> [40, 26, 26] -> "
                "[25, 24, 24] -> 10\n"));
  EXPECT_THAT(
      validated("fashion_mnist.textproto"),
      HasSubstr("\n  teacher   [1, 28, 28] -> [45, 26, 26] -> [32, 24, 24] -> [32, 22, 22] -> "
                "[20, 20, 20] -> 10\n"));
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

TEST_F(ConfigsTest, SweepOfTheSmallMultiLayerTeacherNormalizesHalfOfItsStudents) {
  RunSweep("small_multi_layer_sweep",
           {"--set=train_data.size=640", "--set=eval_data.size=100", "--set=training.epochs=1"});
  ExpectWeights("000-plain_multiplier=1", {10, 15, 20, 25}, /*has_batch_norm=*/false);
  ExpectWeights("003-plain_multiplier=10", {100, 150, 200, 250}, /*has_batch_norm=*/false);
  ExpectWeights("007-batch_norm_multiplier=10", {100, 150, 200, 250}, /*has_batch_norm=*/true);
}

TEST_F(ConfigsTest, SweepsWithLabelsTrainATeacherOfEachKindOnce) {
  const std::vector<std::string> few_epochs = {
      "--set=training.epochs=1", "--set=teacher.preparation[0].train.training.epochs=1",
      "--set=teacher.preparation[2].train.training.epochs=1"};
  for (const std::string name : {"cifar10_sweep", "fashion_mnist_sweep"}) {
    std::vector<std::string> flags = few_epochs;
    flags.insert(flags.end(), kFewSamples.begin(), kFewSamples.end());
    RunSweep(name, flags);
    ExpectWeights("000-plain_multiplier=1", {45, 32, 32, 20}, /*has_batch_norm=*/false);
    ExpectWeights("007-batch_norm_multiplier=2", {90, 64, 64, 40}, /*has_batch_norm=*/true);
    // Two kinds, each trained twice.
    int trainings = 0;
    for (const auto& entry : fs::directory_iterator(PathOf("out/teachers"))) {
      if (entry.is_directory()) ++trainings;
    }
    EXPECT_EQ(trainings, 4) << name;
  }
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
