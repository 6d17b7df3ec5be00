#include "didact/framework/plugin/registry.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/type_url.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/plugin/fake_factory.h"
#include "tests/plugin/registry_test.pb.h"
#include "tests/plugin/registry_test_documentation.h"

namespace didact {
namespace {

using google::protobuf::Any;
using test::AddFake;
using test::Scale;
using test::Silent;
using test::Steady;

// A schedule, which is the same for both precisions.
class SteadySchedule : public Schedule {
 public:
  static absl::StatusOr<std::unique_ptr<Schedule>> Build(const Steady& config,
                                                         const BuildContext& context) {
    if (config.value() < 0) return context.path.Field("value").Invalid("must be >= 0");
    auto schedule = std::make_unique<SteadySchedule>();
    schedule->value_ = config.value();
    return schedule;
  }
  double Value(const TrainingTime&) const override { return value_; }

 private:
  double value_ = 0;
};

// A plugin with a precision.
template <class T>
class ScaleActivation : public Activation<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Activation<T>>> Build(const Scale& config,
                                                              const BuildContext&) {
    auto activation = std::make_unique<ScaleActivation>();
    activation->factor_ = static_cast<T>(config.factor());
    return activation;
  }
  void Apply(absl::Span<const T> in, absl::Span<T> out) const override {
    for (size_t i = 0; i < in.size(); ++i) out[i] = factor_ * in[i];
  }
  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    for (T& g : gradient) g *= factor_;
  }

 private:
  T factor_ = 0;
};

template <class Config>
Any AnyOf(const Config& config) {
  Any any;
  any.set_type_url(CanonicalTypeUrl(Config::descriptor()->full_name()));
  any.set_value(config.SerializeAsString());
  return any;
}

std::vector<std::string> Names(const PluginRegistry& registry) {
  std::vector<std::string> names;
  for (const PluginFactory* factory : registry.List()) {
    names.push_back(std::string(factory->kind()) + " " + factory->config().full_name());
  }
  return names;
}

TEST(PluginRegistry, BuildsAPluginOfOneRegistrationInBothPrecisions) {
  PluginRegistry registry;
  ASSERT_EQ((registry.Add<Scale, ScaleActivation>()), absl::OkStatus());
  Scale config;
  config.set_factor(0.1);
  const auto in_float = registry.Create<Activation<float>>(AnyOf(config), FieldPath());
  const auto in_double = registry.Create<Activation<double>>(AnyOf(config), FieldPath());
  ASSERT_TRUE(in_float.ok() && in_double.ok());
  float x = 1;
  double y = 1;
  (*in_float)->Apply({&x, 1}, {&x, 1});
  (*in_double)->Apply({&y, 1}, {&y, 1});
  EXPECT_EQ(x, 0.1f);
  EXPECT_EQ(y, 0.1);
}

TEST(PluginRegistry, BuildsAPluginWithoutPrecision) {
  PluginRegistry registry;
  ASSERT_EQ((registry.Add<Steady, SteadySchedule>()), absl::OkStatus());
  Steady config;
  config.set_value(0.25);
  const auto schedule = registry.Create<Schedule>(AnyOf(config), FieldPath());
  ASSERT_TRUE(schedule.ok());
  EXPECT_EQ((*schedule)->Value(TrainingTime()), 0.25);
}

// Records the constructor by which it was built.
class ConstructedSchedule : public Schedule {
 public:
  double Value(const TrainingTime&) const override { return value_; }

 protected:
  explicit ConstructedSchedule(double value) : value_(value) {}

 private:
  double value_;
};

struct FromNothing : ConstructedSchedule {
  FromNothing() : ConstructedSchedule(7) {}
};

struct FromConfig : ConstructedSchedule {
  FromConfig() : ConstructedSchedule(7) {}
  explicit FromConfig(const Steady& config) : ConstructedSchedule(config.value()) {}
};

struct FromConfigAndContext : ConstructedSchedule {
  explicit FromConfigAndContext(const Steady& config) : ConstructedSchedule(config.value()) {}
  FromConfigAndContext(const Steady& config, const BuildContext& context)
      : ConstructedSchedule(config.value() + static_cast<double>(context.path.path().size())) {}
};

template <class Implementation>
double ValueOfBuilt() {
  PluginRegistry registry;
  EXPECT_EQ((registry.Add<Steady, Implementation>()), absl::OkStatus());
  Steady config;
  config.set_value(0.25);
  const auto schedule = registry.Create<Schedule>(AnyOf(config), FieldPath("f").Field("rate"));
  return schedule.ok() ? (*schedule)->Value(TrainingTime()) : -1;
}

TEST(PluginRegistry, BuildsAPluginWithoutBuildByTheConstructorThatTakesMost) {
  EXPECT_EQ(ValueOfBuilt<FromNothing>(), 7);
  EXPECT_EQ(ValueOfBuilt<FromConfig>(), 0.25);
  EXPECT_EQ(ValueOfBuilt<FromConfigAndContext>(), 4.25);
}

