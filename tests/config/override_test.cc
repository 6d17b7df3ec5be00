#include "didact/framework/config/override.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/text_format.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/activation.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "didact/protos/plugins/metric.pb.h"
#include "didact/protos/plugins/optimizer.pb.h"
#include "didact/protos/plugins/schedule.pb.h"
#include "didact/protos/sweep.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/config/config_registry.h"

namespace didact {
namespace {

class OverrideTest : public testing::Test {
 protected:
  OverrideTest() : registry_(test::ConfigRegistry()) {
    const absl::Status status = ParseText(
        R"(seed { first: 1 last: 32 }
           teacher {
             hidden { width: 20 activation { [didact/LeakyRelu] {} } }
             initializer { [didact/SeparatedWeights] { choice: [-1, 1] } }
             initializer { [didact/DecayFanOut] { exponent: 1 } }
           }
           optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.01 } } } }
           training { shuffle {} })",
        registry_, FieldPath("f.textproto"), experiment_);
    EXPECT_EQ(status, absl::OkStatus());
  }

  absl::Status Set(const std::string& assignment) {
    DIDACT_ASSIGN_OR_RETURN(const Override change, ParseOverride(assignment));
    return ApplyOverride(change, registry_, FieldPath("--set"), experiment_);
  }
  // Overrides a field of an axis, a message with a repeated text.
  absl::Status SetInAxis(const std::string& assignment) {
    DIDACT_ASSIGN_OR_RETURN(const Override change, ParseOverride(assignment));
    return ApplyOverride(change, registry_, FieldPath("--set"), axis_);
  }
  std::string Error(const std::string& assignment) {
    return std::string(Set(assignment).message());
  }
  template <class Config>
  static Config Unpack(const google::protobuf::Any& any) {
    Config config;
    EXPECT_EQ(any.type_url(),
              absl::StrCat("type.googleapis.com/", Config::descriptor()->full_name()));
    EXPECT_TRUE(config.ParseFromString(any.value()));
    return config;
  }

  PluginRegistry registry_;
  Experiment experiment_;
  Axis axis_;
};

TEST_F(OverrideTest, TakesWholeNumbersInAnyFormForIntegers) {
  ASSERT_EQ(Set("training.epochs=1e4"), absl::OkStatus());
  EXPECT_EQ(experiment_.training().epochs(), 10000);
  ASSERT_EQ(Set("training.epochs=2.50e2"), absl::OkStatus());
  EXPECT_EQ(experiment_.training().epochs(), 250);
  EXPECT_EQ(Error("training.epochs=2.5"),
            "--set: training.epochs: must be a value of type int32, got 2.5");
  EXPECT_EQ(experiment_.training().epochs(), 250);
}

TEST_F(OverrideTest, RefusesLeadingZeros) {
  EXPECT_EQ(Error("seed.first=010"),
            "--set: seed.first: must not begin with a 0, which stands for octal numbers, got 010; "
            "write 10");
  EXPECT_THAT(Error("optimizer.learning_rate.value=00.5"), testing::HasSubstr("write 0.5"));
  EXPECT_THAT(Error("teacher.initializer[0].choice=[-1, 02]"), testing::HasSubstr("write 2"));
  EXPECT_EQ(experiment_.seed().first(), 1);
  EXPECT_THAT(Error("seed={ first: 07 last: 32 }"), testing::HasSubstr("got 07; write 7"));
  EXPECT_EQ(Error("optimizer.learning_rate.value=0.5"), "");
  EXPECT_EQ(Error("name=010"), "");
}

TEST_F(OverrideTest, SetsScalarsOfEveryType) {
  EXPECT_EQ(Set("student.width_multiplier=2.5"), absl::OkStatus());
  EXPECT_EQ(experiment_.student().width_multiplier(), 2.5);
  EXPECT_EQ(Set("student.width_multiplier=-2"), absl::OkStatus());
  EXPECT_EQ(experiment_.student().width_multiplier(), -2);
  EXPECT_EQ(Set("seed.last=4"), absl::OkStatus());
  EXPECT_EQ(experiment_.seed().last(), 4);
  EXPECT_EQ(experiment_.seed().first(), 1);
  EXPECT_EQ(Set("precision=FLOAT"), absl::OkStatus());
  EXPECT_EQ(experiment_.precision(), FLOAT);
  EXPECT_EQ(Set("optimizer.nesterov=true"), absl::OkStatus());
  EXPECT_TRUE(Unpack<Sgd>(experiment_.optimizer()).nesterov());
  EXPECT_EQ(Set("precision=0"), absl::OkStatus());
  EXPECT_EQ(experiment_.precision(), DOUBLE);
}

