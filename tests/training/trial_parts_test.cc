// Tests the parts of a trial: the order in which they are built, the random numbers and other parts
// that each is given, and the errors of parts that cannot be built. random_streams_test also tests
// the names of random streams, trial_create_test most refusals of sizes and shapes, and
// trial_warnings_test the warnings.

#include "didact/framework/training/trial_parts.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using google::protobuf::BoolValue;
using google::protobuf::Int64Value;
using google::protobuf::StringValue;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pair;
using testing::Pointwise;

// A plugin of any kind that cannot be built, with its config as the reason.
template <class Interface>
class Refusing : public Interface {
 public:
  static absl::StatusOr<std::unique_ptr<Interface>> Build(const StringValue& config,
                                                          const BuildContext& context) {
    return context.path.Invalid(config.value());
  }
};

template <class T>
using RefusingActivation = Refusing<Activation<T>>;
template <class T>
using RefusingAugmentation = Refusing<Augmentation<T>>;
template <class T>
using RefusingDataset = Refusing<Dataset<T>>;
template <class T>
using RefusingInitializer = Refusing<Initializer<T>>;
template <class T>
using RefusingLoss = Refusing<LossFunction<T>>;
template <class T>
using RefusingMetric = Refusing<Metric<T>>;
template <class T>
using RefusingOptimizer = Refusing<Optimizer<T>>;
template <class T>
using RefusingProjection = Refusing<Projection<T>>;

// Copies the weights of the teacher, which must exist, to a network.
template <class T>
class CopyTeacher final : public Initializer<T> {
 public:
  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T> weights) const override {
    if (context.teacher.empty()) return absl::InvalidArgumentError("there is no teacher");
    for (size_t l = 0; l < weights.size(); ++l) {
      for (int64_t i = 0; i < weights[l].bias.shape(0); ++i) {
        for (int64_t j = 0; j < weights[l].weight.shape(1); ++j) {
          weights[l].weight(i, j) = context.teacher[l].weight(i, j);
        }
        weights[l].bias(i) = context.teacher[l].bias(i);
      }
    }
    return absl::OkStatus();
  }
};

// Sample i has the fan-in weights of node i (modulo the number of nodes) of the teacher's first
// layer, and its bias as the last component. The config is the size; before Prepare, the data set
// reports ten samples fewer.
template <class T>
class TeacherDataset final : public Dataset<T> {
 public:
  explicit TeacherDataset(const Int64Value& config) : size_(config.value()) {}

  std::vector<int64_t> sample_shape() const override { return {6}; }
  int64_t size() const override { return nodes_.empty() ? size_ - 10 : size_; }
  absl::Status Prepare(const DatasetContext<T>& context) override {
    const LayerView<const T>& layer = context.teacher[0];
    for (int64_t i = 0; i < layer.bias.shape(0); ++i) {
      std::vector<T>& node = nodes_.emplace_back();
      for (int64_t j = 0; j < 5; ++j) node.push_back(layer.weight(i, j));
      node.push_back(layer.bias(i));
    }
    return absl::OkStatus();
  }
  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const std::vector<T>& node = nodes_[(first + i) % nodes_.size()];
      std::copy(node.begin(), node.end(), inputs.row(i).begin());
    }
    return absl::OkStatus();
  }

 private:
  int64_t size_;
  std::vector<std::vector<T>> nodes_;
};

// Refuses all shapes with an error that names its place.
template <class T>
class ShapeRefusingAugmentation final : public Augmentation<T> {
 public:
  absl::Status Prepare(absl::Span<const int64_t> sample_shape) override {
    return absl::InvalidArgumentError(absl::StrCat("cannot change ", sample_shape[0], " inputs"));
  }
  void Apply(const RandomStream&, ArrayView<T>) const override {}
};

// Records the shapes of the blocks that the optimizer was prepared for.
std::vector<std::pair<int64_t, int64_t>>& PreparedBlocks() {
  static auto* const blocks = new std::vector<std::pair<int64_t, int64_t>>();
  return *blocks;
}

