// Plugins of a resolved experiment are built without resolving their configs again. A config that
// is not part of it is resolved, whatever plugin it belongs to.

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/packed_config.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/activation.pb.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "didact/protos/plugins/loss.pb.h"
#include "didact/protos/plugins/optimizer.pb.h"
#include "didact/protos/plugins/schedule.pb.h"
#include "google/protobuf/any.pb.h"
#include "gtest/gtest.h"
#include "tests/plugin/fake_factory.h"

namespace didact {
namespace {

class ConstantSchedule final : public Schedule {
 public:
  explicit ConstantSchedule(const Constant& config) : value_(config.value()) {}
  double Value(const TrainingTime&) const override { return value_; }

 private:
  double value_;
};

// Counts the times that a config is unpacked to be resolved.
class CountingFactory final : public PluginFactory {
 public:
  explicit CountingFactory(int& resolutions) : resolutions_(resolutions) {}

  absl::string_view kind() const override { return Schedule::kKind; }
  const google::protobuf::Descriptor& config() const override { return *Constant::descriptor(); }
  std::unique_ptr<google::protobuf::Message> NewConfig() const override {
    ++resolutions_;
    return std::make_unique<Constant>();
  }
  const void* creator(int) const override {
    return static_cast<const Creator<Schedule>*>(&creator_);
  }

 private:
  int& resolutions_;
  ConfigCreator<Constant, ConstantSchedule> creator_;
};

google::protobuf::Any ConstantOf(double value) {
  Constant config;
  config.set_value(value);
  google::protobuf::Any any;
  Pack(config, any);
  return any;
}

// Builds a schedule from the config within its own or, for some values of momentum, from another
// config.
template <class T>
class SchedulingOptimizer final : public Optimizer<T> {
 public:
  static constexpr double kOfItsOwn = 0.25;
  static constexpr double kCopied = 0.75;

  static absl::StatusOr<std::unique_ptr<Optimizer<T>>> Build(const Sgd& config,
                                                             const BuildContext& context) {
    const google::protobuf::Any own = ConstantOf(-1);
    const Sgd copy = config;
    const google::protobuf::Any& rate = config.momentum() == kOfItsOwn ? own
                                        : config.momentum() == kCopied ? copy.learning_rate()
                                                                       : config.learning_rate();
    DIDACT_ASSIGN_OR_RETURN(const ConfiguredPlugin<Schedule> schedule,
                            context.Create<Schedule>(rate, context.path.Field("learning_rate")));
    EXPECT_EQ(schedule.Call("Value", &Schedule::Value, TrainingTime()), 0.01);
    return std::make_unique<SchedulingOptimizer<T>>();
  }

  void Update(const TrainingTime&, int64_t, ArrayView<T>, ArrayView<const T>) override {}
};

class ResolvedPluginsTest : public testing::Test {
 protected:
  ResolvedPluginsTest() : registry_(Registry()) {}

  PluginRegistry Registry() {
    PluginRegistry registry;
    EXPECT_TRUE(test::AddFake<GaussianInputs>(registry, "dataset").ok());
    EXPECT_TRUE(test::AddFake<Relu>(registry, "activation").ok());
    EXPECT_TRUE(test::AddFake<GaussianWeights>(registry, "initializer").ok());
    EXPECT_TRUE(test::AddFake<HalfSquaredError>(registry, "loss").ok());
    EXPECT_TRUE((registry.Add<Sgd, SchedulingOptimizer>()).ok());
    EXPECT_TRUE(registry.Add(std::make_unique<CountingFactory>(resolutions_)).ok());
    return registry;
  }

  absl::StatusOr<ResolvedExperiment> Resolve(double momentum = 0) {
    Experiment experiment;
    const absl::Status status =
        ParseText(absl::StrCat(R"(name: "a"
           train_data { [didact/GaussianInputs] { dimension: 3 size: 5 } }
           eval_data { [didact/GaussianInputs] { dimension: 3 size: 5 } }
           teacher {
             hidden { width: 20 activation { [didact/Relu] {} } }
             outputs: 2
             initializer { [didact/GaussianWeights] {} }
           }
           student { initializer { [didact/GaussianWeights] {} } }
           loss { [didact/HalfSquaredError] {} }
           optimizer { [didact/Sgd] {
             momentum: )",
                               momentum, R"( learning_rate { [didact/Constant] { value: 0.01 } }
           } }
           training { epochs: 1 batch_size: 4 })"),
                  registry_, FieldPath("f.textproto"), experiment);
    if (!status.ok()) return status;
    return ResolvedExperiment::Create(std::move(experiment), registry_, FieldPath("f.textproto"));
  }

