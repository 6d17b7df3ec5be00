// Tests plugins that are functions, from end to end: registered by a program, and by a plugin
// library. The functions are those that plugins/README.md shows.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/sha256.h"
#include "didact/framework/config/load.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/execution/run_experiment.h"
#include "didact/framework/plugin/library/loader.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/experiment.pb.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

// Defined in my_study.cc.
absl::Status RegisterMyStudy(didact::PluginRegistry& registry);

namespace didact {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

std::string FileText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class FunctionPluginsTest : public ToolTest {
 protected:
  FunctionPluginsTest() {
    WriteConfig({{"[didact/Relu]", "[my_study/Square]"},
                 {"[didact/GaussianInputs] { dimension: 6 size: 60 }",
                  "[my_study/Signs] { dimension: 6 size: 60 }"},
                 {"[didact/FanOutNorm]", "[my_study/FirstOutput]"},
                 {"value: 0.05", "value: 0.001"}});
  }

  // Returns the records of a trial, each as a JSON object.
  std::vector<nlohmann::json> Records(const std::string& run, int seed) const {
    std::vector<nlohmann::json> records;
    std::istringstream lines(Read(absl::StrCat(run, "/trials/", seed, "/metrics.jsonl")));
    for (std::string line; std::getline(lines, line);) {
      records.push_back(nlohmann::json::parse(line));
    }
    return records;
  }

  void ExpectMetric(const std::string& run) const {
    const std::vector<nlohmann::json> records = Records(run, 1);
    ASSERT_EQ(records.size(), 4u);
    for (const nlohmann::json& record : records) {
      EXPECT_TRUE(record.contains("train.my_study.FirstOutput")) << record;
      EXPECT_TRUE(record.contains("eval.my_study.FirstOutput")) << record;
    }
    EXPECT_LT(records.back()["train.loss"], records.front()["train.loss"]);
  }

  const std::string library_ = DataPath("tests/cli/libmy_study.so");
};

TEST_F(FunctionPluginsTest, AreThoseOfTheReadme) {
  const std::string readme = FileText(DataPath("plugins/README.md"));
  const std::string fence = "```cpp\n";
  const size_t begin = readme.find(fence) + fence.size();
  ASSERT_GT(begin, fence.size());
  EXPECT_THAT(FileText(DataPath("tests/cli/my_study.cc")),
              HasSubstr(readme.substr(begin, readme.find("```", begin) - begin)));
  for (const char* line : {"activation { [my_study/Square] {} }",
                           "train_data { [my_study/Signs] { dimension: 6 size: 60 } }",
                           "metric { [my_study/FirstOutput] {} }"}) {
    EXPECT_THAT(readme, HasSubstr(line));
    EXPECT_THAT(Read("e.textproto"), HasSubstr(line));
  }
}

TEST_F(FunctionPluginsTest, OfALibraryAreRunByTheTool) {
  const std::string flag = "--plugin=" + library_;
  ToolResult result = Run({"run", "e.textproto", flag, "--out=run"});
  ASSERT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  ExpectMetric("run");

  // The run names the library and needs no flag.
  result = Run({"run", "run/experiment.textproto", "--out=again"});
  ASSERT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_EQ(Results("run"), Results("again"));

  result = Run({"plugins", "my_study.Square", flag});
  EXPECT_EQ(result.standard_output,
            "my_study.Square (activation)\n  y = x^2.\n\nIn a config\n\n  [my_study/Square] {}\n");
  result = Run({"plugins", "my_study.Signs", flag});
  EXPECT_THAT(result.standard_output,
              HasSubstr("int64 [samples], required, >= 1 and <= 1000000000\n"));
  result = Run({"selftest", flag});
  EXPECT_EQ(result.exit_code, 0) << result.standard_output;
  EXPECT_THAT(result.standard_output, HasSubstr(" checks passed, 0 failed\n"));
}

TEST_F(FunctionPluginsTest, FieldsOfADataSetAreSetLikeAnyOthers) {
  const std::vector<std::string> run = {"run", "e.textproto", "--plugin=" + library_};
  const auto with = [&run](const std::string& argument) {
    std::vector<std::string> arguments = run;
    arguments.push_back(argument);
    return arguments;
  };
  ExpectRefused(with("--set=train_data.size=0"),
                {"e.textproto: train_data.size: must be >= 1 and <= 1000000000, got 0"});
  ExpectRefusal(
      with("--set=train_data.sise=1"),
      HasSubstr("train_data: Message type \"my_study.Signs\" has no field named \"sise\"; "
                "did you mean \"size\"?"));
}

class ProgramTest : public FunctionPluginsTest {
 protected:
  ProgramTest() {
    EXPECT_EQ(RegisterBuiltinPlugins(registry_), absl::OkStatus());
    EXPECT_EQ(RegisterMyStudy(registry_), absl::OkStatus());
  }