template <class T>
class RecordingOptimizer final : public Optimizer<T> {
 public:
  absl::Status Prepare(const OptimizerContext& context) override {
    // Another optimizer is prepared later, for the warnings.
    if (!PreparedBlocks().empty()) return absl::OkStatus();
    for (const ParameterBlock& block : context.blocks) {
      PreparedBlocks().emplace_back(block.rows, block.columns);
    }
    return absl::OkStatus();
  }
  void Update(const TrainingTime&, int64_t, ArrayView<T> parameters, ArrayView<const T>) override {
    parameters(0, 0) += 1;
  }
};

const PluginRegistry& Registry() {
  static const PluginRegistry* const registry = [] {
    auto* const plugins = new PluginRegistry();
    EXPECT_EQ(RegisterBuiltinPlugins(*plugins), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RefusingActivation>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RefusingAugmentation>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RefusingDataset>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RefusingInitializer>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RefusingLoss>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RefusingMetric>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RefusingOptimizer>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RefusingProjection>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<BoolValue, CopyTeacher>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<Int64Value, TeacherDataset>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<BoolValue, ShapeRefusingAugmentation>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<BoolValue, RecordingOptimizer>()), absl::OkStatus());
    return plugins;
  }();
  return *registry;
}

// Returns `field` with a plugin that is named as in [type.googleapis.com/NAME], e.g. "didact.Relu]
// {".
std::string Field(const std::string& field, const std::string& plugin) {
  return absl::StrCat(field, " { [type.googleapis.com/", plugin, " } }\n");
}

constexpr char kCopyTeacher[] = "google.protobuf.BoolValue] {";

template <class T = double>
absl::StatusOr<TrialParts<T>> Build(const Experiment& experiment, uint64_t seed = 1,
                                    StopFlag stop = nullptr) {
  const FieldPath path("e.textproto");
  const ResolvedExperiment resolved =
      ResolvedExperiment::Create(experiment, Registry(), path).value();
  return BuildTrialParts<T>(resolved, seed, Registry(), path, stop);
}

template <class T = double>
TrialParts<T> MustBuild(const Experiment& experiment, uint64_t seed = 1) {
  absl::StatusOr<TrialParts<T>> parts = Build<T>(experiment, seed);
  EXPECT_TRUE(parts.ok()) << parts.status();
  return *std::move(parts);
}

std::string Error(const Experiment& experiment) {
  return std::string(Build(experiment).status().message());
}

template <class T>
std::vector<T> Elements(const Matrix<T>& matrix) {
  std::vector<T> elements;
  for (int64_t i = 0; i < matrix.rows(); ++i) {
    elements.insert(elements.end(), matrix.row(i).begin(), matrix.row(i).end());
  }
  return elements;
}

// Returns all weights and biases, layer by layer.
template <class T>
std::vector<T> WeightsOf(const Network<T>& network) {
  std::vector<T> numbers;
  for (const LayerView<const T>& layer : network.view()) {
    for (int64_t i = 0; i < layer.bias.shape(0); ++i) {
      for (int64_t j = 0; j < layer.weight.shape(1); ++j) numbers.push_back(layer.weight(i, j));
      numbers.push_back(layer.bias(i));
    }
  }
  return numbers;
}

// --- Random streams --------------------------------------------------------------

// Returns the random numbers of a trial, by the part that they belong to.
std::vector<std::pair<std::string, std::vector<double>>> RandomPartsOf(
    const TrialParts<double>& parts) {
  std::vector<double> batches;
  for (int64_t step = 0; step < 5; ++step) {
    const absl::Span<const int64_t> rows = parts.stages[0].training.sampler->Batch(step);
    batches.insert(batches.end(), rows.begin(), rows.end());
  }
  return {{"teacher", WeightsOf(*parts.target_sets[0].teacher)},
          {"student", WeightsOf(*parts.student)},
          {"train_data", Elements(parts.train.inputs)},
          {"eval_data", Elements(parts.eval.inputs)},
          {"training", batches}};
}

