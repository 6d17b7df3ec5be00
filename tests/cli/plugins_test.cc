// `didact plugins`: the manual.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

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
      {"augmentation", {"GaussianNoise"}},
      {"dataset",
       {"BoundaryInputs", "GaussianInputs", "IdxDataset", "NpyDataset", "SphereInputs",
        "UniformInputs"}},
      {"initializer",
       {"ConstantBias", "DecayFanOut", "GaussianWeights", "NormalizeFanIn", "NpzWeights",
        "OrientToTeacherNode", "OrthogonalWeights", "ScaleWeights", "SeparatedWeights",
        "UniformFanIn"}},
      {"loss", {"HalfSquaredError", "MeanSquaredError"}},
      {"metric",
       {"BoundaryObservability", "FanOutNorm", "GradientNorm", "Loss", "Specialization",
        "WeightChange", "WeightNorm"}},
      {"optimizer", {"Sgd"}},
      {"projection", {"Freeze", "UnitFanIn", "ZeroBias"}},
      {"schedule", {"Constant", "Piecewise", "StepDecay"}}};
  for (const auto& [kind, plugins] : kinds) {
    const size_t begin = list.find("\n" + std::string(kind) + "\n");
    ASSERT_NE(begin, std::string::npos) << kind;
    const std::string section = list.substr(begin, list.find("\n\n", begin + 1) - begin);
    for (const std::string& plugin : plugins) {
      // A long name has a line of its own.
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
  EXPECT_THAT(text, HasSubstr("  images  file name, required\n"
                              "          Bytes [samples, rows, columns].\n"));
  EXPECT_THAT(text, HasSubstr("[samples], optional, >= 1\n"));
}

TEST_F(PluginsTest, AnUnknownNameGetsAListOfWhatThereIs) {
  ExpectRefusal(
      {"plugins", "didact.LeakyRellu"},
      testing::AllOf(testing::StartsWith("didact: no plugin didact.LeakyRellu; there are: "),
                     HasSubstr(" didact.LeakyRelu, ")));
}

}  // namespace
}  // namespace didact
