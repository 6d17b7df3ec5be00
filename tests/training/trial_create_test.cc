// Tests the experiments that CreateTrial refuses if they were not resolved before: every rule
// between fields, and data sets and sizes that cannot be used. Run under the sanitizers, since an
// experiment that is not refused reads out of bounds or allocates without limit.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A data set of zeros. Its config is a text: number of samples, shape of an input before Prepare
// and, if they differ, shape and number after it; e.g. "10;2,3", "10;6;7" and "10;6;6;12".
template <class T>
class ZerosDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(
      const google::protobuf::StringValue& config, const BuildContext&) {
    auto dataset = std::make_unique<ZerosDataset>();
    const std::vector<std::string> parts = absl::StrSplit(config.value(), ';');
    EXPECT_TRUE(absl::SimpleAtoi(parts[0], &dataset->size_));
    dataset->shape_ = Shape(parts[1]);
    dataset->prepared_shape_ = Shape(parts[std::min<size_t>(2, parts.size() - 1)]);
    dataset->prepared_size_ = dataset->size_;
    if (parts.size() > 3) {
      EXPECT_TRUE(absl::SimpleAtoi(parts[3], &dataset->prepared_size_));
    }
    return dataset;
  }

  std::vector<int64_t> sample_shape() const override { return shape_; }
  absl::Status Prepare(const DatasetContext<T>&) override {
    shape_ = prepared_shape_;
    size_ = prepared_size_;
    return absl::OkStatus();
  }
  int64_t size() const override { return size_; }
  absl::Status Read(int64_t, ArrayView<T>) const override { return absl::OkStatus(); }

 private:
  static std::vector<int64_t> Shape(const std::string& text) {
    std::vector<int64_t> shape;
    for (const absl::string_view extent : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      EXPECT_TRUE(absl::SimpleAtoi(extent, &shape.emplace_back()));
    }
    return shape;
  }

  int64_t size_ = 0;
  int64_t prepared_size_ = 0;
  std::vector<int64_t> shape_;
  std::vector<int64_t> prepared_shape_;
};

const PluginRegistry& Registry() {
  static const PluginRegistry* const registry = [] {
    auto* const plugins = new PluginRegistry();
    EXPECT_EQ(RegisterBuiltinPlugins(*plugins), absl::OkStatus());
    EXPECT_EQ((plugins->Add<google::protobuf::StringValue, ZerosDataset>()), absl::OkStatus());
    return plugins;
  }();
  return *registry;
}

google::protobuf::Any Packed(const google::protobuf::Message& config) {
  google::protobuf::Any any;
  any.PackFrom(config);
  return any;
}

google::protobuf::Any Zeros(const std::string& text) {
  google::protobuf::StringValue config;
  config.set_value(text);
  return Packed(config);
}

absl::Status Create(const Experiment& experiment) {
  return CreateTrial(experiment, 1, Registry(), FieldPath("e.textproto")).status();
}

std::string Error(const Experiment& experiment) {
  return std::string(Create(experiment).message());
}

HiddenLayer Layer(int width) {
  HiddenLayer layer = TestExperiment().teacher().hidden(0);
  layer.set_width(width);
  return layer;
}

// --- Networks ------------------------------------------------------------------

// Returns an experiment with two layers of the teacher, and `student` layers of the student.
Experiment OfDepth(int student, const std::string& metric) {
  Experiment experiment =
      TestExperiment(absl::StrCat("metric { [type.googleapis.com/didact.", metric, " }"));
  experiment.mutable_student()->clear_width_multiplier();
  *experiment.mutable_teacher()->add_hidden() = Layer(5);
  for (int l = 0; l < student; ++l) *experiment.mutable_student()->add_hidden() = Layer(6);
  return experiment;
}

TEST(TrialCreate, WantsPairsOfLayersWhereTeacherAndStudentDifferInDepth) {
  for (const std::string metric :
       {"Specialization", "ActivationProduct", "BoundaryObservability"}) {
    for (const int student : {1, 3}) {
      EXPECT_THAT(
          Error(OfDepth(student, metric + "] {}")),
          testing::MatchesRegex(absl::StrCat(
              "e\\.textproto: metric\\[[0-9]\\]\\.layer_pair: must say which hidden layers are "
              "compared, since the teacher has 2 and the student ",
              student, ", e\\.g\\. layer_pair \\{ teacher: 0 student: 0 \\}")))
          << metric;
    }
    EXPECT_EQ(Error(OfDepth(3, metric + "] { layer_pair { teacher: 1 student: 2 } }")), "")
        << metric;
    EXPECT_THAT(Error(OfDepth(1, metric + "] { layer_pair { teacher: 1 student: 1 } }")),
                testing::EndsWith(".layer_pair[0].student: must be a hidden layer, 0 to 0, got 1"))
        << metric;
    EXPECT_THAT(Error(OfDepth(1, metric + "] { layer_pair {} layer_pair {} }")),
                testing::EndsWith(".layer_pair[1]: must differ from layer_pair[0], got the same"))
        << metric;
  }
}