TEST(TrialPartsStreams, OfAPinnedSeedAreThoseOfTheTrialWithThatSeedAndAllOthersStay) {
  const auto of_seed_1 = RandomPartsOf(MustBuild(TestExperiment(), 1));
  const auto of_seed_7 = RandomPartsOf(MustBuild(TestExperiment(), 7));
  const std::pair<std::string, std::string> pins[] = {
      {"teacher", "teacher { stream_seed: 7 }"},
      {"student", "student { stream_seed: 7 }"},
      {"train_data",
       Field("train_data", "didact.GaussianInputs] { dimension: 6 size: 60 stream_seed: 7")},
      {"eval_data",
       Field("eval_data", "didact.GaussianInputs] { dimension: 6 size: 50 stream_seed: 7")},
      {"training", "training { stream_seed: 7 }"}};
  for (const auto& [pinned, change] : pins) {
    const auto parts = RandomPartsOf(MustBuild(TestExperiment(change), 1));
    for (size_t p = 0; p < parts.size(); ++p) {
      ASSERT_NE(of_seed_1[p].second, of_seed_7[p].second) << parts[p].first;
      const auto& expected = parts[p].first == pinned ? of_seed_7 : of_seed_1;
      EXPECT_EQ(parts[p].second, expected[p].second)
          << parts[p].first << " where " << pinned << " is pinned";
    }
  }
}

void ExpectStream(const RandomStream& actual, const RandomStream& expected) {
  EXPECT_EQ(actual.seed(), expected.seed());
  EXPECT_EQ(actual.stream(), expected.stream());
}

// A metric of the weights alone is not evaluated on the training data; later metrics keep their
// numbers.
TEST(TrialPartsStreams, StandBesideThePluginsThatTheyAreFor) {
  const TrialParts<double> parts = MustBuild(
      TestExperiment(
          Field("metric", "didact.WeightNorm] {") + Field("metric", "didact.GradientNorm] {") +
          Field("projection", "didact.ZeroBias] {") + Field("projection", "didact.UnitFanIn] {")),
      4);
  const auto names = [](const auto& plugins) {
    std::vector<std::string> names;
    for (const auto& plugin : plugins) names.push_back(plugin.name());
    return names;
  };
  EXPECT_THAT(names(parts.stages[0].train_metrics),
              ElementsAre("didact.Loss", "didact.GradientNorm"));
  EXPECT_THAT(names(parts.stages[0].eval_metrics),
              ElementsAre("didact.Loss", "didact.WeightNorm", "didact.GradientNorm"));
  EXPECT_THAT(names(parts.stages[0].probe_metrics),
              ElementsAre("didact.Loss", "didact.WeightNorm", "didact.GradientNorm"));
  EXPECT_THAT(names(parts.stages[0].training.projections),
              ElementsAre("didact.ZeroBias", "didact.UnitFanIn"));

  const RandomStream metric(4, "metric");
  ASSERT_EQ(parts.stages[0].train_metric_random.size(), 2u);
  ExpectStream(parts.stages[0].train_metric_random[0], metric.Split(uint64_t{0}).Split("train"));
  ExpectStream(parts.stages[0].train_metric_random[1], metric.Split(uint64_t{2}).Split("train"));
  ASSERT_EQ(parts.stages[0].eval_metric_random.size(), 3u);
  for (uint64_t m = 0; m < 3; ++m) {
    ExpectStream(parts.stages[0].eval_metric_random[m], metric.Split(m).Split("eval"));
  }
  ASSERT_EQ(parts.stages[0].training.projection_random.size(), 2u);
  for (uint64_t p = 0; p < 2; ++p) {
    ExpectStream(parts.stages[0].training.projection_random[p],
                 RandomStream(4, "projection").Split(p));
  }
  ExpectStream(parts.stages[0].training.augmentation_random, RandomStream(4, "augmentation"));
}

// Both precisions train on the same data except for the precision of floats: that of normals
// (framework/kernels/random_numbers.h), scaled and rounded twice.
TEST(TrialPartsStreams, GiveFloatsThatAreTheDoublesToTheirPrecision) {
  const TrialParts<double> doubles = MustBuild<double>(TestExperiment());
  const TrialParts<float> floats = MustBuild<float>(TestExperiment());
  const auto expect_close = [](const std::vector<float>& actual,
                               const std::vector<double>& expected) {
    EXPECT_THAT(std::vector<double>(actual.begin(), actual.end()),
                Pointwise(DoubleNear(2e-6), expected));
  };
  expect_close(WeightsOf(*floats.target_sets[0].teacher),
               WeightsOf(*doubles.target_sets[0].teacher));
  expect_close(WeightsOf(*floats.student), WeightsOf(*doubles.student));
  expect_close(Elements(floats.train.inputs), Elements(doubles.train.inputs));
  expect_close(Elements(floats.eval.inputs), Elements(doubles.eval.inputs));
}

