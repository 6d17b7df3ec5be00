#include "didact/framework/config/text_format.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/resolve.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/activation.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "didact/protos/plugins/optimizer.pb.h"
#include "didact/protos/plugins/schedule.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/config/config_registry.h"

namespace didact {
namespace {

using google::protobuf::Message;
using testing::HasSubstr;
using testing::StartsWith;

absl::Status Parse(const std::string& text, Message& message) {
  static const PluginRegistry& registry = *new PluginRegistry(test::ConfigRegistry());
  return ParseText(text, registry, FieldPath("f.textproto"), message);
}

std::string ParseError(const std::string& text) {
  Experiment experiment;
  return std::string(Parse(text, experiment).message());
}

TEST(ParseText, TakesPluginsByShortAndByFullName) {
  for (const char* name : {"didact/LeakyRelu", "type.googleapis.com/didact.LeakyRelu"}) {
    HiddenLayer layer;
    ASSERT_EQ(Parse(absl::StrCat("activation { [", name, "] { negative_slope: 0.25 } }"), layer),
              absl::OkStatus());
    ASSERT_EQ(ResolveConfig(*layer.mutable_activation(), PluginRegistry(), FieldPath()),
              absl::OkStatus());
    LeakyRelu config;
    ASSERT_TRUE(config.ParseFromString(layer.activation().value()));
    EXPECT_EQ(config.negative_slope(), 0.25);
  }
}

TEST(ParseText, TakesWholeNumbersInAnyFormForIntegers) {
  Experiment experiment;
  ASSERT_EQ(Parse("seed { first: 1E1 last: 2.5e2 } training { epochs: 1e4 batch_size: 16.0 }\n"
                  "student { width_multiplier: 1e4 }",
                  experiment),
            absl::OkStatus());
  EXPECT_EQ(experiment.seed().first(), 10);
  EXPECT_EQ(experiment.seed().last(), 250);
  EXPECT_EQ(experiment.training().epochs(), 10000);
  EXPECT_EQ(experiment.training().batch_size(), 16);
  EXPECT_EQ(experiment.student().width_multiplier(), 1e4);
  // Problems keep the places of the text as it is written.
  EXPECT_THAT(ParseError("training { epochs: 1e4\tbatch_size: 1e1 epoch: 1 }"),
              StartsWith("f.textproto:1:41: training.epoch: "));
  for (const char* number : {"2.5", "1e-1", "1e300", "1e16", "1.0000000000000001e4"}) {
    EXPECT_THAT(ParseError(absl::StrCat("training { epochs: ", number, " }")),
                HasSubstr("training.epochs: Expected integer"));
  }
}

TEST(ParseText, RefusesLeadingZeros) {
  EXPECT_EQ(ParseError("seed { first: 010 }"),
            "f.textproto:1:15: seed.first: must not begin with a 0, which stands for octal "
            "numbers, got 010; write 10");
  EXPECT_EQ(ParseError("seed {\n first: 08 }"),
            "f.textproto:2:9: seed.first: must not begin with a 0, which stands for octal "
            "numbers, got 08; write 8");
  EXPECT_THAT(ParseError("student { width_multiplier: 01 }"), HasSubstr("got 01; write 1"));
  EXPECT_THAT(ParseError("student { width_multiplier: 00.5 }"), HasSubstr("got 00.5; write 0.5"));
  EXPECT_EQ(ParseError("seed { first: 0 last: 0x1f } student { width_multiplier: 0.5 }"), "");
  EXPECT_EQ(ParseError("name: '010'"), "");
}

TEST(ParseText, TakesPluginsWithinPlugins) {
  Experiment experiment;
  ASSERT_EQ(Parse("optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 2 } } } }",
                  experiment),
            absl::OkStatus());
  Sgd sgd;
  ASSERT_TRUE(sgd.ParseFromString(experiment.optimizer().value()));
  Constant constant;
  ASSERT_TRUE(constant.ParseFromString(sgd.learning_rate().value()));
  EXPECT_EQ(constant.value(), 2);
}

TEST(ParseText, EmptiesTheMessageFirst) {
  Experiment experiment;
  experiment.set_name("old");
  ASSERT_EQ(Parse("precision: FLOAT", experiment), absl::OkStatus());
  EXPECT_EQ(experiment.name(), "");
}

TEST(ParseText, SaysWhatAMisspeltFieldCouldBe) {
  EXPECT_EQ(ParseError("name: 'a'\n  studnet { }\n"),
            "f.textproto:2:3: studnet: Message type \"didact.Experiment\" has no field named "
            "\"studnet\"; did you mean \"student\"? It has: name, precision, seed, train_data, "
            "eval_data, train_augmentation, eval_augmentation, teacher, student, loss, optimizer, "
            "projection, training, metric, output, plugin_library");
  EXPECT_EQ(ParseError("seed { frist: 1 }"),
            "f.textproto:1:8: seed.frist: Message type \"didact.SeedRange\" has no field named "
            "\"frist\"; did you mean \"first\"? It has: first, last");
  EXPECT_EQ(ParseError("seed { count: 1 }"),
            "f.textproto:1:8: seed.count: Message type \"didact.SeedRange\" has no field named "
            "\"count\"; it has: first, last");
  EXPECT_EQ(ParseError("metric { [didact/Loss] { scale: 1 } }"),
            "f.textproto:1:26: metric[0].scale: Message type \"didact.Loss\" has no field "
            "named \"scale\"; it has no fields");
}

TEST(ParseText, NamesThePathThroughListsAndPlugins) {
  EXPECT_EQ(ParseError("teacher {\n"
                       "  initializer { [didact/ConstantBias] { value: 1 } }\n"
                       "  initializer {\n"
                       "    [didact/ConstantBias] { valeu: 1 }\n"
                       "  }\n"
                       "}\n"),
            "f.textproto:4:29: teacher.initializer[1].valeu: Message type \"didact.ConstantBias\" "
            "has no field named \"valeu\"; did you mean \"value\"? It has: value, layer");
  EXPECT_THAT(ParseError("teacher { hidden: [{ width: 1 }, { widht: 2 }] }"),
              StartsWith("f.textproto:1:36: teacher.hidden[1].widht: "));
  EXPECT_THAT(ParseError("optimizer: { [didact/Sgd]: { learning_rate < [didact/Constant] { vale: 1 "
                         "} > } }"),
              StartsWith("f.textproto:1:66: optimizer.learning_rate.vale: "));
}

TEST(ParseText, ListsThePluginsThereAre) {
  EXPECT_EQ(
      ParseError("teacher {\n"
                 "  hidden {\n"
                 "    activation { [didact/Reluu] { negative_slope: 2 steep: [] } }\n"
                 "  }\n"
                 "}\n"),
      absl::StrCat("f.textproto:3:18: teacher.hidden[0].activation: no plugin didact.Reluu of kind "
                   "activation; there are: didact.Identity, didact.LeakyRelu, didact.Relu, "
                   "didact.Tanh; ",
                   kHowPluginsAreLoaded));
  Experiment experiment;
  EXPECT_EQ(Parse("nam: 'a' loss { [my.lab/Huber] {} }", experiment).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      Parse("loss { [my.lab/Huber] {} }", experiment),
      FailsWith(
          absl::StatusCode::kNotFound,
          absl::StrCat("f.textproto:1:8: loss: no plugin my.lab.Huber of kind loss; there are: "
                       "didact.HalfSquaredError, didact.MeanSquaredError; ",
                       kHowPluginsAreLoaded)));
}

TEST(ParseText, ListsAllPluginsWhereAnyKindMayStand) {
  google::protobuf::Any plugin;
  const absl::Status status = Parse("[didact/Reluu] { steep: [] }", plugin);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              StartsWith("f.textproto:1:1: no plugin didact.Reluu; did you mean didact.Relu? There "
                         "are: didact.Constant, didact."));
  EXPECT_EQ(Parse("[didact/Relu] {}", plugin), absl::OkStatus());
}

TEST(ParseText, ReportsAllMisspeltFieldsAndUnknownPluginsAtOnce) {
  EXPECT_EQ(ParseError("nam: 'a'\n"
                       "loss { [didact/Sgd] {} }\n"
                       "optimizer { [didact/Sgdd] { a: 1 } }\n"
                       "metric { [didact/Loss] { b { c: 3 } } }\n"
                       "metric { [didact/Los] {} }\n"
                       "output { arays: NONE }\n"),
            "f.textproto:1:1: nam: Message type \"didact.Experiment\" has no field named \"nam\"; "
            "did you mean \"name\"? It has: name, precision, seed, train_data, eval_data, "
            "train_augmentation, eval_augmentation, teacher, student, loss, optimizer, projection, "
            "training, metric, output, plugin_library\n"
            "f.textproto:2:8: loss: no plugin didact.Sgd of kind loss (didact.Sgd is of kind "
            "optimizer); there are: didact.HalfSquaredError, didact.MeanSquaredError\n"
            "f.textproto:3:13: optimizer: no plugin didact.Sgdd of kind optimizer; there are: "
            "didact.Sgd; a plugin library is loaded with --plugin=FILE, plugin_library in the "
            "config, or DIDACT_PLUGIN_PATH; a plugin that a program registers is known to that "
            "program alone\n"
            "f.textproto:4:26: metric[0].b: Message type \"didact.Loss\" has no field named \"b\"; "
            "it has no fields\n"
            "f.textproto:5:10: metric[1]: no plugin didact.Los of kind metric; there are: "
            "didact.Loss, didact.Specialization; a plugin library is loaded with --plugin=FILE, "
            "plugin_library in the config, or DIDACT_PLUGIN_PATH; a plugin that a program "
            "registers is known to that "
            "program alone\n"
            "f.textproto:6:10: output.arays: Message type \"didact.Output\" has no field named "
            "\"arays\"; did you mean \"arrays\"? It has: arrays, weights, checkpoint_every_epochs, "
            "checkpoint_every_seconds, keep_final_checkpoint");
}

TEST(ParseText, SaysWhereAValueHasTheWrongType) {
  EXPECT_EQ(ParseError("training {\n  batch_size: \"16\"\n}"),
            "f.textproto:2:15: training.batch_size: Expected integer, got: \"16\"");
  EXPECT_EQ(ParseError("student { width_multiplier: wide }"),
            "f.textproto:1:29: student.width_multiplier: Expected double, got: wide");
  EXPECT_EQ(ParseError("name: two_layer"),
            "f.textproto:1:7: name: Expected string, got: two_layer; write it in quotes: "
            "\"two_layer\"");
  EXPECT_EQ(ParseError("precision: DUBLE\nseed { }"),
            "f.textproto:1:12: precision: Unknown enumeration value of \"DUBLE\" for field "
            "\"precision\"; there are: DOUBLE, FLOAT");
  EXPECT_EQ(ParseError("optimizer { [didact/Sgd] { nesterov: yes } }"),
            "f.textproto:1:38: optimizer.nesterov: Invalid value for boolean field \"nesterov\". "
            "Value: \"yes\".");
  EXPECT_EQ(ParseError("training { epochs: 99999999999 }"),
            "f.textproto:1:20: training.epochs: Integer out of range (99999999999)");
  EXPECT_EQ(ParseError("training { epochs { } }"),
            "f.textproto:1:19: training.epochs: Expected \":\", found \"{\".");
  EXPECT_EQ(
      ParseError("training: 5"),
      "f.textproto:1:11: training: Expected \"{\", found \"5\".; write training { epochs: 5 }");
}

TEST(ParseText, ShowsThePluginThatAValueStandsFor) {
  EXPECT_EQ(
      ParseError("teacher { hidden { activation: Tanh } }"),
      "f.textproto:1:32: teacher.hidden[0].activation: Expected \"{\", found \"Tanh\".; write "
      "activation { [didact/Tanh] {} }");
  EXPECT_THAT(ParseError("teacher { hidden { activation { tanh {} } } }"),
              StartsWith("f.textproto:1:33: teacher.hidden[0].activation.tanh: must be a plugin of "
                         "kind activation, such as [didact/Tanh] {}, got tanh"));
  EXPECT_THAT(ParseError("optimizer { [didact/Sgd] { learning_rate: 0.5 } }"),
              testing::EndsWith("; write learning_rate { [didact/Constant] { value: 0.5 } }"));
  EXPECT_EQ(
      ParseError("train_data { [GaussianInputs] { dimension: 3 } }"),
      "f.textproto:1:29: train_data: Expected \"/\", found \"]\".; the name of a plugin has a "
      "package; did you mean [didact/GaussianInputs]?");
  EXPECT_THAT(ParseError("metric: [didact/Loss] {}"),
              HasSubstr("found \"didact\".; write metric { [didact/"));
  EXPECT_THAT(ParseError("loss { [mine/halfsquarederror] {} }"),
              testing::EndsWith("; did you mean [didact/HalfSquaredError]?"));
  EXPECT_THAT(ParseError("seed: 5"), testing::EndsWith("; write seed { first: 5 }"));
}

TEST(ParseText, SaysWhereTheTextIsNoTextFormat) {
  EXPECT_EQ(ParseError("student { width_multiplier: 2"),
            "f.textproto:1:30: student: Expected identifier, got: ");
  EXPECT_EQ(ParseError("name: 'abc\nseed { }"),
            "f.textproto:1:11: name: String literals cannot cross line boundaries.");
  EXPECT_EQ(ParseError("}"), "f.textproto:1:1: Expected identifier, got: }");
  EXPECT_EQ(ParseError("name: 'a' name: 'b'"),
            "f.textproto:1:15: name: Non-repeated field \"name\" is specified multiple times.");
  EXPECT_EQ(ParseError("training { shuffle {} full_batch {} }"),
            "f.textproto:1:34: training.full_batch: Field \"full_batch\" is specified along with "
            "field \"shuffle\", another member of oneof \"sampler\".");
  EXPECT_EQ(ParseError("loss { [didact/HalfSquaredError] {} [didact/HalfSquaredError] {} }"),
            "f.textproto:1:66: loss: Non-repeated Any specified multiple times.");
  EXPECT_EQ(ParseError("[didact.extension]: 1"),
            "f.textproto:1:19: Ignoring extension \"didact.extension\" which is not defined or is "
            "not an extension of \"didact.Experiment\".");
}

TEST(ParseText, SaysWhereTheTextStandsWithinAConfig) {
  const PluginRegistry registry = test::ConfigRegistry();
  Sgd sgd;
  EXPECT_THAT(
      ParseText("momentun: 0.5", registry, FieldPath("sweep").Field("optimizer"), sgd),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "sweep:1:1: optimizer.momentun: Message type \"didact.Sgd\" has no field named "
                "\"momentun\"; did you mean \"momentum\"? It has: learning_rate, momentum, "
                "nesterov, weight_decay"));
}

