// Tests `didact plugins`, the manual.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::HasSubstr;

class PluginsTest : public ToolTest {
 protected:
  std::string Plugins(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "plugins");
    const ToolResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_EQ(result.standard_error, "");
    return result.standard_output;
  }
};

TEST_F(PluginsTest, ListsTheBuiltInPluginsOfEveryKind) {
  const std::string list = "\n" + Plugins({});
  const std::pair<const char*, std::vector<std::string>> kinds[] = {
      {"activation", {"Erf", "Gelu", "Identity", "LeakyRelu", "Relu", "Softplus", "Tanh"}},
      {"augmentation", {"GaussianNoise", "Normalize", "RandomCrop", "RandomHorizontalFlip"}},
      {"dataset",
       {"BoundaryInputs", "Cifar10Dataset", "GaussianInputs", "IdxDataset", "NpyDataset",
        "SphereInputs", "UniformInputs"}},
      {"initializer",
       {"BalanceActivations", "ConstantBias", "CopyTeacher", "DecayFanOut", "GaussianWeights",
        "NormalizeFanIn", "NpzWeights", "OrientToTeacherNode", "OrthogonalWeights", "Prune",
        "ScaleWeights", "SeparatedWeights", "StandardizeOutput", "UniformFanIn"}},
      {"loss", {"CrossEntropy", "HalfSquaredError", "MeanSquaredError"}},
      {"metric",
       {"Accuracy", "BoundaryObservability", "FanOutNorm", "GradientNorm", "Loss", "Specialization",
        "WeightChange", "WeightNorm"}},
      {"optimizer", {"Adam", "AdamW", "Sgd"}},
      {"projection", {"Freeze", "UnitFanIn", "ZeroBias"}},
      {"schedule", {"Constant", "Cosine", "Piecewise", "StepDecay"}}};
  for (const auto& [kind, plugins] : kinds) {
    const size_t begin = list.find("\n" + std::string(kind) + "\n");
    ASSERT_NE(begin, std::string::npos) << kind;
    const std::string section = list.substr(begin, list.find("\n\n", begin + 1) - begin);
    for (const std::string& plugin : plugins) {
      // A long name takes a separate line.
      EXPECT_THAT(section, testing::ContainsRegex("\n  didact\\." + plugin + "[ \n]"));
    }
  }
}

TEST_F(PluginsTest, FitsATerminal) {
  const std::string list = Plugins({});
  size_t longest = 0;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = list.find('\n', begin);
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  EXPECT_LE(longest, 100);
}

TEST_F(PluginsTest, ShowsOnePluginWithFieldDefaultRangeAndExample) {
  const std::string expected =
      "didact.LeakyRelu (activation)\n"
      "  y = x if x > 0, else negative_slope * x.\n"
      "\n"
      "  negative_slope  double, default 0.01, >= 0 and < 1\n"
      "\n"
      "In a config\n"
      "\n"
      "  [didact/LeakyRelu] {\n"
      "    negative_slope: 0.01\n"
      "  }\n";
  EXPECT_EQ(Plugins({"didact.LeakyRelu"}), expected);
  EXPECT_EQ(Plugins({"didact/LeakyRelu"}), expected);
  EXPECT_EQ(Plugins({"LeakyRelu"}), expected);
}

TEST_F(PluginsTest, ShowsCommentsAndUnitsOfFields) {
  const std::string text = Plugins({"didact.IdxDataset"});
  EXPECT_THAT(text, HasSubstr("didact.IdxDataset (dataset)\n"));
  EXPECT_THAT(text,
              HasSubstr("  images  file name, required\n"
                        "          [samples, rows, columns], bytes or numbers of any type.\n"));
  EXPECT_THAT(text, HasSubstr("[samples], optional, >= 1\n"));
}