TEST(TrialCreate, LetsStudentAndTeacherDifferInDepth) {
  for (const std::string metric : {"FanOutNorm", "PerSampleGradient", "GradientNorm"}) {
    for (const int student : {1, 3}) EXPECT_EQ(Error(OfDepth(student, metric + "] {}")), "");
  }
}

TEST(TrialCreate, RefusesATeacherWithoutHiddenLayers) {
  Experiment experiment = TestExperiment();
  experiment.mutable_teacher()->clear_hidden();
  EXPECT_EQ(Error(experiment),
            "e.textproto: teacher.hidden: must be given at least once, such as hidden { width: 20 "
            "activation { [didact/Erf] {} } }");
}

TEST(TrialCreate, RefusesWidthsThatAreNone) {
  for (const int width : {0, -1, 1000001, 2147483647, -2147483647 - 1}) {
    const std::string problem = absl::StrCat("width: must be >= 1 and <= 1000000, got ", width);
    Experiment experiment = TestExperiment();
    experiment.mutable_teacher()->mutable_hidden(0)->set_width(width);
    EXPECT_THAT(Error(experiment), StartsWith("e.textproto: teacher.hidden[0]." + problem));

    experiment = TestExperiment();
    experiment.mutable_student()->clear_width_multiplier();
    *experiment.mutable_student()->add_hidden() = Layer(width);
    EXPECT_EQ(Error(experiment), "e.textproto: student.hidden[0]." + problem);

    experiment = TestExperiment();
    experiment.mutable_teacher()->set_outputs(width);
    EXPECT_EQ(
        Error(experiment),
        absl::StrCat("e.textproto: teacher.outputs: must be >= 1 and <= 1000000, got ", width));
  }
}

TEST(TrialCreate, RefusesAMultiplierBesideLayersOfTheStudentsOwn) {
  Experiment experiment = TestExperiment();
  *experiment.mutable_student()->add_hidden() = Layer(6);
  EXPECT_EQ(Error(experiment),
            "e.textproto: student.width_multiplier: must be 1, or left out, where student.hidden "
            "is given, got 2");
}

TEST(TrialCreate, RefusesMultipliersThatMakeNoWidth) {
  using Limits = std::numeric_limits<double>;
  for (const double multiplier : {0.2, 1e-300, 250001.0, 1e300}) {
    Experiment experiment = TestExperiment();
    experiment.mutable_student()->set_width_multiplier(multiplier);
    EXPECT_THAT(Error(experiment),
                StartsWith("e.textproto: student.width_multiplier: must make every hidden layer 1 "
                           "to 1000000 nodes wide, got "));
  }
  for (const double multiplier : {0.0, -1.0, Limits::quiet_NaN(), Limits::infinity()}) {
    Experiment experiment = TestExperiment();
    experiment.mutable_student()->set_width_multiplier(multiplier);
    EXPECT_THAT(Error(experiment), StartsWith("e.textproto: student.width_multiplier: must be "));
  }
}

TEST(TrialCreate, MultipliesWidthsInDecimal) {
  for (const auto& [width, multiplier, product] :
       std::vector<std::tuple<int, double, size_t>>{{100, 1.15, 115}, {50, 1.16, 58}}) {
    Experiment experiment = TestExperiment();
    experiment.mutable_teacher()->mutable_hidden(0)->set_width(width);
    experiment.mutable_student()->set_width_multiplier(multiplier);
    EXPECT_EQ(WeightOf(*MakeTrial(experiment), "student.0.bias").size(), product);
  }
}

// --- Training --------------------------------------------------------------------