TEST_F(OverrideTest, TakesStringsWithAndWithoutQuotes) {
  EXPECT_EQ(Set("name=two = one, \"and\" 'one' {}"), absl::OkStatus());
  EXPECT_EQ(experiment_.name(), "two = one, \"and\" 'one' {}");
  EXPECT_EQ(Set("name=\"quoted\""), absl::OkStatus());
  EXPECT_EQ(experiment_.name(), "quoted");
  EXPECT_EQ(Set("name='single'"), absl::OkStatus());
  EXPECT_EQ(experiment_.name(), "single");
  EXPECT_EQ(Set("name="), absl::OkStatus());
  EXPECT_EQ(experiment_.name(), "");
}

TEST_F(OverrideTest, GoesThroughPlugins) {
  EXPECT_EQ(Set("teacher.initializer[1].exponent=0.5"), absl::OkStatus());
  EXPECT_EQ(Unpack<DecayFanOut>(experiment_.teacher().initializer(1)).exponent(), 0.5);
  EXPECT_EQ(Set("teacher.hidden[0].activation.negative_slope=0.2"), absl::OkStatus());
  EXPECT_EQ(Unpack<LeakyRelu>(experiment_.teacher().hidden(0).activation()).negative_slope(), 0.2);
  EXPECT_EQ(Set("optimizer.learning_rate.value=0.5"), absl::OkStatus());
  EXPECT_EQ(Unpack<Constant>(Unpack<Sgd>(experiment_.optimizer()).learning_rate()).value(), 0.5);
}

TEST_F(OverrideTest, ReplacesWholeMessages) {
  EXPECT_EQ(Set("seed={ first: 7 }"), absl::OkStatus());
  EXPECT_EQ(experiment_.seed().first(), 7);
  EXPECT_FALSE(experiment_.seed().has_last());
  EXPECT_EQ(Set("seed=last: 9"), absl::OkStatus());
  EXPECT_EQ(experiment_.seed().first(), 0);
  EXPECT_EQ(experiment_.seed().last(), 9);
  EXPECT_EQ(Set("optimizer=[didact/Sgd] { learning_rate { [didact/StepDecay] { value: 1 } } }"),
            absl::OkStatus());
  EXPECT_EQ(Set("optimizer.learning_rate.every_epochs=3"), absl::OkStatus());
  EXPECT_EQ(Unpack<StepDecay>(Unpack<Sgd>(experiment_.optimizer()).learning_rate()).every_epochs(),
            3);
  EXPECT_EQ(Set("teacher.hidden[0].activation={ [didact/LeakyRelu] {} }"), absl::OkStatus());
  EXPECT_FALSE([&] {
    LeakyRelu config;
    EXPECT_TRUE(config.ParseFromString(experiment_.teacher().hidden(0).activation().value()));
    return config.has_negative_slope();
  }());
}

TEST_F(OverrideTest, AppendsAtTheEnd) {
  EXPECT_EQ(Set("metric[0]=[didact/Loss] {}"), absl::OkStatus());
  EXPECT_EQ(Set("metric[1]=[didact/Specialization] {}"), absl::OkStatus());
  EXPECT_EQ(Set("metric[1].threshold[0]=0.25"), absl::OkStatus());
  EXPECT_EQ(experiment_.metric_size(), 2);
  EXPECT_THAT(Unpack<Specialization>(experiment_.metric(1)).threshold(),
              testing::ElementsAre(0.25));
  EXPECT_EQ(Set("teacher.hidden[1].width=5"), absl::OkStatus());
  EXPECT_EQ(experiment_.teacher().hidden(1).width(), 5);
  EXPECT_EQ(SetInAxis("label[0]=a"), absl::OkStatus());
  EXPECT_EQ(SetInAxis("label[1]=b"), absl::OkStatus());
  EXPECT_EQ(SetInAxis("label[0]=c"), absl::OkStatus());
  EXPECT_THAT(axis_.label(), testing::ElementsAre("c", "b"));
}

