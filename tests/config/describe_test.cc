#include "didact/framework/config/describe.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "didact/framework/config/example_of_plugin.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/resolve.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "didact/protos/plugins/optimizer.pb.h"
#include "didact/protos/plugins/schedule.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/config/config_registry.h"
#include "tests/config/describe_test.pb.h"
#include "tests/plugin/fake_factory.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Describe(const std::string& name) {
  const auto text = DescribePlugin(name, test::ConfigRegistry());
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *text : "";
}

TEST(DescribePlugins, ListsByKindWithAFirstSentence) {
  PluginRegistry registry;
  ASSERT_TRUE(test::AddFake<test::Described>(registry, "schedule").ok());
  EXPECT_EQ(DescribePlugins(registry), "schedule\n  didact.test.Described\n");
  const std::string text = DescribePlugins(test::ConfigRegistry());
  EXPECT_THAT(text, testing::StartsWith(
                        "activation\n"
                        "  didact.Identity             y = x.\n"
                        "  didact.LeakyRelu            y = x if x > 0, else negative_slope * x.\n"
                        "  didact.Relu                 y = max(x, 0); the derivative at 0 is 0.\n"
                        "  didact.Tanh                 y = tanh x.\n"
                        "\n"
                        "augmentation\n"));
  EXPECT_THAT(text, HasSubstr("  didact.NpzWeights           Weights from a NumPy archive: arrays "
                              "PREFIXl.weight [out, in] (of a\n"
                              "                              convolution, "));
}

TEST(DescribePlugin, ShowsTypeDefaultRangeAndExample) {
  const char expected[] =
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
  for (const char* name : {"didact.LeakyRelu", "didact/LeakyRelu",
                           "type.googleapis.com/didact.LeakyRelu", "LeakyRelu"}) {
    EXPECT_EQ(Describe(name), expected);
  }
}

TEST(DescribePlugin, ShowsAPluginWithoutFields) {
  EXPECT_EQ(Describe("didact.Tanh"),
            "didact.Tanh (activation)\n"
            "  y = tanh x.\n"
            "\n"
            "In a config\n"
            "\n"
            "  [didact/Tanh] {}\n");
}

TEST(DescribePlugin, ShowsEveryFormOfField) {
  PluginRegistry registry = test::ConfigRegistry();
  ASSERT_TRUE(test::AddFake<test::Described>(registry, "schedule").ok());
  EXPECT_EQ(*DescribePlugin("didact.test.Described", registry),
            "didact.test.Described (schedule)\n"
            "\n"
            "  count     int32 [nodes], required, >= 1\n"
            "  rate      double, default 0\n"
            "  above     double, required, > 2 and < 2.5\n"
            "  maybe     uint64, optional\n"
            "  list      list of double, default [0.5, 1]\n"
            "  path      file name, required\n"
            "  text      string, default a b\n"
            "  flag      bool, default false\n"
            "  color     one of RED, GREEN, default RED\n"
            "  inner     Inner, required\n"
            "  many      list of Inner, optional\n"
            "  schedule  schedule plugin, required\n"
            "  metric    list of metric plugins, optional\n"
            "  left      Inner, optional, excludes right\n"
            "  right     double, optional, excludes left\n"
            "\n"
            "Inner\n"
            "\n"
            "  width  int32, required, >= 3\n"
            "  name   string, optional\n"
            "\n"
            "In a config\n"
            "\n"
            "  [didact.test/Described] {\n"
            "    count: 8\n"
            "    rate: 0\n"
            "    above: 2.25\n"
            "    # maybe: 0\n"
            "    list: [0.5, 1]\n"
            "    path: \"FILE\"\n"
            "    text: \"a b\"\n"
            "    flag: false\n"
            "    color: RED\n"
            "    inner {\n"
            "      width: 8\n"
            "      # name: \"TEXT\"\n"
            "    }\n"
            "    # many {\n"
            "    #   width: 8\n"
            "    #   # name: \"TEXT\"\n"
            "    # }\n"
            "    schedule { [didact/Constant] { value: 0.01 } }\n"
            "    # metric { [didact/Loss] {} }\n"
            "    # left {\n"
            "    #   width: 8\n"
            "    #   # name: \"TEXT\"\n"
            "    # }\n"
            "    # right: 0\n"
            "  }\n");
}

