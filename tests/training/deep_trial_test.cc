// Tests trials of convolutional and normalized networks: what steps and evaluations do to running
// statistics, weights by PyTorch's names, checkpoints, and layers that do not fit.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/checkpoint.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::Not;

// Returns a file of normal numbers of this shape, whose first extent is the number of samples.
std::string Images(const std::vector<int64_t>& shape) {
  static int files = 0;
  int64_t size = 1;
  for (const int64_t extent : shape) size *= extent;
  const RandomStream random(1, "images");
  std::vector<double> elements;
  for (int64_t i = 0; i < size; ++i) elements.push_back(random.Normal(i));
  const std::string path = absl::StrCat(testing::TempDir(), "/deep_trial_test_", files++, ".npz");
  EXPECT_TRUE(
      WriteNpz(path, std::vector<NamedArray>{{"x", MakeNpyArray<double>(shape, elements)}}).ok());
  return path + ":x";
}

// Merges fields in text format into an experiment.
void Merge(const std::string& fields, Experiment& experiment) {
  Experiment change;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(fields, &change)) << fields;
  experiment.MergeFrom(change);
}

constexpr char kDeep[] = R"pb(
  name: "deep"
  teacher {
    hidden {
      width: 3
      conv { kernel: 3 padding: 1 }
      activation {
        [type.googleapis.com/didact.Relu] {}
      }
      pool { kind: MAX kernel: 2 }
    }
    hidden {
      width: 5
      activation {
        [type.googleapis.com/didact.Tanh] {}
      }
    }
    outputs: 2
    initializer {
      [type.googleapis.com/didact.GaussianWeights] { stddev: 0.7 }
    }
  }
  student {
    hidden {
      width: 4
      conv { kernel: 3 padding: 1 }
      batch_norm { before_activation: true }
      activation {
        [type.googleapis.com/didact.Relu] {}
      }
      pool { kind: AVERAGE kernel: 2 }
    }
    hidden {
      width: 7
      batch_norm { affine: false }
      activation {
        [type.googleapis.com/didact.Tanh] {}
      }
    }
    initializer {
      [type.googleapis.com/didact.UniformFanIn] {}
    }
  }
  loss {
    [type.googleapis.com/didact.HalfSquaredError] {}
  }
  optimizer {
    [type.googleapis.com/didact.Sgd] {
      learning_rate {
        [type.googleapis.com/didact.Constant] { value: 0.05 }
      }
      momentum: 0.9
    }
  }
  training {
    epochs: 2
    batch_size: 8
    shuffle {}
  }
  metric {
    [type.googleapis.com/didact.Loss] {}
  }
  metric {
    [type.googleapis.com/didact.Specialization] {}
  }
  metric {
    [type.googleapis.com/didact.ActivationProduct] {}
  }
  metric {
    [type.googleapis.com/didact.BoundaryObservability] {}
  }
  metric {
    [type.googleapis.com/didact.FanOutNorm] {}
  }
  metric {
    [type.googleapis.com/didact.GradientNorm] {}
  }
  metric {
    [type.googleapis.com/didact.PerSampleGradient] {}
  }
  metric {
    [type.googleapis.com/didact.WeightChange] {}
  })pb";

// Returns an experiment with a convolutional teacher without normalization and a student that
// normalizes before and after its nonlinearities, on the array `inputs` of a file.
Experiment DeepExperiment(const std::string& inputs, const std::string& changes = "") {
  Experiment experiment;
  for (const std::string data : {"train_data", "eval_data"}) {
    Merge(absl::StrCat(data, " { [type.googleapis.com/didact.NpyDataset] { inputs: \"", inputs,
                       "\" } }"),
          experiment);
  }
  Merge(kDeep, experiment);
  Merge(changes, experiment);
  return experiment;
}

std::vector<std::string> NamesOf(const Trial& trial) {
  std::vector<std::string> names;
  for (const NamedArrayView& array : trial.Weights()) names.push_back(array.name);
  return names;
}