TEST(TrialCreate, RefusesMiniBatchesWithoutSamples) {
  Experiment experiment = TestExperiment();
  for (const auto& [size, problem] : std::vector<std::pair<int, std::string>>{
           {0, "must be >= 1 with $, got 0"}, {-5, "must be >= 0 and <= 100000000, got -5"}}) {
    experiment.mutable_training()->set_batch_size(size);
    const auto expect = [&](const std::string& sampler) {
      EXPECT_EQ(Error(experiment), "e.textproto: training.batch_size: " +
                                       absl::StrReplaceAll(problem, {{"$", sampler}}));
    };
    experiment.mutable_training()->mutable_with_replacement()->set_steps_per_epoch(10);
    expect("with_replacement");
    experiment.mutable_training()->mutable_shuffle();
    expect("shuffle");
    experiment.mutable_training()->clear_sampler();
    expect("shuffle");
  }
}

TEST(TrialCreate, RefusesEpochsAndStepsThatAreNone) {
  Experiment experiment = TestExperiment();
  experiment.mutable_training()->clear_epochs();
  experiment.mutable_training()->mutable_with_replacement()->set_steps_per_epoch(0);
  experiment.mutable_training()->set_evaluation_batch_size(0);
  EXPECT_EQ(Error(experiment),
            "e.textproto: training.epochs: must be given, such as epochs: 100\n"
            "e.textproto: training.with_replacement.steps_per_epoch: must be >= 1 and <= "
            "1000000000, got 0\n"
            "e.textproto: training.evaluation_batch_size: must be >= 1 and <= 1000000, got 0");
  experiment.mutable_training()->set_epochs(-1);
  experiment.mutable_training()->mutable_full_batch()->set_steps_per_epoch(-1);
  experiment.mutable_training()->set_evaluation_batch_size(-7);
  EXPECT_EQ(Error(experiment),
            "e.textproto: training.epochs: must be >= 0 and <= 10000000, got -1\n"
            "e.textproto: training.full_batch.steps_per_epoch: must be >= 1 and <= 1000000000, got "
            "-1\n"
            "e.textproto: training.evaluation_batch_size: must be >= 1 and <= 1000000, got -7");
  experiment.mutable_training()->set_epochs(3);
  experiment.mutable_training()->clear_evaluation_batch_size();
  experiment.mutable_training()->mutable_replay();
  EXPECT_EQ(
      Error(experiment),
      "e.textproto: training.replay.batches: must be given, such as batches: \"batches.npy\"");
}

TEST(TrialCreate, TrainsAnExperimentThatSaysNothingOfSeedsAndSampler) {
  Experiment experiment = TestExperiment();
  experiment.clear_seed();
  experiment.clear_output();
  experiment.mutable_training()->clear_sampler();
  const auto trial = MakeTrial(experiment);
  ASSERT_NE(trial, nullptr);
  EXPECT_EQ(trial->steps_per_epoch(), 8);  // 60 samples, 8 at a time
  EXPECT_EQ(trial->Step(), absl::OkStatus());
}

TEST(TrialCreate, TakesZerosThatAreGiven) {
  Experiment experiment = TestExperiment(R"pb(
    train_augmentation {
      [type.googleapis.com/didact.GaussianNoise] { stddev: 0 }
    }
    teacher {
      initializer {
        [type.googleapis.com/didact.ConstantBias] { value: 0 }
      }
      initializer {
        [type.googleapis.com/didact.DecayFanOut] { exponent: 0 }
      }
    }
    optimizer {
      [type.googleapis.com/didact.Sgd] {
        learning_rate {
          [type.googleapis.com/didact.Constant] { value: 0 }
        }
      }
    })pb");
  experiment.mutable_training()->set_epochs(0);
  const auto trial = MakeTrial(experiment);
  ASSERT_NE(trial, nullptr);
  EXPECT_TRUE(trial->finished());
}

TEST(TrialCreate, RefusesSeedsAndNamesThatARunCouldNotHave) {
  Experiment experiment = TestExperiment();
  experiment.mutable_seed()->set_last(0);
  experiment.set_name("../e");
  EXPECT_EQ(Error(experiment),
            "e.textproto: name: must be letters, digits, '_', '-' and '.', not begin with '.', and "
            "be at most 200 long, got \"../e\"\n"
            "e.textproto: seed.last: must be >= first, which is 1, got 0");
  experiment = TestExperiment();
  experiment.mutable_seed()->set_last(~uint64_t{0});
  EXPECT_EQ(Error(experiment),
            "e.textproto: seed.last: must make at most 1000000 trials, got 1 to "
            "18446744073709551615");
}