  // Returns the error of building the optimizer of `any` in the context of `experiment`.
  absl::Status Build(const google::protobuf::Any& any, const BuildContext& context) {
    return context.Create<Optimizer<double>>(any, context.path.Field("optimizer")).status();
  }

  int resolutions_ = 0;
  PluginRegistry registry_;
};

TEST_F(ResolvedPluginsTest, AreBuiltWithoutResolvingTheirConfigsAgain) {
  const absl::StatusOr<ResolvedExperiment> experiment = Resolve();
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  resolutions_ = 0;
  EXPECT_EQ(Build((*experiment)->optimizer(), experiment->context(registry_, FieldPath("f"))),
            absl::OkStatus());
  EXPECT_EQ(resolutions_, 0);
}

TEST_F(ResolvedPluginsTest, HaveConfigsThatAreResolvedOnceWhereNothingIsKnownOfThem) {
  const absl::StatusOr<ResolvedExperiment> experiment = Resolve();
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  resolutions_ = 0;
  EXPECT_EQ(Build((*experiment)->optimizer(), BuildContext(registry_, FieldPath("f"))),
            absl::OkStatus());
  EXPECT_EQ(resolutions_, 1);
  EXPECT_TRUE(registry_.Create<Optimizer<double>>((*experiment)->optimizer(), FieldPath("f")).ok());
  EXPECT_EQ(resolutions_, 2);
}

TEST_F(ResolvedPluginsTest, HaveConfigsThatAreResolvedAgainWithAnotherRegistry) {
  const absl::StatusOr<ResolvedExperiment> experiment = Resolve();
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  const PluginRegistry other = Registry();
  resolutions_ = 0;
  EXPECT_EQ(Build((*experiment)->optimizer(), experiment->context(other, FieldPath("f"))),
            absl::OkStatus());
  EXPECT_EQ(resolutions_, 1);
}

TEST_F(ResolvedPluginsTest, AreRefusedWhereAConfigIsWrongThatStandsNotInTheExperiment) {
  const absl::StatusOr<ResolvedExperiment> experiment = Resolve();
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  const BuildContext context = experiment->context(registry_, FieldPath("f"));
  Sgd wrong;
  *wrong.mutable_learning_rate() = ConstantOf(0.01);
  wrong.set_momentum(2);
  google::protobuf::Any any;
  Pack(wrong, any);
  EXPECT_EQ(Build(any, context).message(), "f: optimizer.momentum: must be >= 0 and < 1, got 2");
  wrong.set_momentum(0);
  *wrong.mutable_learning_rate() = ConstantOf(-1);
  Pack(wrong, any);
  EXPECT_EQ(Build(any, context).message(),
            "f: optimizer.learning_rate.value: must be >= 0, got -1");
}

TEST_F(ResolvedPluginsTest, AreRefusedWhereAPluginMakesAWrongConfigForAnother) {
  const absl::StatusOr<ResolvedExperiment> experiment =
      Resolve(SchedulingOptimizer<double>::kOfItsOwn);
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  EXPECT_EQ(
      Build((*experiment)->optimizer(), experiment->context(registry_, FieldPath("f"))).message(),
      "f: optimizer.learning_rate.value: must be >= 0, got -1");
}

TEST_F(ResolvedPluginsTest, MayBeGivenACopyOfTheirConfig) {
  const absl::StatusOr<ResolvedExperiment> experiment =
      Resolve(SchedulingOptimizer<double>::kCopied);
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  EXPECT_EQ(Build((*experiment)->optimizer(), experiment->context(registry_, FieldPath("f"))),
            absl::OkStatus());
}

}  // namespace
}  // namespace didact