// Returns all values that may differ between trainings.
std::string Bytes(Trial& trial) {
  std::string bytes;
  for (const NamedArray& array : CopyArrays(trial.Weights())) bytes += array.array.bytes;
  const absl::StatusOr<Record> record = trial.Evaluate();
  EXPECT_TRUE(record.ok()) << record.status();
  if (!record.ok()) return bytes;
  for (const auto& [key, number] : record->numbers()) {
    std::visit([&](auto value) { absl::StrAppend(&bytes, key, "=", value, ";"); }, number);
  }
  return bytes;
}

double TrainLoss(Trial& trial) {
  const absl::StatusOr<Record> record = trial.Evaluate();
  EXPECT_TRUE(record.ok()) << record.status();
  if (!record.ok()) return -1;
  for (const auto& [key, number] : record->numbers()) {
    if (key == "train.loss") return std::get<double>(number);
  }
  ADD_FAILURE() << "no train.loss";
  return -1;
}

class DeepTrial : public testing::TestWithParam<const char*> {
 protected:
  Experiment Config(const std::string& changes = "") const {
    return DeepExperiment(Images({21, 2, 6, 5}),
                          absl::StrCat("precision: ", GetParam(), " ", changes));
  }
};

TEST_P(DeepTrial, NamesItsArraysAsPyTorchDoes) {
  const auto trial = MakeTrial(Config());
  ASSERT_NE(trial, nullptr);
  EXPECT_THAT(
      NamesOf(*trial),
      ElementsAre("teacher.0.weight", "teacher.0.bias", "teacher.1.weight", "teacher.1.bias",
                  "teacher.2.weight", "teacher.2.bias", "student.0.weight", "student.0.bias",
                  "student.0.bn.weight", "student.0.bn.bias", "student.0.bn.running_mean",
                  "student.0.bn.running_var", "student.1.weight", "student.1.bias",
                  "student.1.bn.running_mean", "student.1.bn.running_var", "student.2.weight",
                  "student.2.bias"));
  const std::vector<NamedArray> arrays = CopyArrays(trial->Weights());
  EXPECT_THAT(arrays[0].array.shape, ElementsAre(3, 2, 3, 3));
  // 6 x 5 pixels, pooled to 3 x 2.
  EXPECT_THAT(arrays[2].array.shape, ElementsAre(5, 18));
  EXPECT_THAT(arrays[12].array.shape, ElementsAre(7, 24));
}

TEST_P(DeepTrial, HasNoBiasesIfTheNetworksHaveNone) {
  const auto trial =
      MakeTrial(Config("teacher { bias: false } student { bias: false } training { epochs: 30 }"));
  ASSERT_NE(trial, nullptr);
  EXPECT_THAT(
      NamesOf(*trial),
      ElementsAre("teacher.0.weight", "teacher.1.weight", "teacher.2.weight", "student.0.weight",
                  "student.0.bn.weight", "student.0.bn.bias", "student.0.bn.running_mean",
                  "student.0.bn.running_var", "student.1.weight", "student.1.bn.running_mean",
                  "student.1.bn.running_var", "student.2.weight"));
  const double before = TrainLoss(*trial);
  while (!trial->finished()) ASSERT_TRUE(trial->Step().ok());
  EXPECT_LT(TrainLoss(*trial), before);
}

// The weight decay is too small to change a weight, but not 0: the optimizer is then given the
// gradients in parts.
TEST_P(DeepTrial, UpdatesPartsOfEveryBlockAsItUpdatesAll) {
  const auto weights = [&](const std::string& fields) {
    const auto trial = MakeTrial(
        Config(absl::StrCat("optimizer { [type.googleapis.com/didact.Sgd] { learning_rate { "
                            "[type.googleapis.com/didact.Constant] { value: 0.05 } } ",
                            fields, " } }")));
    while (!trial->finished()) EXPECT_TRUE(trial->Step().ok());
    std::vector<double> elements;
    for (const std::string& name : NamesOf(*trial)) {
      for (const double element : WeightOf(*trial, name)) elements.push_back(element);
    }
    return elements;
  };
  const std::vector<double> expected = weights("");
  const std::vector<double> actual = weights("weight_decay: 1e-30");
  ASSERT_EQ(actual.size(), expected.size());
  const double tolerance = std::string(GetParam()) == "FLOAT" ? 1e-4 : 1e-12;
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << i;
}