TEST(TrialCreate, SaysAllThatAnEmptyExperimentLacks) {
  EXPECT_EQ(
      Error(Experiment()),
      "e.textproto: name: must be given, such as name: \"my_experiment\"\n"
      "e.textproto: train_data: must be given, such as train_data { [didact/GaussianInputs] { "
      "dimension: 100 size: 10000 } }\n"
      "e.textproto: eval_data: must be given, such as eval_data { [didact/GaussianInputs] { "
      "dimension: 100 size: 10000 } }\n"
      "e.textproto: student: must be given, such as student { initializer { "
      "[didact/GaussianWeights] {} } }\n"
      "e.textproto: loss: must be given, such as loss { [didact/HalfSquaredError] {} }\n"
      "e.textproto: optimizer: must be given, such as optimizer { [didact/Sgd] { learning_rate { "
      "[didact/Constant] { value: 0.01 } } } }\n"
      "e.textproto: training: must be given, such as training { epochs: 100 batch_size: 16 }\n"
      "e.textproto: teacher: must be given, such as teacher { hidden { width: 20 activation { "
      "[didact/Erf] {} } } outputs: 50 initializer { [didact/GaussianWeights] {} } }, unless "
      "student.hidden and student.outputs are given");
}

// --- Data ------------------------------------------------------------------------

template <class Config>
Config InputsOf(int64_t dimension, int64_t size) {
  Config config;
  config.set_dimension(dimension);
  config.set_size(size);
  return config;
}

template <class Config>
class GeneratedInputs : public testing::Test {};
using AllGeneratedInputs =
    testing::Types<GaussianInputs, UniformInputs, SphereInputs, BoundaryInputs>;
TYPED_TEST_SUITE(GeneratedInputs, AllGeneratedInputs);

TYPED_TEST(GeneratedInputs, HaveADimensionAndASizeWhoeverBuildsThem) {
  for (const int64_t wrong : {int64_t{0}, int64_t{-3}, int64_t{1} << 62}) {
    const std::string range = absl::StrCat("must be >= 1 and <= 100000000, got ", wrong);
    Experiment experiment = TestExperiment();
    *experiment.mutable_train_data() = Packed(InputsOf<TypeParam>(wrong, 60));
    *experiment.mutable_eval_data() = Packed(InputsOf<TypeParam>(wrong, 50));
    EXPECT_EQ(Error(experiment), "e.textproto: train_data.dimension: " + range +
                                     "\ne.textproto: eval_data.dimension: " + range);
    EXPECT_THAT(
        Registry().Create<Dataset<double>>(experiment.train_data(), FieldPath("here")).status(),
        FailsWith(absl::StatusCode::kInvalidArgument, "here: dimension: " + range));

    *experiment.mutable_train_data() = Packed(InputsOf<TypeParam>(6, wrong));
    *experiment.mutable_eval_data() = Packed(InputsOf<TypeParam>(6, 50));
    EXPECT_EQ(
        Error(experiment),
        absl::StrCat("e.textproto: train_data.size: must be >= 1 and <= 1000000000, got ", wrong));
    EXPECT_FALSE(
        Registry().Create<Dataset<float>>(experiment.train_data(), FieldPath("here")).ok());
  }
}

TEST(TrialCreate, RefusesDataWhoseInputsHaveNoShape) {
  const std::string problem =
      "must have inputs of shape [features] or [channels, rows, columns], each at least 1 and the "
      "product below 2^63, got [";
  for (const std::string shape : {"", "0", "-3", "2,3", "1,0,3", "-1,-2,3", "1,2,3,1",
                                  "4294967296,4294967296,4", "9223372036854775807,2,1"}) {
    const std::string shown = absl::StrReplaceAll(shape, {{",", ", "}}) + "]";
    Experiment experiment = TestExperiment();
    *experiment.mutable_train_data() = Zeros("60;" + shape);
    EXPECT_EQ(Error(experiment), "e.textproto: train_data: " + problem + shown);
    experiment = TestExperiment();
    *experiment.mutable_eval_data() = Zeros("50;" + shape);
    EXPECT_EQ(Error(experiment), "e.textproto: eval_data: " + problem + shown);
    // Changes by Prepare are refused too.
    *experiment.mutable_eval_data() = Zeros("50;6;" + (shape.empty() ? "0" : shape));
    EXPECT_THAT(Error(experiment), StartsWith("e.textproto: eval_data: " + problem));
  }
}

