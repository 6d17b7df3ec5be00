#include "didact/framework/plugin/resolve.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/factory.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/plugin/fake_factory.h"
#include "tests/plugin/resolve_test.pb.h"

namespace didact {
namespace {

using google::protobuf::Any;
using test::Defaults;
using test::Inner;
using test::Needs;
using test::Ranges;
using test::Shape;
using testing::HasSubstr;

PluginRegistry Shapes() {
  PluginRegistry registry;
  EXPECT_TRUE(test::AddFake<Shape>(registry, "shape").ok());
  return registry;
}

absl::Status Resolve(google::protobuf::Message& message) {
  return ResolveConfig(message, Shapes(), FieldPath("f.textproto"));
}

std::string Problems(google::protobuf::Message& message) {
  return std::string(Resolve(message).message());
}

template <class M>
M Parse(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

Any ShapeAny(const Shape& shape, const std::string& type_url = "didact.test/Shape") {
  Any any;
  any.set_type_url(type_url);
  any.set_value(shape.SerializeAsString());
  return any;
}

Needs Complete() {
  Needs needs = Parse<Needs>("text: 'a' number: 0 inner { name: 'i' } list { name: 'l' }");
  *needs.mutable_shape() = ShapeAny(Shape());
  return needs;
}

TEST(ResolveConfig, FillsInDefaultsOfEveryType) {
  Defaults config;
  EXPECT_EQ(Resolve(config), absl::OkStatus());
  EXPECT_TRUE(config.flag());
  EXPECT_EQ(config.color(), test::GREEN);
  EXPECT_EQ(config.text(), "a b");
  EXPECT_EQ(config.number(), -1e-3);
  EXPECT_EQ(config.single(), 0.1f);
  EXPECT_EQ(config.whole(), std::numeric_limits<uint64_t>::max());
  EXPECT_THAT(config.list(), testing::ElementsAre(0.5, 1, -2));
  EXPECT_THAT(config.words(), testing::ElementsAre("one", "two"));
}

TEST(ResolveConfig, KeepsWhatIsGivenAlsoWhenItIsZero) {
  Defaults config = Parse<Defaults>("flag: false color: RED text: '' number: 0 list: 3");
  EXPECT_EQ(Resolve(config), absl::OkStatus());
  EXPECT_FALSE(config.flag());
  EXPECT_EQ(config.color(), test::RED);
  EXPECT_EQ(config.text(), "");
  EXPECT_EQ(config.number(), 0);
  EXPECT_THAT(config.list(), testing::ElementsAre(3));
}

TEST(ResolveConfig, FillsInPresentSubMessagesAndCreatesNoOthers) {
  Defaults absent;
  EXPECT_EQ(Resolve(absent), absl::OkStatus());
  EXPECT_FALSE(absent.has_inner());

  Defaults present = Parse<Defaults>("inner { name: 'x' }");
  EXPECT_EQ(Resolve(present), absl::OkStatus());
  EXPECT_EQ(present.inner().count(), 7);
}

TEST(ResolveConfig, SaysWhatIsAllowedAndWhatWasGiven) {
  Ranges config = Parse<Ranges>("at_least: 3 above: -1 big: 9007199254740993");
  EXPECT_THAT(Resolve(config), FailsWith(absl::StatusCode::kInvalidArgument,
                                         "f.textproto: at_least: must be >= 0 and < 1, got 3\n"
                                         "f.textproto: above: must be > -1 and <= 1e+20, got -1\n"
                                         "f.textproto: big: must be <= 9007199254740992, got "
                                         "9007199254740993"));
}

TEST(ResolveConfig, AcceptsInclusiveBoundsAndRefusesExclusiveOnes) {
  Ranges inclusive = Parse<Ranges>("at_least: 0 above: 1e20 big: 9007199254740992 list: [1, 10]");
  EXPECT_EQ(Resolve(inclusive), absl::OkStatus());
  Ranges exclusive = Parse<Ranges>("at_least: 1");
  EXPECT_EQ(Problems(exclusive), "f.textproto: at_least: must be >= 0 and < 1, got 1");
}

TEST(ResolveConfig, PrintsNumbersShortestButExactly) {
  Ranges config;
  config.set_at_least(-0.1);
  EXPECT_EQ(Problems(config), "f.textproto: at_least: must be >= 0 and < 1, got -0.1");
  config.set_at_least(std::nextafter(1.0, 2.0));
  EXPECT_EQ(Problems(config),
            "f.textproto: at_least: must be >= 0 and < 1, got 1.0000000000000002");
}

TEST(ResolveConfig, ChecksEveryElementOfAList) {
  Ranges config = Parse<Ranges>("list: [1, 0, 10, 11]");
  EXPECT_EQ(Problems(config),
            "f.textproto: list[1]: must be >= 1 and <= 10, got 0\n"
            "f.textproto: list[3]: must be >= 1 and <= 10, got 11");
}

TEST(ResolveConfig, RefusesNumbersThatAreNotFiniteRulesOrNot) {
  Ranges config = Parse<Ranges>("at_least: nan single: -inf plain: inf");
  EXPECT_EQ(Problems(config),
            "f.textproto: at_least: must be finite, got nan\n"
            "f.textproto: single: must be finite, got -inf\n"
            "f.textproto: plain: must be finite, got inf");
}

TEST(ResolveConfig, RefusesUnknownEnumNumbers) {
  Ranges config;
  config.set_color(static_cast<test::Color>(2));
  config.add_colors(test::GREEN);
  config.add_colors(static_cast<test::Color>(-1));
  EXPECT_EQ(Problems(config),
            "f.textproto: color: must be one of RED, GREEN, got 2\n"
            "f.textproto: colors[1]: must be one of RED, GREEN, got -1");
}

TEST(ResolveConfig, ChecksTheMemberOfAOneofThatIsGiven) {
  Ranges none;
  EXPECT_EQ(Resolve(none), absl::OkStatus());
  EXPECT_EQ(none.choice_case(), Ranges::CHOICE_NOT_SET);
  Ranges left = Parse<Ranges>("left: 0");
  EXPECT_EQ(Problems(left), "f.textproto: left: must be >= 1, got 0");
  Ranges right = Parse<Ranges>("right {}");
  EXPECT_EQ(Problems(right), "f.textproto: right.name: must be given, such as name: \"TEXT\"");
}

TEST(ResolveConfig, NamesEverythingThatMustBeGiven) {
  Needs config;
  EXPECT_EQ(Problems(config),
            "f.textproto: text: must be given, such as text: \"TEXT\"\n"
            "f.textproto: number: must be given, such as number: 0.1\n"
            "f.textproto: inner: must be given, such as inner { name: \"TEXT\" }\n"
            "f.textproto: list: must be given at least once, such as list { name: \"TEXT\" }\n"
            "f.textproto: shape: must be given, such as shape { [didact.test/Shape] {} }");
  Needs complete = Complete();
  EXPECT_EQ(Resolve(complete), absl::OkStatus());
  EXPECT_EQ(complete.inner().count(), 7);
  EXPECT_EQ(complete.list(0).count(), 7);
}

TEST(ResolveConfig, GoesThroughPluginsAsIfTheirMessagesStoodThere) {
  Shape part;
  part.set_size(-3);
  Shape shape;
  *shape.mutable_part() = ShapeAny(part);
  Needs config = Complete();
  *config.add_more() = ShapeAny(Shape());
  *config.add_more() = ShapeAny(shape);
  EXPECT_EQ(Problems(config), "f.textproto: more[1].part.size: must be > 0, got -3");
}

TEST(ResolveConfig, RepacksPluginsWithDefaultsAndCanonicalNames) {
  for (const char* url :
       {"didact.test/Shape", "didact.test.Shape", "type.googleapis.com/didact.test.Shape"}) {
    Needs config = Complete();
    *config.mutable_shape() = ShapeAny(Shape(), url);
    ASSERT_EQ(Resolve(config), absl::OkStatus());
    EXPECT_EQ(config.shape().type_url(), "type.googleapis.com/didact.test.Shape");
    Shape shape;
    ASSERT_TRUE(config.shape().UnpackTo(&shape));
    EXPECT_EQ(shape.size(), 2);
  }
}

TEST(ResolveConfig, PacksEqualPluginsIntoEqualBytes) {
  Shape forward, backward;
  for (int i = 0; i < 100; ++i) (*forward.mutable_weight())[std::to_string(i)] = i;
  for (int i = 99; i >= 0; --i) (*backward.mutable_weight())[std::to_string(i)] = i;
  Needs first = Complete(), second = Complete();
  *first.mutable_shape() = ShapeAny(forward);
  *second.mutable_shape() = ShapeAny(backward);
  ASSERT_EQ(Resolve(first), absl::OkStatus());
  ASSERT_EQ(Resolve(second), absl::OkStatus());
  EXPECT_EQ(first.shape().value(), second.shape().value());
}

TEST(ResolveConfig, ChangesNothingTheSecondTime) {
  Needs config = Complete();
  ASSERT_EQ(Resolve(config), absl::OkStatus());
  const std::string once = config.SerializeAsString();
  ASSERT_EQ(Resolve(config), absl::OkStatus());
  EXPECT_EQ(config.SerializeAsString(), once);
}

TEST(ResolveConfig, SaysNotFoundWhenAnUnknownPluginIsTheFirstProblem) {
  Needs config = Complete();
  config.mutable_shape()->set_type_url("didact.test/Shapes");
  EXPECT_THAT(Resolve(config),
              FailsWith(absl::StatusCode::kNotFound,
                        absl::StrCat("f.textproto: shape: no plugin didact.test.Shapes of kind "
                                     "shape; there are: didact.test.Shape; ",
                                     kHowPluginsAreLoaded)));
}

TEST(ResolveConfig, SaysThatAPluginIsWantedWhereNoneIsNamed) {
  Needs config = Complete();
  config.mutable_shape()->Clear();
  EXPECT_EQ(
      Problems(config),
      "f.textproto: shape: must name a plugin of kind shape, e.g. [didact.test/Shape] {}, got "
      "nothing; there are: didact.test.Shape");
}

TEST(ResolveConfig, RefusesPluginBytesThatDoNotParse) {
  Needs config = Complete();
  config.mutable_shape()->set_value("\x0f\x0f\x0f");
  EXPECT_EQ(Problems(config),
            "f.textproto: shape: must hold a serialized didact.test.Shape, got 3 bytes that do not "
            "parse");
}

TEST(ResolveConfig, RefusesUnknownFields) {
  Needs config = Complete();
  config.mutable_shape()->set_value("\x98\x06\x01");  // field 99, varint 1
  EXPECT_EQ(Problems(config),
            "f.textproto: shape: must be a didact.test.Shape, got an unknown field with number 99");
}

TEST(ResolveConfig, LeavesAnAnyWithoutKindAlone) {
  Needs config = Complete();
  config.mutable_untyped()->set_type_url("anything");
  config.mutable_untyped()->set_value("\xff");
  EXPECT_EQ(Resolve(config), absl::OkStatus());
  EXPECT_EQ(config.untyped().type_url(), "anything");
}

TEST(ResolveConfig, RefusesBottomlessNesting) {
  Any any = ShapeAny(Shape());
  for (int depth = 0; depth < 1000; ++depth) {
    Shape shape;
    *shape.mutable_part() = any;
    any = ShapeAny(shape);
  }
  Needs config = Complete();
  *config.mutable_shape() = any;
  EXPECT_THAT(Problems(config), HasSubstr("must not be nested deeper than 64 messages"));
}

TEST(ResolveConfig, CountsProblemsBeyondFifty) {
  Ranges config;
  for (int i = 0; i < 100000; ++i) config.add_list(0);
  const std::string problems = Problems(config);
  EXPECT_THAT(problems, HasSubstr("list[49]: must be"));
  EXPECT_THAT(problems, testing::Not(HasSubstr("list[50]: must be")));
  EXPECT_THAT(problems, testing::EndsWith("\nf.textproto: and 99950 more problems"));
}

TEST(UnpackConfig, UnpacksChecksAndFillsIn) {
  const PluginRegistry registry = Shapes();
  const BuildContext context{registry, FieldPath("f.textproto").Field("shape")};
  Shape given;
  Shape config;
  EXPECT_EQ(UnpackConfig(ShapeAny(given), context, config), absl::OkStatus());
  EXPECT_EQ(config.size(), 2);
  given.set_size(0);
  EXPECT_THAT(
      UnpackConfig(ShapeAny(given), context, config),
      FailsWith(absl::StatusCode::kInvalidArgument, "f.textproto: shape.size: must be > 0, got 0"));
  Any broken = ShapeAny(given);
  broken.set_value("\xff");
  EXPECT_THAT(UnpackConfig(broken, context, config),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "f.textproto: shape: must hold a serialized "
                        "didact.test.Shape, got 1 bytes that do not parse"));
}

}  // namespace
}  // namespace didact
