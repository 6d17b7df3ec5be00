#include "didact/framework/config/load.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "didact/framework/config/text_format.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/config/config_registry.h"

namespace didact {
namespace {

constexpr char kExample[] = "tests/config/example.textproto";

absl::StatusOr<Experiment> Load(const std::string& path,
                                const std::vector<std::string>& overrides = {}) {
  return LoadExperiment(path, overrides, test::ConfigRegistry());
}

std::string Error(const std::string& path, const std::vector<std::string>& overrides = {}) {
  return std::string(Load(path, overrides).status().message());
}

std::string ExampleText() {
  std::ifstream file(kExample);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(LoadExperiment, LoadsTheExampleOfTheManual) {
  const auto experiment = Load(kExample);
  ASSERT_THAT(experiment.status(), IsOk());
  EXPECT_EQ(experiment->name(), "two_layer");
  EXPECT_EQ(experiment->precision(), DOUBLE);
  EXPECT_EQ(experiment->seed().last(), 32);
  EXPECT_EQ(experiment->train_data().type_url(), "type.googleapis.com/didact.GaussianInputs");
  EXPECT_EQ(experiment->teacher().initializer_size(), 4);
  EXPECT_EQ(experiment->student().width_multiplier(), 10);
  EXPECT_EQ(experiment->training().with_replacement().steps_per_epoch(), 1000);
  EXPECT_EQ(experiment->metric_size(), 2);
  EXPECT_EQ(experiment->output().checkpoint_every_epochs(), 10);
  GaussianInputs inputs;
  ASSERT_TRUE(experiment->train_data().UnpackTo(&inputs));
  EXPECT_EQ(inputs.stddev(), 1.5);
}

TEST(LoadExperiment, LoadsWhatItResolvedAgainWithoutChange) {
  const auto first = Load(kExample);
  ASSERT_THAT(first.status(), IsOk());
  const std::string text = PrintText(*first, test::ConfigRegistry());
  EXPECT_THAT(text, testing::StartsWith("# proto-file: didact/protos/experiment.proto\n"
                                        "# proto-message: didact.Experiment\n"
                                        "name: \"two_layer\"\n"));
  const auto second = Load(ScratchFile("resolved.textproto", text));
  ASSERT_THAT(second.status(), IsOk());
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(PrintText(*second, test::ConfigRegistry()), text);
}

TEST(LoadExperiment, AppliesOverridesInOrderBeforeItChecks) {
  const std::string path = ScratchFile(
      "wrong.textproto",
      absl::StrReplaceAll(ExampleText(), {{"width_multiplier: 10", "width_multiplier: -2"}}));
  EXPECT_EQ(Error(path), absl::StrCat(path, ": student.width_multiplier: must be > 0, got -2"));
  const auto experiment = Load(path, {"student.width_multiplier=3", "student.width_multiplier=5",
                                      "optimizer.learning_rate.value=0.5"});
  ASSERT_THAT(experiment.status(), IsOk());
  EXPECT_EQ(experiment->student().width_multiplier(), 5);
}

TEST(LoadExperiment, ListsTheProblemsOfAllOverridesAtOnce) {
  EXPECT_EQ(Error(kExample, {"student.width_multiplier", "optimizer.rate=1", "training.epochs=many",
                             "seed.last=3"}),
            "--set: must be PATH=VALUE, e.g. student.width_multiplier=2, got "
            "\"student.width_multiplier\"\n"
            "--set: optimizer: Message type \"didact.Sgd\" has no field named \"rate\"; it has: "
            "learning_rate, momentum, nesterov, weight_decay\n"
            "--set: training.epochs: must be a value of type int32, got many");
}

TEST(LoadExperiment, TakesRelativeFileNamesFromTheConfigsFolder) {
  const std::string path = ScratchFile(
      "files.textproto",
      absl::StrReplaceAll(
          ExampleText(),
          {{"[didact/GaussianInputs] { dimension: 100 size: 10000 stddev: 1.5 }",
            "[didact/NpyDataset] { inputs: '../data/f.npz:x' labels: '/abs/l.npy' }"},
           {"[didact/GaussianWeights] { stddev: 0.005 }", "[didact/NpzWeights] { path: 'w.npz' }"},
           {"with_replacement { steps_per_epoch: 1000 }", "replay { batches: 'b.npz:b' }"}}));
  const auto experiment = Load(path, {"eval_data.labels=m.npy"});
  ASSERT_THAT(experiment.status(), IsOk());
  const std::string folder =
      std::filesystem::canonical(std::filesystem::path(path).parent_path()).string();
  NpyDataset data;
  ASSERT_TRUE(experiment->train_data().UnpackTo(&data));
  EXPECT_EQ(data.inputs(), absl::StrCat(folder, "/../data/f.npz:x"));
  EXPECT_EQ(data.labels(), "/abs/l.npy");
  NpzWeights weights;
  ASSERT_TRUE(experiment->student().initializer(0).UnpackTo(&weights));
  EXPECT_EQ(weights.path(), absl::StrCat(folder, "/w.npz"));
  EXPECT_EQ(experiment->training().replay().batches(), absl::StrCat(folder, "/b.npz:b"));
  ASSERT_TRUE(experiment->eval_data().UnpackTo(&data));
  EXPECT_EQ(data.labels(), absl::StrCat(folder, "/m.npy"));
}

TEST(LoadExperiment, KeepsFileNamesThatAreLeftOutEmpty) {
  const std::string path = ScratchFile(
      "no_labels.textproto",
      absl::StrReplaceAll(ExampleText(),
                          {{"[didact/GaussianInputs] { dimension: 100 size: 10000 stddev: 1.5 }",
                            "[didact/NpyDataset] { inputs: 'f.npy' }"}}));
  const auto experiment = Load(path);
  ASSERT_THAT(experiment.status(), IsOk());
  NpyDataset data;
  ASSERT_TRUE(experiment->train_data().UnpackTo(&data));
  EXPECT_EQ(data.labels(), "");
}

TEST(LoadExperiment, RefusesFilesThatAreNoConfig) {
  const std::string missing = ScratchPath("missing.textproto");
  EXPECT_EQ(Error(missing), absl::StrCat(missing, ": cannot be opened: No such file or directory"));
  EXPECT_EQ(Error(testing::TempDir()),
            absl::StrCat(testing::TempDir(), ": is a directory, a file is wanted"));
  const std::string empty = ScratchFile("empty.textproto", "\n \n");
  EXPECT_EQ(Error(empty),
            absl::StrCat(empty, ": is empty, a config in protobuf text format is wanted"));
  const std::string binary = ScratchFile("binary.textproto", absl::string_view("name\0\1", 6));
  EXPECT_EQ(Error(binary),
            absl::StrCat(binary, ": must be a text file, got byte 0x00 at offset 4"));
  const std::string latin = ScratchFile("latin.textproto", "name: 'caf\xe9'");
  EXPECT_THAT(Error(latin), testing::StartsWith(absl::StrCat(
                                latin, ":1:11: must be a text file in UTF-8, got byte 0xe9; ")));
  const std::string large = ScratchFile("large.textproto", std::string((8 << 20) + 1, '#'));
  EXPECT_EQ(Load(large).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(Error(large), testing::StartsWith(absl::StrCat(large, ": ")));
}

TEST(LoadExperiment, SkipsAByteOrderMark) {
  const auto experiment = Load(ScratchFile("mark.textproto", "\xef\xbb\xbf" + ExampleText()));
  ASSERT_THAT(experiment.status(), IsOk());
  EXPECT_EQ(experiment->SerializeAsString(), Load(kExample)->SerializeAsString());
}

TEST(LoadExperiment, NamesCharactersOfWordProcessorsInOneLine) {
  const std::string path = ScratchFile(
      "curly.textproto",
      absl::StrReplaceAll(ExampleText(), {{"name: \"two_layer\"", "name: \u201ctwo\u201d"}}));
  EXPECT_THAT(Error(path), testing::MatchesRegex(
                               absl::StrCat(path, ":[0-9]+:7: \u201c \\(U\\+201C, .*write \" .*")));
  EXPECT_THAT(
      Error(kExample, {"training.epochs=\u00a03"}),
      testing::HasSubstr("training.epochs: (U+00A0, a no-break space) is not allowed here"));
  EXPECT_THAT(Error(kExample, {"loss=[didact/HalfSquaredError]\u00a0{}"}),
              testing::HasSubstr("loss: (U+00A0, a no-break space) is not allowed here"));
}

TEST(LoadExperiment, SaysWhereTheTextIsWrong) {
  const std::string path = ScratchFile("typo.textproto", "name: 'a'\nstudnet {}\n");
  EXPECT_THAT(Error(path), testing::StartsWith(absl::StrCat(path, ":2:1: studnet: ")));
}

}  // namespace
}  // namespace didact