// --- The order of construction -------------------------------------------------

Experiment WithTeacherInitializers(const std::vector<std::string>& plugins) {
  Experiment experiment = TestExperiment();
  experiment.mutable_teacher()->clear_initializer();
  std::string initializers;
  for (const std::string& plugin : plugins) initializers += Field("initializer", plugin);
  Experiment change;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrCat("teacher { ", initializers, " }"), &change));
  experiment.MergeFrom(change);
  return experiment;
}

TEST(TrialParts, InitializersChangeWhatThoseBeforeThemLeftAndTheFirstOneZeros) {
  const std::string constant = "didact.ConstantBias] { value: 1";
  const std::string scale = "didact.ScaleWeights] { factor: 3 biases: true";
  const auto biases = [](const TrialParts<double>& parts) {
    return parts.target_sets[0].teacher->view()[0].bias(2);
  };
  const TrialParts<double> scaled = MustBuild(WithTeacherInitializers({constant, scale}));
  EXPECT_EQ(biases(scaled), 3);
  EXPECT_EQ(scaled.target_sets[0].teacher->view()[0].weight(2, 1), 0);
  EXPECT_EQ(biases(MustBuild(WithTeacherInitializers({scale, constant}))), 1);
}

TEST(TrialParts, TheStudentIsInitializedWhereTheTeacherIsComplete) {
  const TrialParts<double> parts = MustBuild(TestExperiment(
      absl::StrCat("student { width_multiplier: 1 ", Field("initializer", kCopyTeacher), " }")));
  EXPECT_EQ(WeightsOf(*parts.student), WeightsOf(*parts.target_sets[0].teacher));
  // The teacher's last initializer sets this bias.
  EXPECT_EQ(parts.student->view()[1].bias(2), -0.1);
  // The teacher's own initializers get no teacher.
  EXPECT_EQ(
      Error(TestExperiment(absl::StrCat("teacher { ", Field("initializer", kCopyTeacher), " }"))),
      "e.textproto: teacher.initializer[2]: there is no teacher");
}

TEST(TrialParts, DataSetsAreMadeWhereTheTeacherIsComplete) {
  const auto data = [](int64_t size) {
    return absl::StrCat("google.protobuf.Int64Value] { value: ", size);
  };
  const TrialParts<double> parts = MustBuild(TestExperiment(
      Field("train_data", data(30)) + Field("eval_data", data(20)) + "training { full_batch {} }"));
  for (const Samples<double>* const samples : {&parts.train, &parts.eval}) {
    const LayerView<const double>& layer = std::as_const(*parts.target_sets[0].teacher).view()[0];
    for (int64_t i = 0; i < samples->size(); ++i) {
      EXPECT_EQ(samples->inputs(i, 3), layer.weight(i % 4, 3));
      EXPECT_EQ(samples->inputs(i, 5), -0.1);
    }
  }
  // The sizes are those after Prepare.
  EXPECT_EQ(parts.train.size(), 30);
  EXPECT_EQ(parts.eval.size(), 20);
  EXPECT_EQ(parts.stages[0].training.sampler->batch_size(), 30);
}

// Returns the outputs of the teacher, whose hidden layer has the activation Relu, for one input.
std::vector<double> TeacherOutputs(const Network<double>& teacher, absl::Span<const double> input) {
  const NetworkView<const double> weights = teacher.view();
  std::vector<double> outputs;
  for (int64_t k = 0; k < weights[1].bias.shape(0); ++k) {
    double output = weights[1].bias(k);
    for (int64_t n = 0; n < weights[0].bias.shape(0); ++n) {
      double node = weights[0].bias(n);
      for (size_t j = 0; j < input.size(); ++j) {
        node += weights[0].weight(n, static_cast<int64_t>(j)) * input[j];
      }
      output += weights[1].weight(k, n) * std::max(node, 0.0);
    }
    outputs.push_back(output);
  }
  return outputs;
}

