// Compiles and runs the C++ of README.md.

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/load.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"

namespace {

constexpr char kExperiment[] = R"(
    name: "embedded"
    train_data { [didact/GaussianInputs] { dimension: 6 size: 60 } }
    eval_data { [didact/GaussianInputs] { dimension: 6 size: 60 } }
    teacher {
      hidden { width: 3 activation { [didact/Relu] {} } }
      outputs: 2
      initializer { [didact/GaussianWeights] {} }
    }
    student { initializer { [didact/GaussianWeights] { stddev: 0.3 } } }
    loss { [didact/HalfSquaredError] {} }
    optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.05 } } } }
    training { epochs: 1 batch_size: 10 }
    metric { [didact/Loss] {} })";

absl::Status TrainAndEvaluate(size_t& numbers) {
  // The snippet begins.
  didact::PluginRegistry registry;
  DIDACT_RETURN_IF_ERROR(didact::RegisterBuiltinPlugins(registry));
  DIDACT_ASSIGN_OR_RETURN(const didact::ResolvedExperiment experiment,
                          didact::LoadExperiment("experiment.textproto", {}, registry));
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<didact::Trial> trial,
                          didact::CreateTrial(experiment, /*seed=*/1, registry,
                                              didact::FieldPath("experiment.textproto")));
  while (!trial->finished()) DIDACT_RETURN_IF_ERROR(trial->Step());
  DIDACT_ASSIGN_OR_RETURN(const didact::Record record, trial->Evaluate());
  // The snippet ends.
  numbers = record.numbers().size();
  return absl::OkStatus();
}

std::string FileText(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Returns what is between two texts, without white space.
std::string Between(const std::string& text, const std::string& before, const std::string& after) {
  const size_t begin = text.find(before);
  EXPECT_NE(begin, std::string::npos) << before;
  if (begin == std::string::npos) return "";
  std::string part = text.substr(begin + before.size());
  part = part.substr(0, part.find(after));
  part.erase(std::remove_if(part.begin(), part.end(),
                            [](unsigned char c) { return std::isspace(c) != 0; }),
             part.end());
  return part;
}

TEST(ReadmeSnippet, IsWhatThisTestCompiles) {
  EXPECT_EQ(Between(FileText("README.md"), "\n```cpp\n", "\n```\n"),
            Between(FileText("tests/embedding/host/readme_snippet_test.cc"),
                    "// The snippet begins.\n", "// The snippet ends.\n"));
}

TEST(ReadmeSnippet, TrainsAndEvaluates) {
  const std::string path = didact::ScratchFile("experiment.textproto", kExperiment);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(std::filesystem::path(path).parent_path());
  size_t numbers = 0;
  const absl::Status status = TrainAndEvaluate(numbers);
  std::filesystem::current_path(before);
  EXPECT_EQ(status, absl::OkStatus());
  EXPECT_GT(numbers, 0u);
}

}  // namespace