TEST_F(OverrideTest, SetsElementsAndWholeLists) {
  EXPECT_EQ(Set("teacher.initializer[0].choice[0]=3"), absl::OkStatus());
  EXPECT_THAT(Unpack<SeparatedWeights>(experiment_.teacher().initializer(0)).choice(),
              testing::ElementsAre(3, 1));
  EXPECT_EQ(Set("teacher.initializer[0].choice=[0.5, 0.25, -1e-3]"), absl::OkStatus());
  EXPECT_THAT(Unpack<SeparatedWeights>(experiment_.teacher().initializer(0)).choice(),
              testing::ElementsAre(0.5, 0.25, -1e-3));
  EXPECT_EQ(Set("teacher.initializer[0].choice=4"), absl::OkStatus());
  EXPECT_THAT(Unpack<SeparatedWeights>(experiment_.teacher().initializer(0)).choice(),
              testing::ElementsAre(4));
  EXPECT_EQ(SetInAxis("label=[\"a\", 'b']"), absl::OkStatus());
  EXPECT_THAT(axis_.label(), testing::ElementsAre("a", "b"));
  EXPECT_EQ(SetInAxis("label=x"), absl::OkStatus());
  EXPECT_THAT(axis_.label(), testing::ElementsAre("x"));
  EXPECT_EQ(Set("student.hidden=[{ width: 1 }, { width: 2 }]"), absl::OkStatus());
  EXPECT_EQ(experiment_.student().hidden(1).width(), 2);
  EXPECT_EQ(Set("teacher.initializer=[]"), absl::OkStatus());
  EXPECT_EQ(experiment_.teacher().initializer_size(), 0);
}

TEST_F(OverrideTest, ChangesTheMemberOfAOneof) {
  EXPECT_EQ(Set("training.with_replacement.steps_per_epoch=5"), absl::OkStatus());
  EXPECT_TRUE(experiment_.training().has_with_replacement());
  EXPECT_FALSE(experiment_.training().has_shuffle());
}

TEST_F(OverrideTest, WantsAnAssignment) {
  EXPECT_EQ(Error("student.width_multiplier"),
            "must be PATH=VALUE, e.g. student.width_multiplier=2, got "
            "\"student.width_multiplier\"");
  EXPECT_EQ(Error("=2"), "must be PATH=VALUE, e.g. student.width_multiplier=2, got \"=2\"");
  for (const char* path :
       {"a..b", "a[", "a[]", "a[x]", "a[-1]", "a[1", "a]", "a b", "a[0]b", "."}) {
    EXPECT_EQ(Error(absl::StrCat(path, "=2")),
              absl::StrCat("--set: must be the path of a field, e.g. teacher.hidden[0].width, got "
                           "\"",
                           path, "\""));
  }
}

TEST_F(OverrideTest, SaysWhichFieldsThereAreWhereThePathGoesWrong) {
  EXPECT_EQ(Error("studnet.width_multiplier=2"),
            "--set: Message type \"didact.Experiment\" has no field named \"studnet\"; did you "
            "mean \"student\"? It has: name, precision, seed, train_data, eval_data, "
            "train_augmentation, eval_augmentation, teacher, student, loss, optimizer, projection, "
            "training, metric, output, plugin_library");
  EXPECT_EQ(Error("teacher.hidden[0].size=2"),
            "--set: teacher.hidden[0]: Message type \"didact.HiddenLayer\" has no field named "
            "\"size\"; it has: width, activation, conv, batch_norm, pool");
  EXPECT_EQ(Error("optimizer.learning_rate.vale=2"),
            "--set: optimizer.learning_rate: Message type \"didact.Constant\" has no field named "
            "\"vale\"; did you mean \"value\"? It has: value");
}

TEST_F(OverrideTest, RefusesWrongIndexes) {
  EXPECT_EQ(Error("teacher.hidden[2].width=2"),
            "--set: teacher.hidden: index must be <= 1 (which appends), got 2");
  EXPECT_EQ(Error("teacher.hidden.width=2"),
            "--set: teacher.hidden: is repeated: say which one, e.g. hidden[0]");
  EXPECT_EQ(Error("student[0].width_multiplier=2"),
            "--set: student: takes no index: it is not repeated");
  EXPECT_EQ(Error("name.first=2"),
            "--set: name: is a value of type string and has no field \"first\"");
}

TEST_F(OverrideTest, RefusesPathsThroughPluginsThatAreNotThere) {
  EXPECT_EQ(Error("loss.scale=2"),
            "--set: loss: must name a plugin of kind loss, e.g. [didact/HalfSquaredError] {}, got "
            "nothing; there are: didact.HalfSquaredError, didact.MeanSquaredError");
}