TEST(PluginRegistry, HandsBuildTheConfigsPlace) {
  PluginRegistry registry;
  ASSERT_EQ((registry.Add<Steady, SteadySchedule>()), absl::OkStatus());
  Steady config;
  config.set_value(-1);
  const FieldPath path = FieldPath("f.textproto").Field("optimizer").Field("learning_rate");
  EXPECT_THAT(registry.Create<Schedule>(AnyOf(config), path).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "f.textproto: optimizer.learning_rate.value: must be >= 0"));
}

TEST(PluginRegistry, RefusesADuplicateAndKeepsTheFirst) {
  PluginRegistry registry;
  ASSERT_EQ((registry.Add<Steady, SteadySchedule>()), absl::OkStatus());
  const PluginFactory* first = registry.List().front();
  EXPECT_THAT(
      (registry.Add<Steady, SteadySchedule>()),
      FailsWith(absl::StatusCode::kAlreadyExists,
                "a plugin of kind schedule with config message didact.test.Steady is registered "
                "already"));
  EXPECT_THAT(registry.List(), testing::ElementsAre(first));
}

TEST(PluginRegistry, TakesOneMessageUnderTwoKinds) {
  PluginRegistry registry;
  EXPECT_EQ(AddFake<Steady>(registry, "schedule"), absl::OkStatus());
  EXPECT_EQ(AddFake<Steady>(registry, "loss"), absl::OkStatus());
  EXPECT_THAT(Names(registry),
              testing::ElementsAre("loss didact.test.Steady", "schedule didact.test.Steady"));
}

TEST(PluginRegistry, ListsByKindThenName) {
  PluginRegistry registry;
  ASSERT_EQ(AddFake<Steady>(registry, "schedule"), absl::OkStatus());
  ASSERT_EQ(AddFake<Silent>(registry, "schedule"), absl::OkStatus());
  ASSERT_EQ(AddFake<Scale>(registry, "activation"), absl::OkStatus());
  EXPECT_THAT(Names(registry),
              testing::ElementsAre("activation didact.test.Scale", "schedule didact.test.Silent",
                                   "schedule didact.test.Steady"));
}

TEST(PluginRegistry, FindsEveryFormOfAName) {
  PluginRegistry registry;
  ASSERT_EQ(AddFake<Steady>(registry, "schedule"), absl::OkStatus());
  for (const char* name : {"type.googleapis.com/didact.test.Steady", "didact.test.Steady",
                           "didact.test/Steady", "example.org/plugins/didact.test.Steady"}) {
    const auto found = registry.Find("schedule", name, FieldPath());
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(&(*found)->config(), Steady::descriptor());
  }
}

TEST(PluginRegistry, SaysWhatThereIsWhenAPluginIsUnknown) {
  PluginRegistry registry;
  const FieldPath path = FieldPath("f.textproto").Field("loss");
  EXPECT_THAT(registry.Find("loss", "didact.test/Steady", path).status(),
              FailsWith(absl::StatusCode::kNotFound,
                        "f.textproto: loss: no plugin didact.test.Steady of kind loss; "
                        "there are: none; a plugin library is loaded with --plugin=FILE, "
                        "plugin_library in the config, or DIDACT_PLUGIN_PATH; a plugin that a "
                        "program registers is known to that program alone"));
  ASSERT_EQ(AddFake<Silent>(registry, "loss"), absl::OkStatus());
  ASSERT_EQ(AddFake<Scale>(registry, "loss"), absl::OkStatus());
  EXPECT_THAT(registry.Find("loss", "didact.test/Steady", path).status(),
              FailsWith(absl::StatusCode::kNotFound,
                        "f.textproto: loss: no plugin didact.test.Steady of kind loss; "
                        "there are: didact.test.Scale, didact.test.Silent; a plugin "
                        "library is loaded with --plugin=FILE, plugin_library in the "
                        "config, or DIDACT_PLUGIN_PATH; a plugin that a program registers is "
                        "known to that program alone"));
}

TEST(PluginRegistry, SaysWhenTheNameExistsUnderAnotherKind) {
  PluginRegistry registry;
  ASSERT_EQ(AddFake<Steady>(registry, "schedule"), absl::OkStatus());
  ASSERT_EQ(AddFake<Silent>(registry, "loss"), absl::OkStatus());
  EXPECT_THAT(registry.Find("loss", "didact.test.Steady", FieldPath()).status(),
              FailsWith(absl::StatusCode::kNotFound,
                        "no plugin didact.test.Steady of kind loss (didact.test.Steady is "
                        "of kind schedule); there are: didact.test.Silent"));
}

TEST(PluginRegistry, AsksForANameWhenThereIsNone) {
  PluginRegistry registry;
  EXPECT_THAT(
      registry.Find("loss", "", FieldPath("f.textproto").Field("loss")).status(),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "f.textproto: loss: must name a plugin of kind loss, e.g. [didact/Name] {}, got "
                "nothing; there are: none"));
  ASSERT_EQ(AddFake<Silent>(registry, "loss"), absl::OkStatus());
  ASSERT_EQ(AddFake<Scale>(registry, "loss"), absl::OkStatus());
  EXPECT_THAT(
      registry.Find("loss", "", FieldPath("f.textproto").Field("loss")).status(),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "f.textproto: loss: must name a plugin of kind loss, e.g. [didact.test/Scale] {}, "
                "got nothing; there are: didact.test.Scale, didact.test.Silent"));
}

