#include "didact/framework/plugin/function_plugins.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/conformance/conformance.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/type_url.h"
#include "didact/protos/function_inputs.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using google::protobuf::Any;
using testing::ElementsAre;

constexpr auto kCube = [](auto x) { return x * x * x; };
constexpr auto kCubeDerivative = [](auto x) { return 3 * x * x; };

// Adds k + a random number of the sample to component k, which must be 0 before. The first
// component is not changed.
constexpr auto kRamp = [](const RandomStream& random, absl::Span<double> input) {
  for (size_t k = 1; k < input.size(); ++k) {
    input[k] += static_cast<double>(k) + random.Uniform(0);
  }
};

constexpr auto kFirstOutput = [](const auto& batch) {
  double sum = 0;
  for (int64_t i = 0; i < batch.size; ++i) sum += batch.student_outputs(i, 0);
  return sum;
};

Any Config(const std::string& name, const FunctionInputs& fields = {}) {
  Any any;
  any.set_type_url(CanonicalTypeUrl(name));
  any.set_value(fields.SerializeAsString());
  return any;
}

FunctionInputs Inputs(int64_t dimension, int64_t size) {
  FunctionInputs fields;
  fields.set_dimension(dimension);
  fields.set_size(size);
  return fields;
}

PluginRegistry Functions() {
  PluginRegistry registry;
  EXPECT_EQ(
      AddActivation(registry, {"my.Cube", "y = x^3."}, kCube, kCubeDerivative, {.is_odd = true}),
      absl::OkStatus());
  EXPECT_EQ(AddDataset(registry, {"my.Ramp", "A ramp."}, kRamp), absl::OkStatus());
  EXPECT_EQ(AddMetric(registry, {"my.FirstOutput", "A mean."}, kFirstOutput), absl::OkStatus());
  return registry;
}

template <class T>
class FunctionPluginsTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(FunctionPluginsTest, Precisions);

TYPED_TEST(FunctionPluginsTest, AnActivationComputesTheFunctionAndMultipliesByItsDerivative) {
  using T = TypeParam;
  const PluginRegistry registry = Functions();
  const auto activation = registry.Create<Activation<T>>(Config("my.Cube"), FieldPath());
  ASSERT_EQ(activation.status(), absl::OkStatus());
  const std::vector<T> x = {-2, 0, 0.5, 3};
  std::vector<T> y(x.size());
  (*activation)->Apply(x, absl::MakeSpan(y));
  EXPECT_THAT(y, ElementsAre(-8, 0, 0.125, 27));
  std::vector<T> gradient = {1, 2, 4, -1};
  (*activation)->MultiplyByDerivative(x, y, absl::MakeSpan(gradient));
  EXPECT_THAT(gradient, ElementsAre(12, 0, 3, -27));
  EXPECT_TRUE((*activation)->is_odd());
  EXPECT_THAT((*activation)->kinks(), ElementsAre());
}

TYPED_TEST(FunctionPluginsTest, ADataSetDrawsEachSampleFromItsOwnStream) {
  using T = TypeParam;
  const PluginRegistry registry = Functions();
  const auto dataset = registry.Create<Dataset<T>>(Config("my.Ramp", Inputs(3, 5)), FieldPath());
  ASSERT_EQ(dataset.status(), absl::OkStatus());
  EXPECT_THAT((*dataset)->sample_shape(), ElementsAre(3));
  EXPECT_EQ((*dataset)->size(), 5);
  EXPECT_FALSE((*dataset)->stream_seed().has_value());
  const RandomStream random(4, "data");
  ASSERT_EQ((*dataset)->Prepare({random, {}}), absl::OkStatus());
  std::vector<T> inputs(2 * 3, T(7));
  ASSERT_EQ((*dataset)->Read(2, ArrayView<T>(inputs.data(), {2, 3})), absl::OkStatus());
  for (int64_t row = 0; row < 2; ++row) {
    const double drawn = random.Split(static_cast<uint64_t>(2 + row)).Uniform(0);
    EXPECT_EQ(inputs[3 * row], T(0));
    EXPECT_EQ(inputs[3 * row + 1], static_cast<T>(1 + drawn));
    EXPECT_EQ(inputs[3 * row + 2], static_cast<T>(2 + drawn));
  }
}

