#include "tests/cli/tool_test.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace didact {

namespace fs = std::filesystem;

const absl::string_view kSmallExperiment = R"(name: "small"
seed { first: 1 last: 2 }
train_data { [didact/GaussianInputs] { dimension: 6 size: 60 } }
eval_data { [didact/GaussianInputs] { dimension: 6 size: 50 } }
teacher {
  hidden { width: 4 activation { [didact/Relu] {} } }
  outputs: 3
  initializer { [didact/GaussianWeights] { stddev: 1 } }
}
student {
  width_multiplier: 2
  initializer { [didact/GaussianWeights] { stddev: 0.3 } }
}
loss { [didact/HalfSquaredError] {} }
optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.05 } } } }
training { epochs: 3 batch_size: 8 with_replacement { steps_per_epoch: 10 } }
metric { [didact/Loss] {} }
metric { [didact/Specialization] {} }
metric { [didact/FanOutNorm] {} }
metric { [didact/BoundaryObservability] {} }
)";

std::string SmallExperiment(const Changes& changes) {
  std::string text(kSmallExperiment);
  for (const auto& [from, to] : changes) {
    const size_t place = text.find(from);
    EXPECT_NE(place, std::string::npos) << "nothing to replace: " << from;
    if (place == std::string::npos) continue;
    EXPECT_EQ(text.find(from, place + 1), std::string::npos) << "occurs twice: " << from;
    text.replace(place, from.size(), to);
  }
  return text;
}

ToolTest::ToolTest() : folder_(fs::canonical(NewFolder()).string()) {}

std::string ToolTest::PathOf(absl::string_view name) const {
  return absl::StrCat(folder_, "/", name);
}

void ToolTest::Write(const std::string& name, absl::string_view bytes) const {
  const std::string path = PathOf(name);
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(file.good()) << path;
}

std::string ToolTest::Read(const std::string& name) const {
  std::ifstream file(PathOf(name), std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::map<std::string, std::string> ToolTest::Contents(const std::string& name) const {
  const fs::path root = PathOf(name);
  std::map<std::string, std::string> contents;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    const std::string relative = fs::relative(entry.path(), root).string();
    if (entry.is_directory()) {
      contents[relative + "/"] = "";
    } else if (entry.is_fifo()) {
      contents[relative] = "a pipe";
    } else {
      contents[relative] = Read(fs::relative(entry.path(), folder_).string());
    }
  }
  return contents;
}

std::map<std::string, std::string> ToolTest::Results(const std::string& name) const {
  std::map<std::string, std::string> results = Contents(name);
  EXPECT_EQ(results.erase("provenance.json"), 1) << name;
  return results;
}

ToolResult ToolTest::Run(const std::vector<std::string>& arguments) const {
  return RunTool(arguments, folder_);
}

void ToolTest::ExpectRefused(const std::vector<std::string>& arguments,
                             const std::vector<std::string>& problems) const {
  std::string message;
  for (const std::string& problem : problems) absl::StrAppend(&message, "didact: ", problem, "\n");
  ExpectRefusal(arguments, message);
}

void ToolTest::ExpectRefusal(const std::vector<std::string>& arguments,
                             const testing::Matcher<std::string>& message) const {
  const std::map<std::string, std::string> before = Contents();
  const ToolResult result = Run(arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.standard_output, "");
  EXPECT_THAT(result.standard_error, message);
  EXPECT_TRUE(SameFiles(Contents(), before)) << "files were changed";
}

}  // namespace didact
