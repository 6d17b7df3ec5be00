// Tests configs that cannot be run: each gives one clear message and exit code 2, and nothing is
// written.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/builtin.h"
#include "tests/base/test_files.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

// Returns the names of all built-in plugins of a kind in the form of messages.
std::string PluginsOfKind(absl::string_view kind) {
  PluginRegistry registry;
  EXPECT_THAT(RegisterBuiltinPlugins(registry), IsOk());
  std::vector<std::string> names;
  for (const PluginFactory* const plugin : registry.List()) {
    if (plugin->kind() == kind) names.push_back(plugin->config().full_name());
  }
  EXPECT_THAT(names, testing::Not(testing::IsEmpty()));
  return absl::StrJoin(names, ", ");
}

class BadConfigTest : public ToolTest {
 protected:
  // Expects `didact run` to refuse the small experiment with these changes.
  void ExpectProblems(const Changes& changes, const std::vector<std::string>& problems) const {
    WriteConfig(changes);
    ExpectRefused({"run", "e.textproto"}, problems);
  }
};

TEST_F(BadConfigTest, UnknownPlugin) {
  ExpectProblems(
      {{"[didact/Relu]", "[didact/Reluu]"}},
      {absl::StrCat(
          "e.textproto:6:34: teacher.hidden[0].activation: no plugin didact.Reluu of kind "
          "activation; there are: ",
          PluginsOfKind("activation"),
          "; a plugin library is loaded with --plugin=FILE, plugin_library in the config, or "
          "DIDACT_PLUGIN_PATH; a plugin that a program registers is known to that program alone")});
}

TEST_F(BadConfigTest, PluginOfAnotherKind) {
  ExpectProblems({{"[didact/HalfSquaredError]", "[didact/Loss]"}},
                 {absl::StrCat("e.textproto:14:8: loss: no plugin didact.Loss of kind loss "
                               "(didact.Loss is of kind metric); there are: ",
                               PluginsOfKind("loss"))});
}

TEST_F(BadConfigTest, MisspeltField) {
  ExpectProblems(
      {{"width_multiplier: 2", "width_multipler: 2"}},
      {"e.textproto:11:3: student.width_multipler: Message type \"didact.Student\" has no field "
       "named \"width_multipler\"; did you mean \"width_multiplier\"? It has: width_multiplier, "
       "hidden, initializer, stream_seed, outputs, bias"});
}

TEST_F(BadConfigTest, MisspeltFieldOfAPlugin) {
  ExpectProblems(
      {{"stddev: 0.3", "stdev: 0.3"}},
      {"e.textproto:12:44: student.initializer[0].stdev: Message type \"didact.GaussianWeights\" "
       "has no field named \"stdev\"; did you mean \"stddev\"? It has: stddev, layer"});
}

TEST_F(BadConfigTest, WrongType) {
  ExpectProblems({{"epochs: 3", "epochs: three"}},
                 {"e.textproto:16:20: training.epochs: Expected integer, got: three"});
  ExpectProblems({{"epochs: 3", "epochs: 3.5"}},
                 {"e.textproto:16:20: training.epochs: Expected integer, got: 3.5"});
  ExpectProblems({{"stddev: 0.3", "stddev: \"0.3\""}},
                 {"e.textproto:12:52: student.initializer[0].stddev: Expected double, got: "
                  "\"0.3\""});
  ExpectProblems({{"name: \"small\"", "name: \"small\" precision: DOUBEL"}},
                 {"e.textproto:1:26: precision: Unknown enumeration value of \"DOUBEL\" for field "
                  "\"precision\"; there are: DOUBLE, FLOAT"});
}

