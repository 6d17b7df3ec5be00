#include "didact/framework/plugin/check_field_rules.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "didact/framework/plugin/plugin_kinds.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/checkpoint.pb.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/network.pb.h"
#include "didact/protos/plugins/activation.pb.h"
#include "didact/protos/plugins/augmentation.pb.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "didact/protos/plugins/loss.pb.h"
#include "didact/protos/plugins/metric.pb.h"
#include "didact/protos/plugins/optimizer.pb.h"
#include "didact/protos/plugins/projection.pb.h"
#include "didact/protos/plugins/schedule.pb.h"
#include "didact/protos/sweep.pb.h"
#include "didact/protos/training.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/plugin/check_field_rules_test.pb.h"
#include "tests/plugin/fake_factory.h"

namespace didact {
namespace {

using test::AddFake;
using testing::ElementsAre;
using testing::IsEmpty;

// Returns the problems of a message's rules, without the name of the message with which all begin.
template <class Config>
std::vector<std::string> Problems() {
  const absl::Status status = CheckFieldRules(*Config::descriptor(), kPluginKinds);
  if (status.ok()) return {};
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string prefix = Config::descriptor()->full_name() + ".";
  std::vector<std::string> problems;
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n')) {
    EXPECT_TRUE(absl::StartsWith(line, prefix)) << line;
    problems.emplace_back(absl::StripPrefix(line, prefix));
  }
  return problems;
}

TEST(CheckFieldRules, AcceptsEveryRuleThatSuitsItsField) {
  EXPECT_THAT(Problems<rules_test::WellFormed>(), IsEmpty());
}

TEST(CheckFieldRules, RefusesAMinimumAboveTheMaximum) {
  EXPECT_THAT(
      CheckFieldRules(*rules_test::MinimumAboveMaximum::descriptor(), kPluginKinds),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "didact.rules_test.MinimumAboveMaximum.slope: minimum 2 is above maximum 1"));
}

TEST(CheckFieldRules, RefusesBoundsThatLeaveNoNumberOfTheFieldsType) {
  EXPECT_THAT(
      Problems<rules_test::NothingLeft>(),
      ElementsAre("above_and_below: no number of type double is > 1 and < 1",
                  "above_and_maximum: no number of type double is > 1 and <= 1",
                  "minimum_and_below: no number of type double is >= 1 and < 1",
                  "crossed: no number of type double is > 2 and < 1",
                  "between_integers: no number of type int32 is > 0 and < 1",
                  "fraction: no number of type int32 is >= 0.25 and <= 0.75",
                  "below_zero: no number of type uint32 is <= -1",
                  "too_large: no number of type int32 is > 2147483647",
                  "beyond_sixty_four_bits: no number of type uint64 is >= 18446744073709551616",
                  "between_floats: no number of type float is > 0.1 and < 0.100000001",
                  "beyond_float: no number of type float is >= 1e+39",
                  "three_bounds: no number of type double is >= 0 and > 1 and <= 1"));
}

TEST(CheckFieldRules, RefusesBoundsThatAreNotFinite) {
  EXPECT_THAT(
      Problems<rules_test::NotFiniteBounds>(),
      ElementsAre("nan: minimum must be finite, got nan", "infinite: above must be finite, got inf",
                  "both: maximum must be finite, got inf", "both: below must be finite, got -inf"));
}

TEST(CheckFieldRules, RefusesBoundsOnWhatIsNoNumber) {
  EXPECT_THAT(
      Problems<rules_test::BoundsOnOtherTypes>(),
      ElementsAre(
          "text: minimum is a rule for numbers, and this is a field of type string",
          "flag: maximum is a rule for numbers, and this is a field of type bool",
          "shade: above is a rule for numbers, and this is a field of type didact.rules_test.Shade",
          "message: below is a rule for numbers, and this is a field of type "
          "didact.rules_test.Empty",
          "plugin: minimum is a rule for numbers, and this is a field of type google.protobuf.Any",
          "weights: minimum is a rule for numbers, and this is a map",
          "raw: minimum is a rule for numbers, and this is a field of type bytes",
          "raw: maximum is a rule for numbers, and this is a field of type bytes"));
}

TEST(CheckFieldRules, RefusesDefaultsThatTheFieldCannotHave) {
  EXPECT_THAT(
      Problems<rules_test::WrongDefaults>(),
      ElementsAre(
          "text_for_number: default_value \"many\" is not a value of type int32",
          "fraction_for_integer: default_value \"1.5\" is not a value of type int32",
          "too_large: default_value \"3000000000\" is not a value of type int32",
          "negative: default_value \"-1\" is not a value of type uint32",
          "number_for_flag: default_value \"2\" is not a value of type bool",
          "no_such_name: default_value \"GREY\" is not a value of type enum",
          "no_such_number: default_value \"2\" must be one of DARK, LIGHT, got 2",
          "empty: default_value \"\" is not a value of type double",
          "out_of_range: default_value \"3\" must be <= 2, got 3",
          "not_finite: default_value \"inf\" must be finite, got inf",
          "two: default_value \"1, 2\" is not a value of type double",
          "another_field: default_value \"1 two: 2\" is not a value of type double",
          "list: default_value \"1, two\" is not a list of values of type double",
          "list_out_of_range: default_value \"1, 3\" must be < 2, got 3",
          "no_presence: default_value needs a field that tells when it is left out: make it "
          "`optional`",
          "message: default_value is a rule for numbers, texts, enums and bools, and this is a "
          "field of type didact.rules_test.Empty",
          "plugin: default_value is a rule for numbers, texts, enums and bools, and this is a "
          "field of type google.protobuf.Any",
          "member: default_value is no rule for a member of a oneof",
          "relative: default_value \"data.npz\" must be an absolute file name"));
}