TEST(ParseText, RefusesBottomlessNesting) {
  std::string known, unknown, any;
  for (int i = 0; i < 100000; ++i) {
    known += "optimizer { [didact/Sgd] { learning_rate { ";
    unknown += "x { ";
    any += "[type.googleapis.com/google.protobuf.Any] { ";
  }
  EXPECT_NE(ParseError(known), "");
  EXPECT_THAT(ParseError(unknown), HasSubstr("Message is too deep"));
  EXPECT_NE(ParseError("loss { " + any), "");
}

TEST(ParseText, ReportsAtMostFiftyProblems) {
  std::string text;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, "field", i, ": 1\n");
  const std::string problems = ParseError(text);
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 49);
}

TEST(PrintText, WritesFullNamesAndTwoLinesForEditors) {
  const PluginRegistry registry = test::ConfigRegistry();
  HiddenLayer layer;
  ASSERT_EQ(Parse("width: 3 activation { [didact/LeakyRelu] {} }", layer), absl::OkStatus());
  ASSERT_EQ(ResolveConfig(layer, registry, FieldPath()), absl::OkStatus());
  EXPECT_EQ(PrintText(layer, registry),
            "# proto-file: didact/protos/network.proto\n"
            "# proto-message: didact.HiddenLayer\n"
            "width: 3\n"
            "activation {\n"
            "  [type.googleapis.com/didact.LeakyRelu] {\n"
            "    negative_slope: 0.01\n"
            "  }\n"
            "}\n");
}