TEST(DescribePlugin, ShowsCommentsOfFieldsAndEnumValues) {
  const std::string text = Describe("didact.Specialization");
  EXPECT_THAT(text, HasSubstr("  epsilon            double, default 1e-10, >= 0\n"
                              "                     Keeps the correlation of a node that never "
                              "changes at 0 instead of 0/0.\n"));
  EXPECT_THAT(text,
              HasSubstr("  epsilon_placement  one of SUM_OF_SQUARES, VARIANCE, default "
                        "SUM_OF_SQUARES\n"
                        "                       SUM_OF_SQUARES: Added to the sum over samples of "
                        "the centred squares\n"
                        "                       (two-layer reference).\n"));
}

TEST(DescribePlugin, KeepsLinesShort) {
  const PluginRegistry registry = test::ConfigRegistry();
  std::string all =
      absl::StrCat(DescribePlugins(registry), DescribeMessage(*Experiment::descriptor(), registry));
  for (const PluginFactory* factory : registry.List()) {
    absl::StrAppend(&all, *DescribePlugin(factory->config().full_name(), registry));
  }
  for (absl::string_view line : absl::StrSplit(all, '\n')) EXPECT_LE(line.size(), 100u) << line;
}

TEST(DescribePlugin, ListsWhatThereIsWhenTheNameIsUnknown) {
  PluginRegistry registry;
  EXPECT_EQ(DescribePlugin("Huber", registry).status(),
            absl::NotFoundError(
                absl::StrCat("no plugin Huber; there are: none; ", kHowPluginsAreLoaded)));
  ASSERT_TRUE(test::AddFake<test::Described>(registry, "schedule").ok());
  EXPECT_EQ(DescribePlugin("my/Huber", registry).status(),
            absl::NotFoundError(absl::StrCat(
                "no plugin my.Huber; there are: didact.test.Described; ", kHowPluginsAreLoaded)));
}

TEST(DescribePlugin, ShowsAMessageOfTwoKindsTwice) {
  PluginRegistry registry;
  ASSERT_TRUE(test::AddFake<test::Inner>(registry, "schedule").ok());
  ASSERT_TRUE(test::AddFake<test::Inner>(registry, "loss").ok());
  const auto text = DescribePlugin("Inner", registry);
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("didact.test.Inner (loss)\n"));
  EXPECT_THAT(*text, HasSubstr("\ndidact.test.Inner (schedule)\n"));
}