TEST_P(DeepTrial, MovesRunningStatisticsInStepsAloneAndLearns) {
  const auto trial = MakeTrial(Config("training { epochs: 30 }"));
  ASSERT_NE(trial, nullptr);
  const auto means = [&] { return WeightOf(*trial, "student.0.bn.running_mean"); };
  EXPECT_THAT(means(), testing::Each(0));
  const double before = TrainLoss(*trial);
  EXPECT_THAT(means(), testing::Each(0));
  ASSERT_TRUE(trial->Step().ok());
  EXPECT_THAT(means(), Not(testing::Contains(0)));
  const std::vector<double> once = means();
  ASSERT_TRUE(trial->Evaluate().ok());
  EXPECT_EQ(means(), once);
  while (!trial->finished()) ASSERT_TRUE(trial->Step().ok());
  EXPECT_LT(TrainLoss(*trial), before);
}

// The mean of a linear map's outputs over the mini-batch, a tenth of which one step adds.
TEST_P(DeepTrial, TakesTheStatisticsOfTheMiniBatch) {
  const auto trial = MakeTrial(Config("training { full_batch {} }"));
  ASSERT_NE(trial, nullptr);
  const std::vector<double> weight = WeightOf(*trial, "student.0.weight");
  const std::vector<double> bias = WeightOf(*trial, "student.0.bias");
  const RandomStream random(1, "images");
  std::vector<double> expected;
  for (int o = 0; o < 4; ++o) {
    double sum = 0;
    for (int n = 0; n < 21; ++n) {
      for (int y = 0; y < 6; ++y) {
        for (int x = 0; x < 5; ++x) {
          sum += bias[o];
          for (int c = 0; c < 2; ++c) {
            for (int i = 0; i < 3; ++i) {
              for (int j = 0; j < 3; ++j) {
                const int row = y + i - 1;
                const int column = x + j - 1;
                if (row < 0 || row > 5 || column < 0 || column > 4) continue;
                sum += weight[((o * 2 + c) * 3 + i) * 3 + j] *
                       random.Normal(((n * 2 + c) * 6 + row) * 5 + column);
              }
            }
          }
        }
      }
    }
    expected.push_back(0.1 * sum / (21 * 30));
  }
  ASSERT_TRUE(trial->Step().ok());
  const std::vector<double> actual = WeightOf(*trial, "student.0.bn.running_mean");
  for (int o = 0; o < 4; ++o) EXPECT_NEAR(actual[o], expected[o], 1e-6);
}