TEST(PrintText, LosesNoBit) {
  const PluginRegistry registry = test::ConfigRegistry();
  SeparatedWeights config;
  double values[] = {0.1,
                     1.0 / 3,
                     -2.5e-310,
                     5e-324,
                     std::numeric_limits<double>::max(),
                     std::nextafter(1.0, 2.0),
                     123456789012345678.0,
                     -0.0,
                     1e22,
                     1e23};
  for (double value : values) config.add_choice(value);
  // The loop covers every exponent, with a mantissa that changes too.
  double value = 1.2345678901234567e-300;
  for (; value < 1e300; value *= 1.0 + std::fmod(value, 1e-3) + 0.7) config.add_choice(value);
  const std::string text = PrintText(config, registry);
  SeparatedWeights read;
  ASSERT_EQ(Parse(text, read), absl::OkStatus());
  EXPECT_EQ(read.SerializeAsString(), config.SerializeAsString());
  EXPECT_EQ(PrintText(read, registry), text);
}

TEST(PrintText, KeepsStringsOfEveryKind) {
  const PluginRegistry registry = test::ConfigRegistry();
  NpzWeights config;
  config.set_path("a \"b\" 'c'\\d\n\tµ☃/é.npz");
  NpzWeights read;
  const std::string text = PrintText(config, registry);
  EXPECT_THAT(text, HasSubstr("µ☃/é.npz"));
  ASSERT_EQ(Parse(text, read), absl::OkStatus());
  EXPECT_EQ(read.path(), config.path());
}

}  // namespace
}  // namespace didact