  absl::StatusOr<std::vector<TrialResult>> Run(const std::string& config,
                                               const std::string& directory, bool resume = false) {
    const absl::StatusOr<Experiment> experiment = LoadExperiment(PathOf(config), {}, registry_);
    if (!experiment.ok()) return experiment.status();
    RunOptions options;
    options.directory = PathOf(directory);
    options.resume = resume;
    options.path = FieldPath(config);
    options.experiment_text = PrintText(*experiment, registry_);
    std::atomic<bool> stop = false;
    Progress progress;
    return RunExperiment(*experiment, registry_, options, stop, progress);
  }

  PluginRegistry registry_;
  const std::string program_ = fs::canonical("/proc/self/exe").string();
};

TEST_F(ProgramTest, IsNamedByItsRuns) {
  ASSERT_EQ(Run("e.textproto", "run").status(), absl::OkStatus());
  ExpectMetric("run");
  const std::string config = Read("run/experiment.textproto");
  EXPECT_THAT(config, AllOf(HasSubstr("[type.googleapis.com/my_study.Square]"),
                            HasSubstr(absl::StrCat("plugin_library: \"", program_, "\""))));
  const auto provenance = nlohmann::json::parse(Read("run/provenance.json"));
  ASSERT_EQ(provenance["plugin_libraries"].size(), 1u);
  EXPECT_EQ(provenance["plugin_libraries"][0]["path"], program_);
  EXPECT_EQ(provenance["plugin_libraries"][0]["sha256"], *Sha256(FileText(program_)));
  EXPECT_EQ(provenance["plugin_libraries"][0]["used"], true);

  // The program can repeat a run of its own, because it recognizes itself.
  EXPECT_EQ(LoadPluginLibrary(program_, registry_), absl::OkStatus());
  ASSERT_EQ(Run("run/experiment.textproto", "again").status(), absl::OkStatus());
  EXPECT_EQ(Results("run"), Results("again"));
  // The results of the library are the same.
  ASSERT_EQ(ToolTest::Run({"run", "e.textproto", "--plugin=" + library_, "--out=tool"}).exit_code,
            0);
  EXPECT_EQ(Records("run", 2), Records("tool", 2));
}

TEST_F(ProgramTest, IsAskedForByTheTool) {
  ASSERT_EQ(Run("e.textproto", "run").status(), absl::OkStatus());
  ExpectRefused({"run", "run/experiment.textproto", "--out=other"},
                {absl::StrCat("run/experiment.textproto: plugin_library[0]: ", program_,
                              ": is a program, not a plugin library: plugins that it registers are "
                              "known to this program alone, which must run what needs them")});
  ExpectRefusal({"run", "e.textproto"},
                AllOf(HasSubstr("no plugin my_study.Square of kind activation"),
                      HasSubstr("a plugin that a program registers is known to that program "
                                "alone")));
}

TEST_F(ProgramTest, IsNotNamedByRunsThatDoNotNeedIt) {
  WriteConfig();
  const absl::StatusOr<Experiment> experiment =
      LoadExperiment(PathOf("e.textproto"), {}, registry_);
  ASSERT_EQ(experiment.status(), absl::OkStatus());
  EXPECT_EQ(experiment->plugin_library_size(), 0);
}

// Protocol Buffers does not know the messages, and must not report that on the terminal.
TEST_F(ProgramTest, GoesOnWithARunWithoutAWord) {
  Write("e.textproto", Read("e.textproto") + "output { keep_final_checkpoint: true }\n");
  ASSERT_EQ(Run("e.textproto", "run").status(), absl::OkStatus());
  fs::remove(PathOf("run/trials/2/outcome.json"));
  testing::internal::CaptureStderr();
  const absl::StatusOr<std::vector<TrialResult>> trials =
      Run("run/experiment.textproto", "run", /*resume=*/true);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_EQ(trials.status(), absl::OkStatus());
  ASSERT_EQ(trials->size(), 2u);
  EXPECT_EQ((*trials)[1].provenance.status, TrialStatus::kFinished);
  EXPECT_EQ((*trials)[1].provenance.resumed_at, 30);
}

}  // namespace
}  // namespace didact