// Returns an experiment to which one more plugin of any kind has been added. Augmentations change
// the images of pictures.npy.
std::string ExperimentWith(const std::string& kind, const std::string& plugin) {
  const auto chosen = [&](const std::string& other_kind, const std::string& other) {
    return absl::StrCat(" { ", kind == other_kind ? plugin : other, " }\n");
  };
  // These fields are optional.
  const std::string field = kind == "augmentation" ? "train_augmentation" : kind;
  const bool is_optional = kind == "augmentation" || kind == "metric" || kind == "projection";
  const std::string data = kind == "augmentation"
                               ? "[didact/NpyDataset] { inputs: \"pictures.npy\" }"
                               : "[didact/GaussianInputs] { dimension: 100 size: 20 }";
  return absl::StrCat(
      "name: \"example\"\n",  //
      "train_data", chosen("dataset", data), "eval_data", chosen("dataset", data),
      "teacher {\n  hidden { width: 4 activation", chosen("activation", "[didact/Relu] {}"),
      "  }\n  outputs: 3\n  initializer { [didact/GaussianWeights] { stddev: 1 } }\n}\n",
      "student {\n  initializer { [didact/GaussianWeights] { stddev: 1 } }\n",
      kind == "initializer" ? "  initializer { " + plugin + " }\n" : "", "}\n",  //
      "loss", chosen("loss", "[didact/HalfSquaredError] {}"),
      kind == "optimizer"
          ? "optimizer { " + plugin + " }\n"
          : absl::StrCat("optimizer { [didact/Sgd] { learning_rate",
                         chosen("schedule", "[didact/Constant] { value: 0.1 }"), "} }\n"),
      "training { epochs: 1 batch_size: 5 }\n",
      is_optional ? absl::StrCat(field, " { ", plugin, " }\n") : "");
}

TEST_F(PluginsTest, EveryExampleWorksWhereItIsPasted) {
  // These files are named by the examples.
  const auto zeros = [](std::vector<int64_t> shape, int64_t size) {
    return MakeNpyArray<double>(std::move(shape), std::vector<double>(size));
  };
  Write("inputs.npy", *SerializeNpy(zeros({20, 6}, 120)));
  Write("images.idx",
        std::string({0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 3}) + std::string(30, 'x'));
  Write("pictures.npy", *SerializeNpy(zeros({20, 3, 8, 8}, 3840)));
  Write("cifar10.bin", std::string(20 * 3073, '\1'));
  Write("weights.npz", *SerializeNpz({{"0.weight", zeros({4, 100}, 400)},
                                      {"0.bias", zeros({4}, 4)},
                                      {"1.weight", zeros({3, 4}, 12)},
                                      {"1.bias", zeros({3}, 3)}}));
  int count = 0;
  std::string kind;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(Plugins({}), '\n'))) {
    if (!line.empty() && line[0] != ' ') kind = line;
    if (!absl::StartsWith(line, "  didact.")) continue;
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    const std::string manual = Plugins({name});
    const std::string title = "\nIn a config\n\n";
    const size_t begin = manual.find(title);
    ASSERT_NE(begin, std::string::npos) << manual;
    const size_t end = manual.find("\nKeys that it writes", begin);
    const std::string example = manual.substr(begin + title.size(), end - begin - title.size());
    Write("e.textproto", ExperimentWith(kind, example));
    const ToolResult result = Run({"validate", "e.textproto"});
    EXPECT_EQ(result.exit_code, 0) << Read("e.textproto") << result.standard_error;
    ++count;
  }
  EXPECT_GE(count, 44);
}

TEST_F(PluginsTest, AnUnknownNameGetsWhatItCouldBeOrAListOfWhatThereIs) {
  const std::pair<const char*, const char*> misspelt[] = {
      {"didact.LeakyRellu", "didact.LeakyRelu"},
      {"gaussianinputs", "didact.GaussianInputs"},
      {"mine/Tanh", "didact.Tanh"}};
  for (const auto& [name, meant] : misspelt) {
    ExpectRefusal({"plugins", name},
                  testing::AllOf(HasSubstr(absl::StrCat("; did you mean ", meant,
                                                        "? 'didact plugins' lists all of them; ")),
                                 testing::Not(HasSubstr("there are: "))));
  }
  ExpectRefusal({"plugins", "Quaternions"},
                testing::AllOf(testing::StartsWith("didact: no plugin Quaternions; there are: "),
                               HasSubstr(" didact.LeakyRelu, ")));
}

}  // namespace
}  // namespace didact