TEST(TrialParts, AugmentationsChangeEvaluationDataOnceAndTrainingDataNotYet) {
  const std::string noise = "didact.GaussianNoise] { stddev: 1";
  const TrialParts<double> plain = MustBuild(TestExperiment());
  const TrialParts<double> eval = MustBuild(TestExperiment(Field("eval_augmentation", noise)));
  const TrialParts<double> train = MustBuild(TestExperiment(Field("train_augmentation", noise)));
  EXPECT_EQ(Elements(eval.train.inputs), Elements(plain.train.inputs));
  EXPECT_EQ(Elements(train.train.inputs), Elements(plain.train.inputs));
  EXPECT_EQ(Elements(train.eval.inputs), Elements(plain.eval.inputs));
  EXPECT_EQ(plain.stages[0].training.augmentations.size(), 0u);
  EXPECT_EQ(eval.stages[0].training.augmentations.size(), 0u);
  EXPECT_EQ(train.stages[0].training.augmentations.size(), 1u);
  for (int64_t i = 0; i < plain.eval.size(); ++i) {
    for (int64_t j = 0; j < 6; ++j) EXPECT_NE(eval.eval.inputs(i, j), plain.eval.inputs(i, j));
    // The teacher is evaluated on the same inputs as the student.
    EXPECT_THAT(
        eval.target_sets[0].eval.outputs.row(i),
        testing::Pointwise(testing::DoubleNear(1e-12),
                           TeacherOutputs(*eval.target_sets[0].teacher, eval.eval.inputs.row(i))));
  }
}

// 4 nodes take a row of 64 bytes for each of the 60 and 50 samples.
TEST(TrialParts, ATeachersActivationsAreStoredForADataSetWhereTheyTakeNoMoreThanTheyMay) {
  const auto stored = [](double bytes) {
    Experiment experiment = TestExperiment();
    experiment.mutable_training()->set_teacher_activation_memory(bytes / (1 << 30));
    const TrialParts<double> parts = MustBuild(experiment);
    EXPECT_EQ(parts.target_sets[0].train.teacher, parts.target_sets[0].teacher.get());
    EXPECT_EQ(parts.target_sets[0].eval.teacher, parts.target_sets[0].teacher.get());
    EXPECT_EQ(parts.target_sets[0].train.outputs.rows(), 60);
    EXPECT_EQ(parts.target_sets[0].eval.outputs.rows(), 50);
    return std::pair(parts.target_sets[0].train.has_activations(),
                     parts.target_sets[0].eval.has_activations());
  };
  EXPECT_THAT(stored(60 * 64), Pair(true, true));
  EXPECT_THAT(stored(60 * 64 - 1), Pair(false, true));
  EXPECT_THAT(stored(50 * 64), Pair(false, true));
  EXPECT_THAT(stored(50 * 64 - 1), Pair(false, false));
  EXPECT_THAT(stored(0), Pair(false, false));
  // The default is a gibibyte for each data set.
  const TrialParts<double> parts = MustBuild(TestExperiment());
  EXPECT_TRUE(parts.target_sets[0].train.has_activations());
  EXPECT_TRUE(parts.target_sets[0].eval.has_activations());
}

TEST(TrialParts, TheOptimizerIsPreparedForTheLayersThatProjectionsLeaveToTrain) {
  const auto trained = [](const std::string& projections) {
    PreparedBlocks().clear();
    const TrialParts<double> parts = MustBuild(TestExperiment(
        Field("optimizer", "google.protobuf.BoolValue] { value: true") + projections));
    std::vector<bool> are_trained;
    for (int64_t l = 0; l < parts.student->layers(); ++l) {
      are_trained.push_back(parts.student->layer(l).is_trained());
    }
    return are_trained;
  };
  // There are 6 inputs and a bias to 8 nodes, and these and a bias to 3 outputs.
  EXPECT_THAT(trained(""), ElementsAre(true, true));
  EXPECT_THAT(PreparedBlocks(), ElementsAre(Pair(7, 8), Pair(9, 3)));
  EXPECT_THAT(trained(Field("projection", "didact.Freeze] { layer: 0") +
                      Field("projection", "didact.ZeroBias] {")),
              ElementsAre(false, true));
  EXPECT_THAT(PreparedBlocks(), ElementsAre(Pair(9, 3)));
}