TEST_F(OverrideTest, RefusesValuesOfTheWrongType) {
  EXPECT_EQ(Error("training.batch_size=many"),
            "--set: training.batch_size: must be a value of type int32, got many");
  EXPECT_EQ(Error("training.batch_size=1.5"),
            "--set: training.batch_size: must be a value of type int32, got 1.5");
  EXPECT_EQ(Error("training.batch_size="),
            "--set: training.batch_size: must be a value of type int32, got nothing");
  EXPECT_EQ(Error("precision=HALF"), "--set: precision: must be one of DOUBLE, FLOAT, got HALF");
  EXPECT_EQ(Error("teacher.initializer[0].choice=[1, x]"),
            "--set: teacher.initializer[0].choice: must be a value of type double, or a list of "
            "such: [A, B], got [1, x]");
  EXPECT_EQ(Error("teacher.initializer[0].choice[1]=[1, 2]"),
            "--set: teacher.initializer[0].choice[1]: must be a value of type double, got [1, 2]");
}

TEST_F(OverrideTest, RefusesValuesThatReachFurtherThanTheirField) {
  EXPECT_EQ(Error("training.batch_size=1 epochs: 3"),
            "--set: training.batch_size: must be a value of type int32, got 1 epochs: 3");
  EXPECT_EQ(Error("training.batch_size=1 epochs: 0"),
            "--set: training.batch_size: must be a value of type int32, got 1 epochs: 0");
  EXPECT_EQ(SetInAxis("label=['a'] name: 'x'").message(),
            "--set: label: must be a value of type string, or a list of such: [A, B], got ['a'] "
            "name: 'x'");
  EXPECT_NE(Error("training.shuffle={} } name: 'x' seed {"), "");
  EXPECT_EQ(experiment_.name(), "");
}

// Libraries are loaded before overrides are applied: such an override would be recorded and have no
// effect.
TEST_F(OverrideTest, CannotNameAPluginLibrary) {
  for (const char* assignment :
       {"plugin_library=a.so", "plugin_library[0]=a.so", "plugin_library[0]=\"a.so\"",
        "plugin_library=['a.so', 'b.so']", "plugin_library=[]", " plugin_library =a.so",
        "plugin_library[7]=a.so", "plugin_library.x=a.so"}) {
    EXPECT_EQ(Error(assignment),
              "--set: plugin_library: cannot be changed here, since plugin libraries are loaded "
              "before; name them in the config or the sweep itself, plugin_library: \"FILE\", or "
              "give --plugin=FILE")
        << assignment;
  }
  EXPECT_EQ(experiment_.plugin_library_size(), 0);
  // Indirect ways are refused too.
  for (const char* assignment :
       {"base.plugin_library=a.so", "seed={ first: 1 } plugin_library: 'a.so' output {}",
        "seed=first: 1 } plugin_library: 'a.so' output {", "name='x' plugin_library: 'a.so'",
        "teacher.initializer=[] plugin_library: 'a.so'"}) {
    EXPECT_NE(Error(assignment), "") << assignment;
    EXPECT_EQ(experiment_.plugin_library_size(), 0) << assignment;
  }
}

TEST_F(OverrideTest, SaysHowAListOfMessagesIsWritten) {
  EXPECT_EQ(
      Error("projection=[didact/Freeze] { layer: 1 }"),
      "--set: projection: must be a list: write --set='projection=[{ [didact/Freeze] { layer: "
      "1 } }]', which replaces the list, or --set='projection[0]=[didact/Freeze] { layer: 1 "
      "}', which appends to it");
  EXPECT_EQ(Error("student.hidden=width: 3"),
            "--set: student.hidden: must be a list: write --set='student.hidden=[{ width: 3 }]', "
            "which replaces the list, or --set='student.hidden[0]=width: 3', which appends to it");
  EXPECT_EQ(
      Error("student.hidden="),
      "--set: student.hidden: must be a list: write --set='student.hidden=[{ ... }]', which "
      "replaces the list, or --set='student.hidden[0]=...', which appends to it, got nothing");
  EXPECT_EQ(Error("metric=[[didact/Loss] {}, [didact/Specialization] {}]"),
            "--set: metric: must be a list of messages in braces, such as --set='metric=[{ "
            "[didact/Loss] {} }, { [didact/Specialization] {} }]'");
  EXPECT_THAT(Error("metric=Loss"), testing::HasSubstr("--set='metric=[{ [didact/Loss] {} }]'"));
  EXPECT_THAT(Error("metric=[didact/Loss]"),
              testing::HasSubstr("--set='metric[0]=[didact/Loss] {}'"));
  // The alternatives in the message work.
  for (const char* assignment :
       {"projection=[{ [didact/Freeze] { layer: 1 } }]",
        "projection[0]=[didact/Freeze] { layer: 1 }", "student.hidden=[{ width: 3 }]",
        "student.hidden[0]=width: 3", "student.hidden={ width: 3 }",
        "student.hidden= [ < width: 3 > ]"}) {
    EXPECT_EQ(Set(assignment), absl::OkStatus());
  }
}

