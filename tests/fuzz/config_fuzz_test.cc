#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/load.h"
#include "didact/framework/config/override.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/text_format.h"
#include "didact/protos/experiment.pb.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/config/config_registry.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/reader_fuzz.h"

namespace didact {
namespace {

constexpr uint64_t kConfigs = 4000;
constexpr uint64_t kOverrides = 5000;

const PluginRegistry& Registry() {
  static const PluginRegistry& registry = *new PluginRegistry(test::ConfigRegistry());
  return registry;
}

std::string ExampleText() {
  std::ifstream file("tests/config/example.textproto");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Returns the config in the form in which the loader itself writes it, and a config with features
// that the first does not use.
std::vector<std::string> Examples() {
  const std::string text = ExampleText();
  Experiment experiment;
  EXPECT_EQ(ParseText(text, Registry(), FieldPath("example"), experiment), absl::OkStatus());
  EXPECT_EQ(ResolveExperiment(experiment, Registry(), FieldPath("example")), absl::OkStatus());
  return {text, PrintText(experiment, Registry()),
          R"(name: 'b' precision: FLOAT plugin_library: ['a.so', "b" '.so']
             train_data < [didact/NpyDataset] { inputs: 'x.npz:a'; labels: "\x79\171" size: 3 } >
             eval_data: { [didact.NpyDataset] { inputs: 'x.npy' } }
             teacher { hidden: [{ width: 2 activation { [didact/LeakyRelu] {} } }] outputs: 1
                       initializer { [didact/NpzWeights] { path: 'w.npz' layer: [0, 0x1] } } }
             student { hidden { width: 3 activation { [didact/Tanh] {} } }
                       initializer { [didact/OrientToTeacherNode] { direction: HELPFUL } } }
             loss { [didact/MeanSquaredError] {} }
             optimizer { [didact/Sgd] { learning_rate { [didact/Piecewise] {
               point { epoch: 0 value: 1.5e-3 } point { epoch: 3 value: .5f } } } momentum: 0.9 } }
             training { epochs: 2 replay { batches: 'b.npz:b' } }
             projection { [didact/Freeze] { layer: 0 } }
             metric { [didact/Specialization] {} })"};
}

std::vector<std::string> Words() {
  return {"{",
          "}",
          "<",
          ">",
          "[",
          "]",
          ":",
          ",",
          ";",
          "#",
          "\n",
          "'",
          "\"",
          "\\",
          "-",
          "inf",
          "nan",
          "1e999",
          "0x",
          "0777",
          "-0",
          "true",
          "[]",
          "[[",
          " {} ",
          "/",
          ".",
          "hidden { ",
          "[didact/Sgd] { ",
          "learning_rate { ",
          "[didact/Constant] { value: 1 } ",
          "[didact/Unknown] { a: [] }",
          "[type.googleapis.com/google.protobuf.Any] { ",
          "type_url: ",
          "value: ",
          "activation { ",
          "unknown { x: 1 } ",
          "18446744073709551616",
          "width: ",
          "seed { last: 99999999999 } ",
          "stream_seed: 1 "};
}

TEST(ConfigFuzz, BrokenConfigsAreRefusedOrLoaded) {
  const auto read = [](const std::string& input) -> absl::Status {
    const std::string path = ScratchFile(std::string(kFuzzFileName), input);
    const auto libraries = PluginLibraries(path);
    const absl::StatusOr<Experiment> experiment = LoadExperiment(path, {}, Registry());
    if (!experiment.ok()) return experiment.status();
    EXPECT_EQ(libraries.status(), absl::OkStatus());
    Experiment named;
    EXPECT_EQ(ParseText(input, Registry(), FieldPath("parsed"), named), absl::OkStatus());
    MakeFileNamesAbsolute(*AbsoluteFolderOf(path), Registry(), named);
    std::vector<std::string> files;
    for (const NamedLibrary& library : *libraries) files.push_back(library.file);
    EXPECT_EQ(files, std::vector<std::string>(named.plugin_library().begin(),
                                              named.plugin_library().end()));
    // Writing and reading a loaded config loses nothing.
    Experiment again;
    EXPECT_EQ(ParseText(PrintText(*experiment, Registry()), Registry(), FieldPath("again"), again),
              absl::OkStatus());
    EXPECT_EQ(ResolveExperiment(again, Registry(), FieldPath("again")), absl::OkStatus());
    EXPECT_EQ(again.SerializeAsString(), experiment->SerializeAsString());
    return absl::OkStatus();
  };
  FuzzReader(Mutation(Examples(), Words()), kConfigs, read);
}

TEST(ConfigFuzz, BrokenOverridesAreRefusedOrApplied) {
  Experiment example;
  ASSERT_EQ(ParseText(ExampleText(), Registry(), FieldPath("example"), example), absl::OkStatus());
  std::vector<std::string> words = Words();
  for (const char* word :
       {"=", "[0]", "[1]", "[99999999999]", "[-1]", "student.", "teacher.", "optimizer.",
        "metric[2]=", "threshold", "..", "name=", "training.", "shuffle", "output.arrays=NONE"}) {
    words.push_back(word);
  }
  const Mutation mutation(
      {"student.width_multiplier=2", "seed.last=4", "precision=FLOAT",
       "teacher.initializer[1].exponent=0.5", "optimizer.learning_rate.value=1e-3",
       "teacher.hidden[0].activation={ [didact/LeakyRelu] {} }",
       "optimizer=[didact/Sgd] { learning_rate { [didact/Constant] { value: 1 } } }",
       "metric[2]=[didact/Loss] {}", "metric[1].threshold=[0.5, 0.25]", "name=\"x\"",
       "plugin_library[0]=a.so", "training.full_batch={}"},
      words);
  const FieldPath origin(kFuzzFileName);
  const auto apply = [&](const Override& change) {
    Experiment experiment = example;
    const absl::Status status = ApplyOverride(change, Registry(), origin, experiment);
    return status.ok() ? ResolveExperiment(experiment, Registry(), origin) : status;
  };
  FuzzReader(mutation, kOverrides, [&](const std::string& input) -> absl::Status {
    const absl::StatusOr<Override> change = ParseOverride(input);
    if (!change.ok()) return origin.Invalid(change.status().message());
    // An invalid value is tried also with a valid path.
    for (const char* path : {"optimizer", "teacher.hidden", "metric[1].threshold", "name"}) {
      const absl::Status status = apply({path, change->value});
      EXPECT_TRUE(status.ok() || absl::StrContains(status.message(), kFuzzFileName)) << status;
    }
    return apply(*change);
  });
}

}  // namespace
}  // namespace didact