TEST(TrialCreate, RefusesDataWhoseInputsChangeInPrepare) {
  Experiment experiment = TestExperiment();
  *experiment.mutable_train_data() = Zeros("60;6;7");
  EXPECT_EQ(Error(experiment),
            "e.textproto: train_data: must have inputs of 6 features after Prepare as before, got "
            "7");
  *experiment.mutable_train_data() = Zeros("60;6;1,2,3");
  EXPECT_EQ(Create(experiment), absl::OkStatus());
}

TEST(TrialCreate, RefusesDataWithoutSamples) {
  for (const std::string size : {"0", "-1", "-9223372036854775808"}) {
    Experiment experiment = TestExperiment();
    *experiment.mutable_eval_data() = Zeros(size + ";6");
    EXPECT_EQ(Error(experiment),
              "e.textproto: eval_data: must have at least 1 sample, got " + size);
  }
}

// --- Memory ----------------------------------------------------------------------

void ExpectTooLarge(const Experiment& experiment, const std::string& field) {
  const absl::Status status = Create(experiment);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(StartsWith("e.textproto: " + field + ": needs "),
                             HasSubstr(" GB, and this ")));
}

TEST(TrialCreate, RefusesDataOfDifferentDimension) {
  Experiment experiment = TestExperiment();
  experiment.clear_eval_data();
  Experiment change;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "eval_data { [type.googleapis.com/didact.GaussianInputs] { dimension: 5 size: 50 } }",
      &change));
  experiment.MergeFrom(change);
  EXPECT_EQ(
      CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto")).status().message(),
      "e.textproto: eval_data: must have as many features as train_data; this has 5, and "
      "train_data has 6; change one of them");
}

TEST(TrialCreate, RefusesDataThatNoMemoryHolds) {
  for (const std::string size : {"1125899906842624", "9223372036854775807"}) {
    Experiment experiment = TestExperiment();
    *experiment.mutable_train_data() = Zeros(size + ";1");
    *experiment.mutable_eval_data() = Zeros("50;1");
    ExpectTooLarge(experiment, "train_data");
  }
}

TEST(TrialCreate, RefusesInputsWhoseNetworksNoMemoryHolds) {
  Experiment experiment = TestExperiment();
  *experiment.mutable_train_data() = Zeros("60;9223372036854775807");
  *experiment.mutable_eval_data() = Zeros("50;9223372036854775807");
  ExpectTooLarge(experiment, "teacher");
}

TEST(TrialCreate, CountsWhatTheTeacherMakesOfTheData) {
  // The inputs take 26 MB, the teacher's activations 3 TB, and its outputs as much.
  Experiment experiment = TestExperiment();
  experiment.mutable_student()->clear_width_multiplier();
  experiment.mutable_teacher()->mutable_hidden(0)->set_width(1000000);
  *experiment.mutable_student()->add_hidden() = Layer(1);
  *experiment.mutable_train_data() = Zeros("400000;1");
  *experiment.mutable_eval_data() = Zeros("1;1");
  experiment.mutable_training()->set_teacher_activation_memory(1e6);
  ExpectTooLarge(experiment, "train_data");
  experiment.mutable_training()->clear_teacher_activation_memory();
  experiment.mutable_teacher()->mutable_hidden(0)->set_width(1);
  experiment.mutable_teacher()->set_outputs(1000000);
  ExpectTooLarge(experiment, "train_data");
}

// An initializer that must not be called. Its config is a number.
template <class T>
class UnreachedInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const google::protobuf::Int64Value&,
                                                               const BuildContext&) {
    return std::make_unique<UnreachedInitializer>();
  }
  absl::Status Apply(const InitializerContext<T>&, NetworkView<T>) const override {
    return absl::InternalError("weights are drawn");
  }
};