TEST_P(DeepTrial, EndsWithTheBitsOfAnUndisturbedOneWhereverItWasInterrupted) {
  const Experiment experiment = Config(
      "optimizer { [type.googleapis.com/didact.Adam] { learning_rate { "
      "[type.googleapis.com/didact.Constant] { value: 0.01 } } } }");
  const auto undisturbed = MakeTrial(experiment);
  ASSERT_NE(undisturbed, nullptr);
  std::vector<Checkpoint> checkpoints;
  while (!undisturbed->finished()) {
    ASSERT_TRUE(undisturbed->Step().ok());
    checkpoints.push_back(*MakeCheckpoint(experiment, *undisturbed));
  }
  const std::string expected = Bytes(*undisturbed);
  for (const Checkpoint& checkpoint : checkpoints) {
    const auto trial = MakeTrial(experiment);
    const absl::Status restored = RestoreTrial(checkpoint, experiment, *trial);
    ASSERT_TRUE(restored.ok()) << restored;
    while (!trial->finished()) ASSERT_TRUE(trial->Step().ok());
    EXPECT_EQ(Bytes(*trial), expected) << trial->step();
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, DeepTrial, testing::Values("DOUBLE", "FLOAT"),
                         [](const auto& info) { return std::string(info.param); });

std::string Error(const Experiment& experiment) {
  return std::string(
      CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto")).status().message());
}

TEST(DeepTrialErrors, NameTheLayerWhoseShapeDoesNotMeetThatBelow) {
  EXPECT_EQ(Error(DeepExperiment(Images({21, 60}))),
            "e.textproto: teacher.hidden[0].conv: must have images as inputs, which data sets of "
            "inputs [channels, rows, columns] have, got inputs of 60 features\n"
            "e.textproto: student.hidden[0].conv: must have images as inputs, which data sets of "
            "inputs [channels, rows, columns] have, got inputs of 60 features");
  Experiment experiment = DeepExperiment(Images({21, 2, 6, 5}));
  experiment.mutable_student()->mutable_hidden(1)->mutable_conv()->set_kernel(2);
  experiment.mutable_student()->mutable_hidden(0)->mutable_pool()->set_kernel(6);
  EXPECT_EQ(Error(experiment),
            "e.textproto: student.hidden[0].pool.kernel: must fit into the convolution's outputs "
            "of 6 rows and 5 columns, got 6, which leaves nothing");
  experiment.mutable_student()->clear_hidden();
  experiment.mutable_teacher()->mutable_hidden(0)->mutable_conv()->set_kernel(9);
  EXPECT_EQ(Error(experiment),
            "e.textproto: teacher.hidden[0].conv.kernel: must fit into the layer's inputs of 8 "
            "rows and 7 columns, padding included, got 9");
}

TEST(DeepTrialErrors, NameDataSetsWithImagesOfDifferentShapes) {
  Experiment experiment = DeepExperiment(Images({21, 2, 6, 5}));
  *experiment.mutable_eval_data() = DeepExperiment(Images({21, 2, 5, 6})).eval_data();
  EXPECT_EQ(Error(experiment),
            "e.textproto: eval_data: must have images of [2, 6, 5] [channels, rows, columns] as "
            "train_data has, got [2, 5, 6]");
  *experiment.mutable_eval_data() = DeepExperiment(Images({21, 60})).eval_data();
  EXPECT_EQ(Error(experiment),
            "e.textproto: eval_data: must have images of [2, 6, 5] [channels, rows, columns] as "
            "train_data has, got inputs of 60 features");
}

TEST(DeepTrialErrors, NameDataSetsOfInitializersWithImagesOfAnotherShape) {
  const auto balance = [](const std::string& inputs) {
    return absl::StrCat(
        "teacher { initializer { [type.googleapis.com/didact.BalanceActivations] { data { "
        "[type.googleapis.com/didact.NpyDataset] { inputs: \"",
        inputs, "\" } } } } }");
  };
  const std::string inputs = Images({21, 2, 6, 5});
  EXPECT_EQ(Error(DeepExperiment(inputs, balance(Images({9, 2, 6, 5})))), "");
  EXPECT_EQ(Error(DeepExperiment(inputs, balance(Images({9, 2, 5, 6})))),
            "e.textproto: teacher.initializer[1].data: must have images of [2, 6, 5] [channels, "
            "rows, columns] as train_data has, got [2, 5, 6]");
}

TEST(DeepTrialErrors, NameTheLayerThatCannotNormalizeAMiniBatchOfOne) {
  const std::string inputs = Images({21, 2, 6, 5});
  EXPECT_EQ(Error(DeepExperiment(inputs, "training { batch_size: 5 }")),
            "e.textproto: training.batch_size: must give every mini-batch at least 2 samples, over "
            "which student.hidden[1].batch_norm normalizes, got 1 in the smallest, of a training "
            "set of 21 samples; give, for example, batch_size: 6");
  EXPECT_EQ(Error(DeepExperiment(inputs,
                                 "training { batch_size: 1 with_replacement { "
                                 "steps_per_epoch: 3 } }")),
            "e.textproto: training.batch_size: must give every mini-batch at least 2 samples, over "
            "which student.hidden[1].batch_norm normalizes, got 1 in the smallest, of a training "
            "set of 21 samples; give, for example, batch_size: 2");
  EXPECT_EQ(Error(DeepExperiment(Images({1, 2, 6, 5}))),
            "e.textproto: training.batch_size: must give every mini-batch at least 2 samples, over "
            "which student.hidden[1].batch_norm normalizes, got 1 in the smallest, of a training "
            "set of 1 samples");
  EXPECT_EQ(Error(DeepExperiment(inputs, "training { batch_size: 1 epochs: 0 }")), "");
  EXPECT_EQ(Error(DeepExperiment(
                inputs,
                "training { batch_size: 1 } projection { [type.googleapis.com/didact.Freeze] { "
                "layer: 1 } }")),
            "");
  // Without the second normalization, the positions of a single image are enough.
  Experiment experiment = DeepExperiment(inputs, "training { batch_size: 1 }");
  experiment.mutable_student()->mutable_hidden(1)->clear_batch_norm();
  EXPECT_EQ(Error(experiment), "");
}

TEST(DeepTrialErrors, SuggestABatchSizeThatWorks) {
  const std::string inputs = Images({21, 2, 6, 5});
  // Those that leave a rest of 1 of 21 samples, and the smallest.
  for (const int batch_size : {1, 4, 5, 10, 20}) {
    Experiment experiment = DeepExperiment(inputs);
    experiment.mutable_training()->set_batch_size(batch_size);
    const std::string error = Error(experiment);
    const size_t place = error.rfind(": ");
    ASSERT_NE(place, std::string::npos) << batch_size;
    int suggested = 0;
    ASSERT_TRUE(absl::SimpleAtoi(error.substr(place + 2), &suggested)) << error;
    experiment.mutable_training()->set_batch_size(suggested);
    EXPECT_EQ(Error(experiment), "") << batch_size;
  }
}

TEST(DeepTrialShapes, GoFromTheInputToTheOutputs) {
  const auto shapes = [](const NetworkShapes& network) {
    std::string text = network.name + ":";
    for (const SampleShape& shape : network.shapes) absl::StrAppend(&text, " ", shape.ToString());
    return text;
  };
  const auto trial = MakeTrial(DeepExperiment(Images({21, 2, 6, 5})));
  ASSERT_NE(trial, nullptr);
  ASSERT_EQ(trial->info().networks.size(), 2u);
  EXPECT_EQ(shapes(trial->info().networks[0]), "teacher: [2, 6, 5] [3, 3, 2] 5 2");
  EXPECT_EQ(shapes(trial->info().networks[1]), "student: [2, 6, 5] [4, 3, 2] 7 2");
}

TEST(DeepTrialErrors, NameTheLayersWithDifferentNumbersOfPositionsThatAMetricCompares) {
  Experiment experiment = DeepExperiment(Images({21, 2, 6, 5}));
  experiment.mutable_student()->mutable_hidden(0)->clear_pool();
  EXPECT_THAT(
      Error(experiment),
      testing::StartsWith("e.textproto: metric[1]: must compare hidden layers with the same number "
                          "of positions, got 6 in layer 0 of the teacher and 30 in layer 0 of the "
                          "student; name other layers, e.g. layer_pair { teacher: 1 student: 1 "
                          "}"));
  experiment.clear_metric();
  Merge(
      "metric { [type.googleapis.com/didact.Specialization] { layer_pair { teacher: 1 student: 1 "
      "} } }",
      experiment);
  EXPECT_EQ(Error(experiment), "");
}

}  // namespace
}  // namespace didact
