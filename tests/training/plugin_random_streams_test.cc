// Tests the random numbers that the framework passes to optimizers, projections and metrics: each
// entry of an experiment has its own, which differ between trials and are the same in each
// repetition of a trial.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

// The first random bits of each stream that a plugin was given, by the plugin's name and the
// purpose of the stream.
using Log = std::map<std::string, uint64_t>;

Log& TheLog() {
  static auto* const log = new Log();
  return *log;
}

void Note(const std::string& what, const RandomStream& random) {
  const auto [place, is_new] = TheLog().try_emplace(what, random.Bits(0));
  EXPECT_TRUE(is_new || place->second == random.Bits(0)) << what;
}

// Plugins whose config is their name, with which they log the streams that they are given.
template <class Interface, class Plugin>
class Named : public Interface {
 public:
  static absl::StatusOr<std::unique_ptr<Interface>> Build(
      const google::protobuf::StringValue& config, const BuildContext&) {
    auto plugin = std::make_unique<Plugin>();
    plugin->name_ = config.value();
    return plugin;
  }

 protected:
  std::string name_;
};

template <class T>
class NamedOptimizer : public Named<Optimizer<T>, NamedOptimizer<T>> {
 public:
  absl::Status Prepare(const OptimizerContext& context) override {
    // Another optimizer is built to find out if it changes anything, and given a single block.
    if (context.blocks.size() == 1) return absl::OkStatus();
    Note(this->name_, context.random);
    EXPECT_EQ(context.blocks.size(), 2);
    return absl::OkStatus();
  }
  void Update(const TrainingTime&, int64_t, ArrayView<T>, ArrayView<const T>) override {}
};

template <class T>
class NamedProjection : public Named<Projection<T>, NamedProjection<T>> {
 public:
  void Apply(const RandomStream& random, NetworkView<T>) const override {
    Note(absl::StrCat(this->name_, " at step ", step_++), random);
  }

 private:
  mutable int64_t step_ = 0;  // for one trial
};

template <class T>
class NamedMetric : public Named<Metric<T>, NamedMetric<T>> {
 public:
  std::vector<MetricKey> keys() const override { return {{this->name_}}; }
  bool depends_on_data() const override { return this->name_ != "of weights"; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    name_of_data_ = context.samples == 60 ? " in training" : "";
    random_ = context.random;
    Note(this->name_ + name_of_data_, context.random);
    return absl::OkStatus();
  }
  void Add(const EvaluationBatch<T>& batch) override { steps_.insert(batch.step); }
  void Finish(const EvaluationSummary<T>& summary, Record& record) override {
    EXPECT_EQ(steps_, std::set<int64_t>{summary.step});
    steps_.clear();
    record.Add(this->name_, random_.Split(summary.step).Uniform(0));
  }

 private:
  RandomStream random_ = RandomStream(0, "none");
  std::string name_of_data_;
  std::set<int64_t> steps_;
};

const PluginRegistry& Registry() {
  static const PluginRegistry* const registry = [] {
    using Name = google::protobuf::StringValue;
    auto* const plugins = new PluginRegistry();
    EXPECT_EQ(RegisterBuiltinPlugins(*plugins), absl::OkStatus());
    EXPECT_EQ((plugins->Add<Name, NamedOptimizer>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<Name, NamedProjection>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<Name, NamedMetric>()), absl::OkStatus());
    return plugins;
  }();
  return *registry;
}

// Returns an entry of the list `field`, with its name.
std::string Entry(const std::string& field, const std::string& name) {
  return absl::StrCat(field, " { [type.googleapis.com/google.protobuf.StringValue] { value: '",
                      name, "' } }\n");
}

std::unique_ptr<Trial> Create(uint64_t seed, const std::string& precision = "DOUBLE") {
  TheLog().clear();
  auto trial =
      CreateTrial(TestExperiment(absl::StrCat(
                      "precision: ", precision, "\n", Entry("optimizer", "optimizer"),
                      Entry("projection", "first projection"),
                      Entry("projection", "second projection"), Entry("metric", "first metric"),
                      Entry("metric", "of weights"), Entry("metric", "second metric"))),
                  seed, Registry(), FieldPath("e.textproto"));
  EXPECT_TRUE(trial.ok()) << trial.status();
  return *std::move(trial);
}

// Returns the streams that the plugins of a trial of three steps are given.
Log LogOf(uint64_t seed, const std::string& precision = "DOUBLE") {
  const std::unique_ptr<Trial> trial = Create(seed, precision);
  for (int step = 0; step < 3; ++step) EXPECT_TRUE(trial->Step().ok());
  EXPECT_TRUE(trial->Evaluate().ok());
  return TheLog();
}

TEST(PluginRandomStreams, DifferFromEntryToEntryAndFromStepToStep) {
  const Log log = LogOf(1);
  std::vector<std::string> names;
  std::set<uint64_t> bits;
  for (const auto& [name, first] : log) {
    names.push_back(name);
    bits.insert(first);
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre(
                         "optimizer", "first projection at step 0", "first projection at step 1",
                         "first projection at step 2", "second projection at step 0",
                         "second projection at step 1", "second projection at step 2",
                         "first metric", "first metric in training", "of weights", "second metric",
                         "second metric in training"));
  // These streams also differ from those of the rest of the trial.
  for (const char* name :
       {"teacher", "student", "train_data", "eval_data", "sampling", "augmentation"}) {
    bits.insert(RandomStream(1, name).Bits(0));
  }
  EXPECT_EQ(bits.size(), log.size() + 6);
}

TEST(PluginRandomStreams, AreAFunctionOfTheSeed) {
  const Log log = LogOf(1);
  EXPECT_EQ(LogOf(1), log);
  EXPECT_EQ(LogOf(1, "FLOAT"), log);
  for (const auto& [name, bits] : LogOf(2)) EXPECT_NE(bits, log.at(name)) << name;
}

// The names are documented, so that other programs can reproduce a run.
TEST(PluginRandomStreams, AreNamedAfterTheEntry) {
  const Log log = LogOf(3);
  const auto named = [](const char* name) { return RandomStream(3, name); };
  EXPECT_EQ(log.at("optimizer"), named("optimizer").Bits(0));
  EXPECT_EQ(log.at("second projection at step 2"), named("projection").Split(1).Split(2).Bits(0));
  // The metric Loss is entry 0.
  EXPECT_EQ(log.at("first metric"), named("metric").Split(1).Split("eval").Bits(0));
  EXPECT_EQ(log.at("second metric in training"), named("metric").Split(3).Split("train").Bits(0));
}

// A metric that draws from random.Split(step) needs no state.
TEST(PluginRandomStreams, OfMetricsAreDrawnFromAnewAtEachEvaluation) {
  const auto numbers = [](Trial& trial) {
    std::set<double> drawn;
    const absl::StatusOr<Record> record = trial.Evaluate();
    EXPECT_TRUE(record.ok());
    for (const auto& [key, number] : record->numbers()) {
      if (key.find(" metric") != std::string::npos) drawn.insert(std::get<double>(number));
    }
    EXPECT_EQ(drawn.size(), 4) << "two metrics on two data sets";
    return drawn;
  };
  const std::unique_ptr<Trial> trial = Create(1);
  const std::set<double> before = numbers(*trial);
  EXPECT_EQ(numbers(*trial), before);
  ASSERT_TRUE(trial->Step().ok());
  for (const double number : numbers(*trial)) EXPECT_FALSE(before.contains(number));
}

}  // namespace
}  // namespace didact