// Slow operations come last: drawing the weights of a network, preparing the data.
TEST(TrialCreate, RefusesWhatNoMemoryHoldsBeforeItDrawsWeights) {
  PluginRegistry registry;
  ASSERT_TRUE(RegisterBuiltinPlugins(registry).ok());
  ASSERT_TRUE((registry.Add<google::protobuf::Int64Value, UnreachedInitializer>()).ok());
  ASSERT_TRUE((registry.Add<google::protobuf::StringValue, ZerosDataset>()).ok());
  Experiment drawing = TestExperiment();
  drawing.mutable_teacher()->clear_initializer();
  *drawing.mutable_teacher()->add_initializer() = Packed(google::protobuf::Int64Value());
  const auto error = [&registry](const Experiment& experiment) {
    return std::string(CreateTrial(experiment, 1, registry, FieldPath("e")).status().message());
  };
  EXPECT_THAT(error(drawing), HasSubstr("weights are drawn"));

  Experiment experiment = drawing;
  *experiment.mutable_train_data() = Packed(InputsOf<SphereInputs>(10000000, 1000000000));
  *experiment.mutable_eval_data() = Packed(InputsOf<SphereInputs>(10000000, 1));
  EXPECT_THAT(error(experiment), StartsWith("e: train_data: needs 8e+07 GB, and "));
  *experiment.mutable_train_data() = Packed(InputsOf<SphereInputs>(10000000, 1));
  *experiment.mutable_eval_data() = Packed(InputsOf<BoundaryInputs>(10000000, 1000000000));
  EXPECT_THAT(error(experiment), StartsWith("e: eval_data: needs 8e+07 GB, and "));
  experiment = drawing;
  experiment.mutable_training()->set_evaluation_batch_size(1000000);
  experiment.mutable_student()->clear_width_multiplier();
  *experiment.mutable_student()->add_hidden() = Layer(1000000);
  experiment.mutable_training()->set_batch_size(1000000);
  EXPECT_THAT(error(experiment), StartsWith("e: training.batch_size: needs "));
}

TEST(TrialCreate, RefusesDataThatLoseSamplesInPrepare) {
  Experiment experiment = TestExperiment();
  *experiment.mutable_train_data() = Zeros("60;6;6;59");
  EXPECT_EQ(Error(experiment),
            "e.textproto: train_data: must have 60 samples after Prepare as before, got 59");
  // The size may be known only after Prepare.
  *experiment.mutable_train_data() = Zeros("0;6;6;60");
  EXPECT_EQ(Create(experiment), absl::OkStatus());
  *experiment.mutable_train_data() = Zeros("50;6;6;60");
  experiment.mutable_training()->mutable_full_batch()->set_steps_per_epoch(1);
  EXPECT_EQ(Create(experiment), absl::OkStatus());
}

// Returns an experiment with a wide student, whose activations take 8 MB per sample.
Experiment WideStudent() {
  Experiment experiment = TestExperiment();
  experiment.mutable_student()->clear_width_multiplier();
  *experiment.mutable_student()->add_hidden() = Layer(1000000);
  *experiment.mutable_train_data() = Zeros("1;1");
  *experiment.mutable_eval_data() = Zeros("1;1");
  return experiment;
}

TEST(TrialCreate, RefusesMiniBatchesThatNoMemoryHolds) {
  Experiment experiment = WideStudent();
  experiment.mutable_training()->set_batch_size(1000000);
  ExpectTooLarge(experiment, "training.batch_size");
  // The mini-batch has as many samples as the data set.
  experiment.mutable_training()->mutable_shuffle();
  EXPECT_EQ(Create(experiment), absl::OkStatus());

  *experiment.mutable_train_data() = Zeros("400000;1");
  experiment.mutable_training()->mutable_full_batch();
  ExpectTooLarge(experiment, "training.full_batch");
}

TEST(TrialCreate, RefusesEvaluationsThatNoMemoryHolds) {
  Experiment experiment = WideStudent();
  *experiment.mutable_eval_data() = Zeros("400000;1");
  experiment.mutable_training()->mutable_shuffle();
  experiment.mutable_training()->set_evaluation_batch_size(1000000);
  ExpectTooLarge(experiment, "training.evaluation_batch_size");
}

TEST(TrialCreate, RefusesNetworksThatNoMemoryHolds) {
  Experiment experiment = TestExperiment();
  experiment.mutable_teacher()->mutable_hidden(0)->set_width(1000000);
  *experiment.mutable_teacher()->add_hidden() = Layer(1000000);
  experiment.mutable_student()->clear_width_multiplier();
  ExpectTooLarge(experiment, "teacher");
  for (HiddenLayer& layer : *experiment.mutable_teacher()->mutable_hidden()) layer.set_width(4);
  for (int l = 0; l < 2; ++l) *experiment.mutable_student()->add_hidden() = Layer(1000000);
  ExpectTooLarge(experiment, "student");
}

}  // namespace
}  // namespace didact