TEST(PluginRegistry, MergesAllOrNothing) {
  PluginRegistry host;
  ASSERT_EQ(AddFake<Steady>(host, "schedule"), absl::OkStatus());
  PluginRegistry clash;
  ASSERT_EQ(AddFake<Scale>(clash, "activation"), absl::OkStatus());
  ASSERT_EQ(AddFake<Steady>(clash, "schedule"), absl::OkStatus());
  EXPECT_EQ(host.Merge(std::move(clash)).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(Names(host), testing::ElementsAre("schedule didact.test.Steady"));
  EXPECT_THAT(Names(clash),
              testing::ElementsAre("activation didact.test.Scale", "schedule didact.test.Steady"));

  PluginRegistry addition;
  ASSERT_EQ(AddFake<Scale>(addition, "activation"), absl::OkStatus());
  ASSERT_EQ(addition.AddDocumentation(RegistryTestDocumentation()), absl::OkStatus());
  EXPECT_EQ(host.Merge(std::move(addition)), absl::OkStatus());
  EXPECT_THAT(Names(host),
              testing::ElementsAre("activation didact.test.Scale", "schedule didact.test.Steady"));
  EXPECT_EQ(host.Documentation("didact.test.Scale"), "Scales its input.");
}

TEST(PluginRegistry, KnowsWhichLibraryAPluginComesFrom) {
  const auto library = [](const std::string& name) {
    return PluginLibraryInfo{"/x/" + name + ".so", "/y/" + name + ".so", name, "1.0", "abc"};
  };
  PluginRegistry host;
  ASSERT_EQ(AddFake<Steady>(host, "schedule"), absl::OkStatus());
  PluginRegistry one;
  ASSERT_EQ(AddFake<Scale>(one, "activation"), absl::OkStatus());
  one.AddLibrary(library("one"));
  PluginRegistry two;
  ASSERT_EQ(AddFake<Scale>(two, "loss"), absl::OkStatus());
  two.AddLibrary(library("two"));
  ASSERT_EQ(host.Merge(std::move(one)), absl::OkStatus());
  ASSERT_EQ(host.Merge(std::move(two)), absl::OkStatus());
  const PluginRegistry moved = std::move(host);
  const auto library_of = [&moved](const char* kind, const char* name) -> std::string {
    const auto* found = moved.LibraryOf(**moved.Find(kind, name, FieldPath()));
    return found == nullptr ? "none" : found->name;
  };
  EXPECT_EQ(library_of("schedule", "didact.test.Steady"), "none");
  EXPECT_EQ(library_of("activation", "didact.test.Scale"), "one");
  EXPECT_EQ(library_of("loss", "didact.test.Scale"), "two");
}

TEST(PluginRegistry, KnowsTheCommentsOfMessagesFieldsAndEnums) {
  PluginRegistry registry;
  EXPECT_EQ(registry.Documentation("didact.test.Steady"), "");
  ASSERT_EQ(registry.AddDocumentation(RegistryTestDocumentation()), absl::OkStatus());
  EXPECT_EQ(registry.Documentation("didact.test.Steady"), "A rate that\nstays.");
  EXPECT_EQ(registry.Documentation("didact.test.Steady.value"), "The rate, per epoch.");
  EXPECT_EQ(registry.Documentation("didact.test.Steady.Rounding"), "How to round.");
  EXPECT_EQ(registry.Documentation("didact.test.Steady.NEAREST"), "To the nearest.");
  EXPECT_EQ(registry.Documentation("didact.test.Steady.Point.epoch"), "When.");
  EXPECT_EQ(registry.Documentation("didact.test.Silent"), "");
}

TEST(PluginRegistry, RefusesDocumentationThatDoesNotParse) {
  PluginRegistry registry;
  EXPECT_EQ(registry.AddDocumentation("\xff").code(), absl::StatusCode::kInvalidArgument);
}

TEST(TypeUrl, NamesTheMessage) {
  EXPECT_EQ(MessageNameOfTypeUrl("type.googleapis.com/didact.Relu"), "didact.Relu");
  EXPECT_EQ(MessageNameOfTypeUrl("didact.Relu"), "didact.Relu");
  EXPECT_EQ(MessageNameOfTypeUrl("didact/Relu"), "didact.Relu");
  EXPECT_EQ(MessageNameOfTypeUrl("my.package/Plugin"), "my.package.Plugin");
  EXPECT_EQ(MessageNameOfTypeUrl("type.googleapis.com/Relu"), "Relu");
  EXPECT_EQ(MessageNameOfTypeUrl(""), "");
  EXPECT_EQ(MessageNameOfTypeUrl("didact/"), "");
}

TEST(TypeUrl, IsCanonical) {
  EXPECT_EQ(CanonicalTypeUrl("didact.Relu"), "type.googleapis.com/didact.Relu");
}

}  // namespace
}  // namespace didact