TEST_F(BadConfigTest, ValueOutOfRange) {
  ExpectProblems({{"width_multiplier: 2", "width_multiplier: -2"}},
                 {"e.textproto: student.width_multiplier: must be > 0, got -2"});
  ExpectProblems({{"value: 0.05", "value: -0.05"}},
                 {"e.textproto: optimizer.learning_rate.value: must be >= 0, got -0.05"});
  ExpectProblems({{"value: 0.05", "value: nan"}},
                 {"e.textproto: optimizer.learning_rate.value: must be finite, got nan"});
  ExpectProblems({{"dimension: 6 size: 60", "dimension: 0 size: 60"}},
                 {"e.textproto: train_data.dimension: must be >= 1 and <= 100000000, got 0"});
  ExpectProblems({{"steps_per_epoch: 10", "steps_per_epoch: 0"}},
                 {"e.textproto: training.with_replacement.steps_per_epoch: must be >= 1 and <= "
                  "1000000000, got 0"});
}

TEST_F(BadConfigTest, AllProblemsAreListedAtOnce) {
  ExpectProblems({{"name: \"small\"", "name: \"a/b\""},
                  {"last: 2", "last: 0"},
                  {"size: 60", "size: -60"},
                  {"width: 4", "width: 0"},
                  {"stddev: 0.3", "stddev: -0.3"},
                  {"value: 0.05", "value: inf"},
                  {"batch_size: 8", "batch_size: 0"},
                  {"[didact/Specialization] {}", "[didact/Specialization] { threshold: 1.5 }"}},
                 {"e.textproto: train_data.size: must be >= 1 and <= 1000000000, got -60",
                  "e.textproto: teacher.hidden[0].width: must be >= 1 and <= 1000000, got 0",
                  "e.textproto: student.initializer[0].stddev: must be >= 0, got -0.3",
                  "e.textproto: optimizer.learning_rate.value: must be finite, got inf",
                  "e.textproto: metric[1].threshold[0]: must be >= -1 and <= 1, got 1.5",
                  "e.textproto: name: must be letters, digits, '_', '-' and '.', not begin with "
                  "'.', and be at most 200 long, got \"a/b\"",
                  "e.textproto: seed.last: must be >= first, which is 1, got 0",
                  "e.textproto: training.batch_size: must be >= 1 with with_replacement, got 0"});
}

TEST_F(BadConfigTest, AllMisspellingsAreListedAtOnce) {
  WriteConfig({{"name:", "nam:"}, {"[didact/Loss]", "[didact/Los]"}, {"epochs:", "epoch:"}});
  ExpectRefusal({"run", "e.textproto"},
                AllOf(HasSubstr("didact: e.textproto:1:1: nam: "),
                      HasSubstr("\ndidact: e.textproto:16:12: training.epoch: "),
                      HasSubstr("\ndidact: e.textproto:17:10: metric[0]: no plugin didact.Los ")));
}

TEST_F(BadConfigTest, MissingFields) {
  ExpectProblems(
      {{"loss { [didact/HalfSquaredError] {} }", ""},
       {"  outputs: 3\n", ""},
       {"train_data { [didact/GaussianInputs] { dimension: 6 size: 60 } }", ""},
       {"eval_data { [didact/GaussianInputs] { dimension: 6 size: 50 } }", "eval_data {}"}},
      {"e.textproto: train_data: must be given, such as train_data { [didact/GaussianInputs] { "
       "dimension: 100 size: 10000 } }",
       absl::StrCat("e.textproto: eval_data: must name a plugin of kind dataset, e.g. "
                    "[didact/BoundaryInputs] {}, got nothing; there are: ",
                    PluginsOfKind("dataset")),
       "e.textproto: teacher.outputs: must be >= 1 and <= 1000000, got 0",
       "e.textproto: loss: must be given, such as loss { [didact/HalfSquaredError] {} }"});
}

TEST_F(BadConfigTest, TextThatIsNoConfig) {
  ExpectProblems({{"student {", "student ("}},
                 {"e.textproto:10:9: student: Expected \"{\", found \"(\"."});
  ExpectProblems({{"name: \"small\"", "name: \"small"}},
                 {"e.textproto:1:13: name: String literals cannot cross line boundaries."});
}