TEST(DescribeMessage, ShowsTheMessagesWithin) {
  const std::string text = DescribeMessage(*Experiment::descriptor(), test::ConfigRegistry());
  EXPECT_THAT(text, testing::StartsWith("didact.Experiment\n"));
  EXPECT_THAT(text, HasSubstr("\nSeedRange\n  A trial per seed: first, first + 1, ..., last.\n"));
  EXPECT_THAT(text, HasSubstr("\nHiddenLayer\n"));
  EXPECT_THAT(text, HasSubstr("\nWithReplacement\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("\nAny\n")));
}

TEST(ExampleConfig, ResolvesForEveryPlugin) {
  const PluginRegistry registry = test::ConfigRegistry();
  for (const PluginFactory* factory : registry.List()) {
    const std::unique_ptr<google::protobuf::Message> config(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(&factory->config())
            ->New());
    const std::string text = ExampleConfig(factory->config(), registry, 2);
    EXPECT_EQ(ParseText(text, registry, FieldPath("example"), *config), absl::OkStatus()) << text;
    EXPECT_EQ(ResolveConfig(*config, registry, FieldPath("example")), absl::OkStatus()) << text;
  }
}

TEST(ExampleConfig, WritesAwkwardFieldsSoThatTheyResolve) {
  const PluginRegistry registry;
  const std::string text = ExampleConfig(*test::Awkward::descriptor(), registry, 0);
  EXPECT_EQ(text,
            "comment {\n"
            "  # name: \"TEXT\"\n"
            "}\n"
            "tree { weight: 0 }\n"
            "quoted: \"a \\\"b\\\" \\\\ c\"\n"
            "texts: [\"a\", \"b\"]\n"
            "files: [\"a.npy\", \"b.npy\"]\n"
            "tenth: 0.05\n"
            "above: 9\n"
            "large: 1000000000000000\n"
            "negative: [-3]\n"
            "color: [GREEN, RED]\n"
            "rate: 0.25\n"
            "# maybe: 5\n"
            "shown: 2\n");
  test::Awkward config;
  ASSERT_EQ(ParseText(text, registry, FieldPath("example"), config), absl::OkStatus());
  EXPECT_EQ(ResolveConfig(config, registry, FieldPath("example")), absl::OkStatus());
  EXPECT_EQ(config.quoted(), "a \"b\" \\ c");
  EXPECT_EQ(config.texts_size(), 2);
}

// The chosen plugin must not contain itself, must have an example, and must not come from another
// package, because another library may provide that.
TEST(ExampleConfig, ChoosesACompletePluginOfItsPackageWithin) {
  PluginRegistry registry = test::ConfigRegistry();
  ASSERT_TRUE(test::AddFake<test::Averaged>(registry, "schedule").ok());
  ASSERT_TRUE(test::AddFake<test::NeedsAFile>(registry, "schedule").ok());
  ASSERT_TRUE(test::AddFake<test::OneComment>(registry, "schedule").ok());
  EXPECT_EQ(ExampleConfig(*test::Averaged::descriptor(), registry, 0),
            "schedule { [didact.test/OneComment] {} }\n");
  EXPECT_EQ(ExampleConfig(*Sgd::descriptor(), registry, 0),
            "learning_rate { [didact/Constant] { value: 0.01 } }\n"
            "momentum: 0\n"
            "nesterov: false\n"
            "weight_decay: 0\n");
}

TEST(ExampleConfig, ShowsThePluginThatAFieldNames) {
  PluginRegistry registry;
  // Adam comes first in the alphabet.
  ASSERT_TRUE(test::AddFake<Adam>(registry, "optimizer").ok());
  ASSERT_TRUE(test::AddFake<Sgd>(registry, "optimizer").ok());
  ASSERT_TRUE(test::AddFake<Constant>(registry, "schedule").ok());
  const std::string text = ExampleConfig(*Experiment::descriptor(), registry, 0);
  EXPECT_THAT(text, HasSubstr("[didact/Sgd]"));
  EXPECT_THAT(text, Not(HasSubstr("[didact/Adam]")));
}

TEST(ExampleConfig, LooksForFilesAndPluginsThatAPluginNeeds) {
  PluginRegistry registry;
  ASSERT_TRUE(test::AddFake<test::Averaged>(registry, "schedule").ok());
  ASSERT_TRUE(test::AddFake<NpyDataset>(registry, "dataset").ok());
  ASSERT_TRUE(test::AddFake<test::NeedsAFile>(registry, "loss").ok());
  const std::string folder = testing::TempDir() + "/empty";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  const auto example = [&](absl::string_view kind, const std::string& name) {
    return ExampleOfPlugin(**registry.Find(kind, name, FieldPath()), registry, folder);
  };
  EXPECT_THAT(example("schedule", "didact.test.Averaged").status(),
              FailsWith(absl::StatusCode::kNotFound,
                        "schedule: must be a plugin of kind schedule, there is none"));
  EXPECT_THAT(example("loss", "didact.test.NeedsAFile").status(),
              FailsWith(absl::StatusCode::kNotFound,
                        "path: must name a file, and its .proto has no `example`"));
  const std::string file = folder + "/inputs.npy";
  EXPECT_THAT(example("dataset", "didact.NpyDataset").status(),
              FailsWith(absl::StatusCode::kNotFound, "inputs: there is no file " + file));
  std::ofstream(file).put('x');
  const auto found = example("dataset", "didact.NpyDataset");
  ASSERT_EQ(found.status(), absl::OkStatus());
  NpyDataset config;
  ASSERT_TRUE(found->UnpackTo(&config));
  EXPECT_EQ(config.inputs(), file);
  EXPECT_EQ(config.labels(), "");
}

TEST(ExampleConfig, ResolvesForAnExperiment) {
  const PluginRegistry registry = test::ConfigRegistry();
  const std::string text = ExampleConfig(*Experiment::descriptor(), registry, 0);
  Experiment experiment;
  ASSERT_EQ(ParseText(text, registry, FieldPath("example"), experiment), absl::OkStatus()) << text;
  EXPECT_EQ(ResolveConfig(experiment, registry, FieldPath("example")), absl::OkStatus()) << text;
}

}  // namespace
}  // namespace didact