TEST(CheckFieldRules, RefusesExamplesThatTheFieldCannotHave) {
  const std::string suits =
      ": example is a rule for numbers, texts, enums and bools, and this is a ";
  EXPECT_THAT(Problems<rules_test::WrongExamples>(),
              ElementsAre("text_for_number: example \"many\" is not a value of type int32",
                          "fraction_for_integer: example \"1.5\" is not a value of type int32",
                          "negative: example \"-1\" is not a value of type uint32",
                          "number_for_flag: example \"2\" is not a value of type bool",
                          "no_such_name: example \"GREY\" is not a value of type enum",
                          "no_such_number: example \"2\" must be one of DARK, LIGHT, got 2",
                          "empty: example \"\" is not a value of type double",
                          "out_of_range: example \"0\" must be > 0, got 0",
                          "not_finite: example \"nan\" must be finite, got nan",
                          "two: example \"1, 2\" is not a value of type double",
                          "another_field: example \"1 two: 2\" is not a value of type double",
                          "list: example \"1, two\" is not a list of values of type double",
                          "list_out_of_range: example \"1, 3\" must be < 2, got 3",
                          "no_list: example \"\" is not a list of values of type double",
                          "message" + suits + "field of type didact.rules_test.Empty",
                          "messages" + suits + "field of type didact.rules_test.Empty",
                          "plugin: example \"[didact/Loss] {}\" must be the full name of a "
                          "plugin's config, such as didact.Sgd",
                          "weights" + suits + "map", "member: example \"0\" must be >= 1, got 0",
                          "nothing: example \"\" counts as left out, and the field is required"));
}

TEST(CheckFieldRules, RefusesRequiredWhereItCannotBeToldOrDoesNothing) {
  const std::string presence =
      ": required needs a field that tells when it is left out, since a zero would count as that: "
      "make it `optional`";
  EXPECT_THAT(Problems<rules_test::WrongRequired>(),
              ElementsAre("with_default: required and default_value exclude each other",
                          "number" + presence, "flag" + presence, "shade" + presence,
                          "member: required is no rule for a member of a oneof"));
}

TEST(CheckFieldRules, RefusesKindsThatAreNoneAndPluginsThatAreNoAny) {
  const std::string kinds =
      "must be one of activation, augmentation, dataset, initializer, loss, metric, optimizer, "
      "projection, schedule";
  const std::string any =
      ": plugin_kind is a rule for google.protobuf.Any, and this is a field of type ";
  EXPECT_THAT(Problems<rules_test::WrongKinds>(),
              ElementsAre("misspelled: plugin_kind \"activaton\" " + kinds,
                          "plural: plugin_kind \"metrics\" " + kinds, "number" + any + "double",
                          "text" + any + "string", "message" + any + "didact.rules_test.Empty"));
}

TEST(CheckFieldRules, RefusesFilesAndUnitsOnOtherTypes) {
  EXPECT_THAT(Problems<rules_test::WrongFilesAndUnits>(),
              ElementsAre("file: file is a rule for texts, and this is a field of type double",
                          "plugin: file is a rule for texts, and this is a field of type "
                          "google.protobuf.Any",
                          "text: unit is a rule for numbers, and this is a field of type string",
                          "flag: unit is a rule for numbers, and this is a field of type bool"));
}

TEST(CheckFieldRules, GoesThroughMessagesWithinAndTellsAProblemOnce) {
  EXPECT_THAT(CheckFieldRules(*rules_test::Outer::descriptor(), kPluginKinds),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "didact.rules_test.Inner.slope: minimum 2 is above maximum 1"));
}

TEST(PluginRegistry, RefusesAPluginWithMalformedRulesAndStaysAsItIs) {
  PluginRegistry registry;
  ASSERT_EQ(AddFake<rules_test::WellFormed>(registry, "activation"), absl::OkStatus());
  EXPECT_THAT(
      AddFake<rules_test::MinimumAboveMaximum>(registry, "activation"),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "didact.rules_test.MinimumAboveMaximum.slope: minimum 2 is above maximum 1"));
  EXPECT_EQ(registry.List().size(), 1);
}

TEST(PluginRegistry, KnowsTheKindsOfItsOwnPlugins) {
  PluginRegistry registry;
  EXPECT_EQ(AddFake<rules_test::OwnKind>(registry, "solid").message(),
            "didact.rules_test.OwnKind.part: plugin_kind \"shape\" must be one of activation, "
            "augmentation, dataset, initializer, loss, metric, optimizer, projection, schedule, "
            "solid");
  EXPECT_EQ(AddFake<rules_test::OwnKind>(registry, "shape"), absl::OkStatus());
  EXPECT_EQ(AddFake<rules_test::OwnKind>(registry, "solid"), absl::OkStatus());
}

// The messages of plugins and all others are checked: nothing else checks the latter.
TEST(DidactsOwnMessages, HaveWellFormedRules) {
  for (const google::protobuf::Descriptor* message :
       {Experiment::descriptor(), Teacher::descriptor(), Training::descriptor(),
        Sweep::descriptor(), Checkpoint::descriptor(), Relu::descriptor(),
        GaussianNoise::descriptor(), GaussianInputs::descriptor(), GaussianWeights::descriptor(),
        HalfSquaredError::descriptor(), Loss::descriptor(), Sgd::descriptor(), Freeze::descriptor(),
        Constant::descriptor()}) {
    const google::protobuf::FileDescriptor& file = *message->file();
    for (int m = 0; m < file.message_type_count(); ++m) {
      EXPECT_EQ(CheckFieldRules(*file.message_type(m), kPluginKinds), absl::OkStatus());
    }
  }
}

}  // namespace
}  // namespace didact