TEST_F(BadConfigTest, UnbalancedBraces) {
  Write("e.textproto", absl::StrCat(SmallExperiment(), "output {"));
  ExpectRefusal({"run", "e.textproto"}, StartsWith("didact: e.textproto:"));
}

TEST_F(BadConfigTest, FileThatIsMissing) {
  for (const char* command : {"run", "validate"}) {
    ExpectRefused({command, "e.textproto"},
                  {"e.textproto: cannot be opened: No such file or directory"});
    ExpectRefused({command, ""}, {"CONFIG: must be a file name, got nothing"});
  }
}

TEST_F(BadConfigTest, FileThatIsADirectory) {
  Write("configs/e.textproto", SmallExperiment());
  ExpectRefused({"run", "configs"}, {"configs: is a directory, a file is wanted"});
  ExpectRefused({"run", "configs/"}, {"configs/: is a directory, a file is wanted"});
}

TEST_F(BadConfigTest, FileThatIsADevice) {
  ExpectRefused({"run", "/dev/zero"}, {"/dev/zero: is a device or socket, a file is wanted"});
}

TEST_F(BadConfigTest, FileThatIsEmpty) {
  for (const char* text : {"", "\n \n"}) {
    Write("e.textproto", text);
    ExpectRefused({"run", "e.textproto"},
                  {"e.textproto: is empty, a config in protobuf text format is wanted"});
  }
}

TEST_F(BadConfigTest, FileThatIsOnlyAComment) {
  Write("e.textproto", "# nothing yet\n");
  ExpectRefusal(
      {"run", "e.textproto"},
      StartsWith("didact: e.textproto: name: must be given, such as name: \"my_experiment\"\n"));
}

TEST_F(BadConfigTest, FileThatIsBinary) {
  Write("e.textproto", absl::string_view("PK\3\4\0\0", 6));
  ExpectRefused({"run", "e.textproto"},
                {"e.textproto: must be a text file, got byte 0x03 at offset 2"});
  Write("e.textproto", "name: 'caf\xe9'");
  ExpectRefusal(
      {"run", "e.textproto"},
      StartsWith("didact: e.textproto:1:11: must be a text file in UTF-8, got byte 0xe9; "));
  Write("e.textproto", absl::string_view("\xff\xfen\0a\0m\0e\0", 10));
  ExpectRefused({"run", "e.textproto"},
                {"e.textproto: must be a text file in UTF-8, got UTF-16LE; convert it, for example "
                 "with: iconv -f UTF-16LE -t UTF-8 e.textproto > utf8.textproto"});
}

TEST_F(BadConfigTest, FileThatIsHuge) {
  Write("e.textproto", std::string((8 << 20) + 1, '#'));
  ExpectRefused({"run", "e.textproto"},
                {"e.textproto: has more than the 8 MiB that a config may have; put numbers into "
                 "files: data for [didact/NpyDataset], weights for [didact/NpzWeights]"});
}

TEST_F(BadConfigTest, NestingWithoutEnd) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "optimizer { [didact/Sgd] { learning_rate { ";
  Write("e.textproto", text);
  ExpectRefusal({"run", "e.textproto"}, StartsWith("didact: e.textproto:"));
}

TEST_F(BadConfigTest, SetThatIsMalformed) {
  WriteConfig();
  const auto refuse = [&](const std::string& set, const std::string& problem) {
    ExpectRefused({"run", "e.textproto", "--set=" + set}, {"--set: " + problem});
  };
  refuse("student.width_multiplier",
         "must be PATH=VALUE, e.g. student.width_multiplier=2, got \"student.width_multiplier\"");
  refuse("=2", "must be PATH=VALUE, e.g. student.width_multiplier=2, got \"=2\"");
  refuse("teacher.hidden[0.width=2",
         "must be the path of a field, e.g. teacher.hidden[0].width, got "
         "\"teacher.hidden[0.width\"");
  refuse("student.width=2",
         "student: Message type \"didact.Student\" has no field named \"width\"; it has: "
         "width_multiplier, hidden, initializer, stream_seed, outputs, bias");
  refuse("training.epochs=many", "training.epochs: must be a value of type int32, got many");
  refuse("training.epochs=", "training.epochs: must be a value of type int32, got nothing");
  refuse("metric[7].epsilon=1", "metric: index must be <= 4 (which appends), got 7");
  refuse("teacher.hidden.width=2", "teacher.hidden: is repeated: say which one, e.g. hidden[0]");
  refuse("optimizer.momentun=0.5",
         "optimizer: Message type \"didact.Sgd\" has no field named \"momentun\"; did you mean "
         "\"momentum\"? It has: learning_rate, momentum, nesterov, weight_decay");
}