// --- Refusals --------------------------------------------------------------------

TEST(TrialPartsRefusals, TellOfAllPluginsAtOnceWhereTheyStand) {
  const auto refusing = [](const std::string& reason) {
    return absl::StrCat("google.protobuf.StringValue] { value: '", reason, "'");
  };
  Experiment experiment = TestExperiment(
      Field("train_data", refusing("a")) + Field("eval_data", refusing("b")) +
      Field("train_augmentation", "didact.GaussianNoise] { stddev: 1") +
      Field("train_augmentation", refusing("c")) + Field("eval_augmentation", refusing("d")) +
      "teacher { hidden { width: 4 " + Field("activation", refusing("e")) + " } " +
      Field("initializer", refusing("f")) + " } student { " + Field("initializer", refusing("g")) +
      " } " + Field("loss", refusing("h")) + Field("optimizer", refusing("i")) +
      Field("projection", refusing("j")) + Field("metric", refusing("k")));
  EXPECT_EQ(Error(experiment),
            "e.textproto: train_data: a\n"
            "e.textproto: eval_data: b\n"
            "e.textproto: train_augmentation[1]: c\n"
            "e.textproto: eval_augmentation[0]: d\n"
            "e.textproto: teacher.hidden[1].activation: e\n"
            "e.textproto: teacher.initializer[2]: f\n"
            "e.textproto: student.initializer[1]: g\n"
            "e.textproto: loss: h\n"
            "e.textproto: optimizer: i\n"
            "e.textproto: projection[0]: j\n"
            "e.textproto: metric[1]: k");
}

TEST(TrialPartsRefusals, TellOfAllAugmentationsThatDoNotFitTheData) {
  const std::string refusing = "google.protobuf.BoolValue] {";
  EXPECT_EQ(Error(TestExperiment(Field("train_augmentation", "didact.GaussianNoise] { stddev: 1") +
                                 Field("train_augmentation", refusing) +
                                 Field("eval_augmentation", refusing))),
            "e.textproto: train_augmentation[1]: cannot change 6 inputs\n"
            "e.textproto: eval_augmentation[0]: cannot change 6 inputs");
}

TEST(TrialPartsRefusals, TellWhatDoesNotFitItsNetwork) {
  const std::string initializer = Field("initializer", "didact.ConstantBias] { value: 1 layer: 2");
  const std::string problem = "must be a layer, 0 to 1, got 2";
  EXPECT_EQ(Error(TestExperiment("teacher { " + initializer + " }")),
            "e.textproto: teacher.initializer[2].layer[0]: " + problem);
  EXPECT_EQ(Error(TestExperiment("student { " + initializer + " }")),
            "e.textproto: student.initializer[1].layer[0]: " + problem);
  EXPECT_EQ(Error(TestExperiment(Field("projection", "didact.ZeroBias] {") +
                                 Field("projection", "didact.UnitFanIn] { layer: [1, 2]"))),
            "e.textproto: projection[1].layer[1]: " + problem);
}

// The teacher is small, and the student's second layer takes 8 TB.
TEST(TrialPartsRefusals, NameTheStudentThatNoMemoryHolds) {
  const std::string relu = Field("activation", "didact.Relu] {");
  Experiment experiment = TestExperiment(
      absl::StrCat("teacher { hidden { width: 4 ", relu, " } } student { hidden { width: 1000000 ",
                   relu, " } hidden { width: 1000000 ", relu, " } }"));
  experiment.mutable_student()->clear_width_multiplier();
  const absl::Status status = Build(experiment).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("e.textproto: student: needs "));
}

TEST(TrialPartsRefusals, AreCancelledWhereTheTrialIsStopped) {
  const std::atomic<bool> stop = true;
  EXPECT_EQ(Build(TestExperiment(), 1, &stop).status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace didact