TYPED_TEST(FunctionPluginsTest, AMetricIsTheMeanOverAllSamplesUnderItsName) {
  using T = TypeParam;
  const PluginRegistry registry = Functions();
  const auto metric = registry.Create<Metric<T>>(Config("my.FirstOutput"), FieldPath());
  ASSERT_EQ(metric.status(), absl::OkStatus());
  ASSERT_EQ((*metric)->Prepare({}), absl::OkStatus());
  for (int evaluation = 0; evaluation < 2; ++evaluation) {
    (*metric)->Begin();
    const std::vector<T> outputs = {1, 100, 2, 100, 6, 100};
    for (const int64_t first : {0, 2}) {
      EvaluationBatch<T> batch;
      batch.size = first == 0 ? 2 : 1;
      batch.student_outputs = ArrayView<const T>(outputs.data() + 2 * first, {batch.size, 2});
      (*metric)->Add(batch);
    }
    EvaluationSummary<T> summary;
    summary.samples = 3;
    Record record;
    (*metric)->Finish(summary, record);
    ASSERT_EQ(record.numbers().size(), 1u);
    EXPECT_EQ(record.numbers()[0].first, "my.FirstOutput");
    EXPECT_EQ(std::get<double>(record.numbers()[0].second), 3);
  }
}

TEST(FunctionPlugins, KeepThePromisesOfTheirKinds) {
  const PluginRegistry registry = Functions();
  for (const PluginFactory* plugin : registry.List()) {
    const std::vector<ConformanceCheck> checks = CheckPlugin(registry, *plugin, {});
    EXPECT_EQ(DescribeFailures(checks), "") << plugin->config().full_name();
    EXPECT_GT(checks.size(), 1u);
  }
}

TEST(FunctionPlugins, AreHeldToWhatTheySayOfTheirFunction) {
  PluginRegistry registry;
  ASSERT_EQ(AddActivation(registry, {"my.Cube", ""}, kCube, kCubeDerivative), absl::OkStatus());
  EXPECT_THAT(DescribeFailures(CheckPlugin(registry, *registry.List().front(), {})),
              testing::HasSubstr("is_odd() must be true"));
}

TEST(FunctionPlugins, HaveAComment) { EXPECT_EQ(Functions().Documentation("my.Cube"), "y = x^3."); }

TEST(FunctionPlugins, RefuseConfigsWithOtherFieldsOrValues) {
  const PluginRegistry registry = Functions();
  const FieldPath path = FieldPath("e").Field("a");
  EXPECT_THAT(registry.Create<Activation<float>>(Config("my.Cube", Inputs(1, 1)), path).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "e: a: must be a my.Cube, got an unknown field with number 1"));
  EXPECT_THAT(registry.Create<Dataset<float>>(Config("my.Ramp", Inputs(1, 0)), path).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "e: a.size: must be >= 1 and <= 1000000000, got 0"));
}

TEST(FunctionPlugins, NeedAFullNameThatIsFree) {
  PluginRegistry registry = Functions();
  const auto add = [&registry](const std::string& name) {
    return AddActivation(registry, {name, ""}, kCube, kCubeDerivative);
  };
  for (const std::string name : {"", "Cube", ".Cube", "my.", "my..Cube", "my.2", "my.Cu be"}) {
    EXPECT_EQ(add(name), absl::InvalidArgumentError(
                             "the name of a plugin must be PACKAGE.NAME, e.g. my_study.Square, "
                             "got \"" +
                             name + "\""));
  }
  EXPECT_THAT(add("my.Cube"),
              FailsWith(absl::StatusCode::kAlreadyExists,
                        testing::StartsWith("a plugin of kind activation with config message "
                                            "my.Cube is registered already, by ")));
  // In a config, a name denotes one message.
  EXPECT_THAT(add("my.Ramp"),
              FailsWith(absl::StatusCode::kAlreadyExists,
                        testing::StartsWith("a plugin of kind dataset with config message my.Ramp "
                                            "is registered already, by ")));
  EXPECT_EQ(add("didact.FunctionInputs"),
            absl::AlreadyExistsError("the name of a plugin that is a function must not be that of "
                                     "a message, got didact.FunctionInputs"));
  EXPECT_EQ(registry.List().size(), 3u);
}

TEST(FunctionPlugins, ComeFromTheProgramUnlessALibraryRegisteredThem) {
  PluginRegistry registry = Functions();
  ASSERT_EQ(registry.libraries().size(), 1u);
  const PluginLibraryInfo program = registry.libraries()[0];
  EXPECT_EQ(program.name, "function_plugins_test");
  EXPECT_EQ(program.version, "");
  EXPECT_EQ(registry.LibraryOf(*registry.List()[0])->canonical_path, program.canonical_path);

  registry.AddLibrary({"/my.so", "/my.so", "my", "1.0", "abc"});
  ASSERT_EQ(registry.libraries().size(), 1u);
  EXPECT_EQ(registry.libraries()[0].name, "my");
  EXPECT_EQ(registry.LibraryOf(*registry.List()[0])->name, "my");
}

}  // namespace
}  // namespace didact