TEST_F(BadConfigTest, SetThatIsOutOfRange) {
  WriteConfig();
  ExpectRefused(
      {"run", "e.textproto", "--set=student.width_multiplier=-2", "--set=optimizer.momentum=1"},
      {"e.textproto: student.width_multiplier: must be > 0, got -2",
       "e.textproto: optimizer.momentum: must be >= 0 and < 1, got 1"});
}

TEST_F(BadConfigTest, NumbersThatAreLeftOut) {
  ExpectProblems(
      {{"value: 0.05", ""}},
      {"e.textproto: optimizer.learning_rate.value: must be given, such as value: 0.01"});
  ExpectProblems(
      {{"epochs: 3 batch_size: 8 with_replacement { steps_per_epoch: 10 }", "full_batch {}"}},
      {"e.textproto: training.epochs: must be given, such as epochs: 100"});
  ExpectProblems({{"metric { [didact/Loss] {} }",
                   "metric { [didact/Loss] {} } train_augmentation { [didact/GaussianNoise] {} }"}},
                 {"e.textproto: train_augmentation[0].stddev: must be given, such as stddev: 0.1"});
}

TEST_F(BadConfigTest, DimensionsAndSizesThatAreNone) {
  WriteConfig();
  Write("s.textproto", R"(name: "s" base_path: "e.textproto"
axis { field: "train_data.dimension" value: ["0", "-3"] }
)");
  for (const std::string value : {"0", "-3"}) {
    const std::string range = "must be >= 1 and <= 100000000, got " + value;
    for (const char* command : {"run", "validate"}) {
      ExpectRefused({command, "e.textproto", "--set=train_data.dimension=" + value,
                     "--set=eval_data.dimension=" + value, "--set=train_data.size=" + value},
                    {"e.textproto: train_data.dimension: " + range,
                     "e.textproto: train_data.size: must be >= 1 and <= 1000000000, got " + value,
                     "e.textproto: eval_data.dimension: " + range});
    }
  }
  ExpectRefused({"sweep", "s.textproto"},
                {"s.textproto:2:46: axis[0].value[0]: train_data.dimension: must be >= 1 and <= "
                 "100000000, got 0",
                 "s.textproto:2:51: axis[0].value[1]: train_data.dimension: must be >= 1 and <= "
                 "100000000, got -3"});
}

TEST_F(BadConfigTest, SizesThatNoMachineHas) {
  WriteConfig({{"dimension: 6 size: 60", "dimension: 1000000 size: 1000000000"},
               {"dimension: 6 size: 50", "dimension: 1000000 size: 1"}});
  ExpectRefusal({"run", "e.textproto"},
                MatchesRegex("didact: e.textproto: train_data: needs 8e\\+06 GB, and this machine "
                             "has [0-9.e+]+ GB of memory\n"));
  WriteConfig({{"width: 4", "width: 1000000"}, {"outputs: 3", "outputs: 1000000"}});
  ExpectRefusal({"run", "e.textproto", "--set=student.width_multiplier=1"},
                MatchesRegex("didact: e.textproto: teacher: needs 8e\\+03 GB, and this machine "
                             "has [0-9.e+]+ GB of memory\n"));
}

}  // namespace
}  // namespace didact