TEST_F(OverrideTest, DoesNotReplaceAListByOneMessageUnasked) {
  EXPECT_EQ(
      Error("teacher.initializer={ [didact/NormalizeFanIn] {} }"),
      "--set: teacher.initializer: is a list of 2, all of which a single one would replace; "
      "write --set='teacher.initializer=[{ [didact/NormalizeFanIn] {} }]', which replaces the "
      "list, or --set='teacher.initializer[2]={ [didact/NormalizeFanIn] {} }', which appends "
      "to it");
  EXPECT_EQ(experiment_.teacher().initializer_size(), 2);
  // The alternatives in the message work.
  EXPECT_EQ(Set("teacher.initializer[2]={ [didact/NormalizeFanIn] {} }"), absl::OkStatus());
  EXPECT_EQ(experiment_.teacher().initializer_size(), 3);
  EXPECT_EQ(Set("teacher.initializer=[{ [didact/NormalizeFanIn] {} }]"), absl::OkStatus());
  EXPECT_EQ(experiment_.teacher().initializer_size(), 1);
}

TEST_F(OverrideTest, ShowsThePluginThatAValueStandsFor) {
  EXPECT_EQ(Error("optimizer.learning_rate=0.001"),
            "--set: optimizer.learning_rate: must be a plugin of kind schedule, such as "
            "--set='optimizer.learning_rate=[didact/Constant] { value: 0.001 }', or "
            "--set=optimizer.learning_rate.value=0.001, got 0.001");
  EXPECT_EQ(Error("teacher.hidden[0].activation=tanh"),
            "--set: teacher.hidden[0].activation: must be a plugin of kind activation, such as "
            "--set='teacher.hidden[0].activation=[didact/Tanh] {}', got tanh");
  for (const char* loss : {"didact/MeanSquaredError", "MeanSquaredError {}",
                           "[didact/MeanSquaredError]", "didact.MeanSquaredError"}) {
    EXPECT_THAT(Error(absl::StrCat("loss=", loss)),
                testing::HasSubstr("--set='loss=[didact/MeanSquaredError] {}'"));
  }
  EXPECT_THAT(Error("loss=[MeanSquaredError] {}"),
              testing::HasSubstr("did you mean [didact/MeanSquaredError]?"));
  EXPECT_EQ(Error("seed=5"),
            "--set: seed: must be a message, such as --set='seed={ first: 5 }', "
            "got 5");
  EXPECT_THAT(Error("training.shuffle=true"), testing::HasSubstr("'training.shuffle={}'"));
  // The texts in the messages work, and nothing was changed before.
  EXPECT_EQ(experiment_.seed().last(), 32);
  for (const char* assignment :
       {"optimizer.learning_rate=[didact/Constant] { value: 0.001 }",
        "optimizer.learning_rate.value=0.001", "teacher.hidden[0].activation=[didact/Tanh] {}",
        "loss=[didact/MeanSquaredError] {}", "seed={ first: 5 }", "training.shuffle={}"}) {
    EXPECT_EQ(Set(assignment), absl::OkStatus());
  }
}

TEST_F(OverrideTest, SaysWhatIsWrongWithinAMessage) {
  EXPECT_EQ(
      Error("optimizer=[didact/Sgdd] {}"),
      absl::StrCat("--set:1:1: optimizer: no plugin didact.Sgdd of kind optimizer; there are: "
                   "didact.Sgd; ",
                   kHowPluginsAreLoaded));
  EXPECT_EQ(
      Error("teacher.hidden[1]={ widht: 3 }"),
      "--set:1:2: teacher.hidden[1].widht: Message type \"didact.HiddenLayer\" has no field "
      "named \"widht\"; did you mean \"width\"? It has: width, activation, conv, batch_norm, pool");
}

}  // namespace
}  // namespace didact
