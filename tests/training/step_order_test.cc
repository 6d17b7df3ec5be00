// Compares whole trials, step by step and in both precisions, with a simulation in plain loops: the
// rows and labels of each step, the changes of the inputs before teacher and student use them, the
// learning rate of the step, and the changes after it.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/training/plain_simulation.h"
#include "tests/training/step_plugins.h"

namespace didact {
namespace {

constexpr int64_t kSamples = 10;
constexpr int64_t kDimension = 5;
constexpr int64_t kOutputs = 3;
constexpr uint64_t kSeed = 4;

// Returns numbers in [-1, 1) that float represents exactly, so that both precisions start from the
// same values.
PlainMatrix Numbers(const std::string& name, int64_t rows, int64_t columns) {
  const RandomStream random(0, name);
  PlainMatrix numbers;
  for (int64_t i = 0; i < rows; ++i) {
    std::vector<double>& row = numbers.emplace_back();
    for (int64_t j = 0; j < columns; ++j) {
      const uint64_t index = static_cast<uint64_t>(i * columns + j);
      row.push_back(static_cast<float>(2 * random.Uniform(index) - 1));
    }
  }
  return numbers;
}

PlainNetwork Network(const std::string& name, const std::vector<int64_t>& widths) {
  PlainNetwork network;
  for (size_t l = 0; l + 1 < widths.size(); ++l) {
    const std::string layer = absl::StrCat(name, l);
    network.push_back({Numbers(layer, widths[l + 1], widths[l]),
                       Numbers(layer + " bias", 1, widths[l + 1]).front()});
  }
  return network;
}

PlainSamples Samples(const std::string& name, int64_t size) {
  PlainSamples samples = {Numbers(name, size, kDimension), {}};
  for (int64_t i = 0; i < size; ++i) samples.labels.push_back((i * i + i / 3) % kOutputs);
  return samples;
}

std::vector<double> Flat(const PlainMatrix& matrix) {
  std::vector<double> flat;
  for (const std::vector<double>& row : matrix) flat.insert(flat.end(), row.begin(), row.end());
  return flat;
}

NpyArray Array(const PlainMatrix& matrix) {
  return MakeNpyArray<double>(
      {static_cast<int64_t>(matrix.size()), static_cast<int64_t>(matrix.front().size())},
      Flat(matrix));
}

// An experiment, and the same settings for the simulation.
struct StepCase {
  std::string fields;  // fields other than data, networks and their sizes
  std::string activation = "Tanh";
  PlainTraining training;
  // Changes the evaluation data once.
  std::function<void(PlainMatrix& inputs)> augment_evaluation = [](PlainMatrix&) {};
};

class StepOrderTest : public testing::TestWithParam<Precision> {
 protected:
  StepOrderTest()
      : folder_(testing::TempDir()),
        train_(Samples("train", kSamples)),
        eval_(Samples("eval", 7)),
        teacher_(Network("teacher", {kDimension, 4, 3, kOutputs})),
        student_(Network("student", {kDimension, 6, 5, kOutputs})) {
    WriteSamples("train", train_);
    WriteSamples("eval", eval_);
    WriteNetwork("teacher", teacher_);
    WriteNetwork("student", student_);
  }

  void WriteSamples(const std::string& name, const PlainSamples& samples) {
    const auto labels = MakeNpyArray<int64_t>({static_cast<int64_t>(samples.labels.size())},
                                              absl::MakeConstSpan(samples.labels));
    ASSERT_TRUE(WriteNpz(absl::StrCat(folder_, "/", name, ".npz"),
                         {{"inputs", Array(samples.inputs)}, {"labels", labels}})
                    .ok());
  }

  void WriteNetwork(const std::string& name, const PlainNetwork& network) {
    std::vector<NamedArray> arrays;
    for (size_t l = 0; l < network.size(); ++l) {
      arrays.push_back({absl::StrCat(l, ".weight"), Array(network[l].weight)});
      arrays.push_back({absl::StrCat(l, ".bias"),
                        MakeNpyArray<double>({static_cast<int64_t>(network[l].bias.size())},
                                             absl::MakeConstSpan(network[l].bias))});
    }
    ASSERT_TRUE(WriteNpz(absl::StrCat(folder_, "/", name, ".npz"), arrays).ok());
  }

  std::string Data(const std::string& field) const {
    const std::string file = absl::StrCat(folder_, "/", field, ".npz");
    return absl::StrCat(field, "_data { [type.googleapis.com/didact.NpyDataset] { inputs: \"", file,
                        ":inputs\" labels: \"", file, ":labels\" } }\n");
  }

  std::string Weights(const std::string& network) const {
    return absl::StrCat("initializer { [type.googleapis.com/didact.NpzWeights] { path: \"", folder_,
                        "/", network, ".npz\" } }\n");
  }

  std::unique_ptr<Trial> MakeTrial(const StepCase& step_case) const {
    const auto hidden = [&](int64_t width) {
      return absl::StrCat("hidden { width: ", width, " activation { [type.googleapis.com/didact.",
                          step_case.activation, "] {} } }\n");
    };
    const std::string text = absl::StrCat(
        "name: \"order\" ", Data("train"), Data("eval"), "teacher {", hidden(4), hidden(3),
        "outputs: 3 ", Weights("teacher"), "} student {", hidden(6), hidden(5), Weights("student"),
        "} metric { [type.googleapis.com/didact.Loss] {} } training { evaluation_batch_size: 4 } ",
        "precision: ", Precision_Name(GetParam()), "\n", step_case.fields);
    Experiment experiment;
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(text, &experiment)) << text;
    auto trial = CreateTrial(experiment, kSeed, StepRegistry(), FieldPath());
    EXPECT_TRUE(trial.ok()) << trial.status();
    return trial.ok() ? *std::move(trial) : nullptr;
  }

  // Trains both, and compares the loss of every step, the weights after it, and every evaluation.
  void ExpectSameTraining(const StepCase& step_case) {
    const auto trial = MakeTrial(step_case);
    ASSERT_NE(trial, nullptr);
    PlainSimulation simulation(step_case.training, train_, teacher_, student_);
    PlainSamples evaluated = eval_;
    step_case.augment_evaluation(evaluated.inputs);
    const auto compare_evaluations = [&] {
      const absl::StatusOr<Record> record = trial->Evaluate();
      ASSERT_TRUE(record.ok()) << record.status();
      ExpectNear(NumberOf(*record, "train.loss"), simulation.MeanLoss(train_), "train.loss");
      ExpectNear(NumberOf(*record, "eval.loss"), simulation.MeanLoss(evaluated), "eval.loss");
    };
    compare_evaluations();
    const int64_t steps = static_cast<int64_t>(step_case.training.batches.size());
    ASSERT_EQ(trial->epochs() * trial->steps_per_epoch(), steps);
    for (int64_t step = 0; step < steps && !HasFailure(); ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step, ", epoch ", step / trial->steps_per_epoch()));
      ASSERT_TRUE(trial->Step().ok());
      ExpectNear(trial->step_loss(), simulation.Step(), "the loss of the mini-batch");
      CompareWeights(*trial, simulation.student());
      if (trial->step() % trial->steps_per_epoch() == 0) compare_evaluations();
    }
  }

  static double NumberOf(const Record& record, const std::string& key) {
    for (const auto& [name, number] : record.numbers()) {
      if (name == key) return std::get<double>(number);
    }
    ADD_FAILURE() << "no number " << key;
    return 0;
  }

  static void CompareWeights(const Trial& trial, const PlainNetwork& expected) {
    for (const NamedArray& array : CopyArrays(trial.Weights())) {
      if (array.name.rfind("student.", 0) != 0) continue;
      const PlainLayer& layer = expected.at(static_cast<size_t>(array.name[8] - '0'));
      const bool is_bias = array.name.substr(10) == "bias";
      const std::vector<double> wanted = is_bias ? layer.bias : Flat(layer.weight);
      const std::vector<double> got = *array.array.ReadAs<double>();
      ASSERT_EQ(got.size(), wanted.size()) << array.name;
      for (size_t i = 0; i < got.size(); ++i) {
        ExpectNear(got[i], wanted[i], absl::StrCat(array.name, ", element ", i));
      }
    }
  }

  // Numbers are of order 1, and rounding accumulates over some dozen steps.
  static void ExpectNear(double got, double wanted, const std::string& what) {
    EXPECT_NEAR(got, wanted, GetParam() == FLOAT ? 1e-4 : 1e-11) << what;
  }

  std::string folder_;
  PlainSamples train_;
  PlainSamples eval_;
  PlainNetwork teacher_;
  PlainNetwork student_;
};

std::string Rate(const std::string& schedule, const std::string& more = "") {
  return absl::StrCat("optimizer { [type.googleapis.com/didact.Sgd] { learning_rate { ",
                      "[type.googleapis.com/didact.", schedule, " } ", more, " } }\n");
}

// The loss that depends on labels, as config text and in the simulation.
constexpr double kLabelWeight = 0.75;
constexpr char kLabeledLoss[] =
    "loss { [type.googleapis.com/google.protobuf.FloatValue] { value: 0.75 } }\n";
constexpr char kTeachersLoss[] = "loss { [type.googleapis.com/didact.HalfSquaredError] {} }\n";

void UseTanh(StepCase& step_case) {
  step_case.activation = "Tanh";
  step_case.training.activation = [](double x) { return std::tanh(x); };
  step_case.training.derivative = [](double x) { return 1 - std::tanh(x) * std::tanh(x); };
}

void UseRelu(StepCase& step_case) {
  step_case.activation = "Relu";
  step_case.training.activation = [](double x) { return x > 0 ? x : 0; };
  step_case.training.derivative = [](double x) { return x > 0 ? 1.0 : 0.0; };
}

// Returns rates that are the same in all steps of an epoch.
std::vector<double> RatesOf(const std::vector<double>& rate_of_epoch, int64_t steps_per_epoch) {
  std::vector<double> rates;
  for (const double rate : rate_of_epoch) rates.insert(rates.end(), steps_per_epoch, rate);
  return rates;
}

// Adds noise of the stream `random`; each row has the stream split by its number.
void AddNoise(const RandomStream& random, double stddev, PlainMatrix& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    for (size_t j = 0; j < inputs[i].size(); ++j)
      inputs[i][j] += stddev * random.Split(i).Normal(j);
  }
}

void Scale(double factor, PlainMatrix& inputs) {
  for (std::vector<double>& row : inputs) {
    for (double& component : row) component *= factor;
  }
}

// Divides every node's fan-in weights by their norm plus `epsilon`, and its bias too if
// `with_biases`.
void DivideByNorms(double epsilon, bool with_biases, PlainLayer& layer) {
  for (size_t j = 0; j < layer.bias.size(); ++j) {
    double square = 0;
    for (const double weight : layer.weight[j]) square += weight * weight;
    for (double& weight : layer.weight[j]) weight /= std::sqrt(square) + epsilon;
    if (with_biases) layer.bias[j] /= std::sqrt(square) + epsilon;
  }
}

// Returns the batches of the shuffle of Fisher and Yates, from the last place down. The last
// mini-batch of an epoch is shorter.
std::vector<std::vector<int64_t>> ShuffledBatches(int64_t epochs, int64_t batch_size) {
  std::vector<std::vector<int64_t>> batches;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    const RandomStream random = RandomStream(kSeed, "sampling").Split(static_cast<uint64_t>(epoch));
    std::vector<int64_t> order;
    for (int64_t i = 0; i < kSamples; ++i) order.push_back(i);
    for (uint64_t i = kSamples - 1; i > 0; --i) {
      std::swap(order[i], order[random.UniformInteger(i, i + 1)]);
    }
    for (int64_t first = 0; first < kSamples; first += batch_size) {
      const int64_t end = std::min(first + batch_size, kSamples);
      batches.emplace_back(order.begin() + first, order.begin() + end);
    }
  }
  return batches;
}

// All parts of a step occur, so that their order is tested.
TEST_P(StepOrderTest, AugmentsThenComparesWithTheTeacherThenDescendsThenProjects) {
  StepCase all;
  UseTanh(all);
  all.fields = absl::StrCat(
      "training { epochs: 4 batch_size: 4 shuffle {} }", kLabeledLoss,
      "train_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 0.5 } }"
      "train_augmentation { [type.googleapis.com/google.protobuf.FloatValue] { value: 1.5 } }"
      "train_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 0.25 } }"
      "eval_augmentation { [type.googleapis.com/google.protobuf.FloatValue] { value: 2 } }"
      "eval_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 0.5 } }"
      "projection { [type.googleapis.com/didact.UnitFanIn] { epsilon: 0.5 rescale_bias: true } }"
      "projection { [type.googleapis.com/didact.UnitFanIn] { layer: [0, 2] } }",
      Rate("Piecewise] { point { value: 0.2 } point { epoch: 1 value: 0.02 } "
           "point { epoch: 3 value: 0.3 } }",
           "momentum: 0.875 nesterov: true weight_decay: 0.0625"));
  PlainTraining& training = all.training;
  training.batches = ShuffledBatches(/*epochs=*/4, /*batch_size=*/4);
  training.rates = RatesOf({0.2, 0.02, 0.02, 0.3}, 3);
  training.label_weight = kLabelWeight;
  training.momentum = 0.875;
  training.nesterov = true;
  training.weight_decay = 0.0625;
  training.augment = [](int64_t step, PlainMatrix& inputs) {
    const RandomStream random =
        RandomStream(kSeed, "augmentation").Split(static_cast<uint64_t>(step));
    AddNoise(random.Split(0), 0.5, inputs);
    Scale(1.5, inputs);
    AddNoise(random.Split(2), 0.25, inputs);
  };
  training.project = [](PlainNetwork& student) {
    for (PlainLayer& layer : student) DivideByNorms(0.5, /*with_biases=*/true, layer);
    DivideByNorms(0, /*with_biases=*/false, student[0]);
    DivideByNorms(0, /*with_biases=*/false, student[2]);
  };
  all.augment_evaluation = [](PlainMatrix& inputs) {
    Scale(2, inputs);
    AddNoise(RandomStream(kSeed, "eval_data").Split("augmentation").Split(1), 0.5, inputs);
  };
  ExpectSameTraining(all);
}

// Plain descent uses gathered rows here, which the framework fuses into its products.
TEST_P(StepOrderTest, DescendsOnRowsDrawnWithReplacementAtTheRateOfTheirEpoch) {
  StepCase plain;
  UseRelu(plain);
  plain.fields =
      absl::StrCat("training { epochs: 3 batch_size: 3 with_replacement { steps_per_epoch: 4 } }",
                   kTeachersLoss, Rate("StepDecay] { value: 0.2 factor: 0.25 every_epochs: 1 }"));
  const RandomStream random(kSeed, "sampling");
  for (uint64_t step = 0; step < 12; ++step) {
    std::vector<int64_t>& batch = plain.training.batches.emplace_back();
    for (uint64_t i = 0; i < 3; ++i) {
      batch.push_back(static_cast<int64_t>(random.UniformInteger(3 * step + i, kSamples)));
    }
  }
  plain.training.rates = RatesOf({0.2, 0.05, 0.0125}, 4);
  ExpectSameTraining(plain);
}

// The rows are consecutive and not gathered, and a layer between two trained ones is not trained.
TEST_P(StepOrderTest, LeavesAFrozenLayerAndDecaysTheOthersInFullBatches) {
  StepCase full;
  UseRelu(full);
  full.fields =
      absl::StrCat("training { epochs: 3 full_batch { steps_per_epoch: 2 } }", kLabeledLoss,
                   Rate("Constant] { value: 0.125 }", "momentum: 0.5 weight_decay: 0.25"),
                   "projection { [type.googleapis.com/didact.Freeze] { layer: 1 } }");
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < kSamples; ++i) rows.push_back(i);
  full.training.batches.assign(6, rows);
  full.training.rates = RatesOf({0.125, 0.125, 0.125}, 2);
  full.training.label_weight = kLabelWeight;
  full.training.momentum = 0.5;
  full.training.weight_decay = 0.25;
  full.training.frozen = {1};
  ExpectSameTraining(full);
}

// Consecutive, rising, scattered, repeated and missing rows alternate: no step may affect a later
// one.
TEST_P(StepOrderTest, TakesLabelsAndTeacherOutputsOfTheRowsOfTheStep) {
  StepCase replayed;
  UseTanh(replayed);
  const std::vector<int64_t> rows = {3, 4, 5, 9, 0, 3, 5, 8, -1, 2, -1, -1, 6, 6, 1, 1, 2, 3};
  const std::string path = folder_ + "/batches.npy";
  ASSERT_TRUE(WriteNpyFile(path, MakeNpyArray<int64_t>({6, 3}, absl::MakeConstSpan(rows))).ok());
  replayed.fields = absl::StrCat("training { epochs: 2 replay { batches: \"", path, "\" } }",
                                 kLabeledLoss, Rate("Constant] { value: 0.25 }", "momentum: 0.5"));
  replayed.training.batches = {{3, 4, 5}, {9, 0, 3}, {5, 8}, {2}, {6, 6, 1}, {1, 2, 3}};
  replayed.training.rates = RatesOf({0.25, 0.25}, 3);
  replayed.training.label_weight = kLabelWeight;
  replayed.training.momentum = 0.5;
  ExpectSameTraining(replayed);
}

INSTANTIATE_TEST_SUITE_P(Precisions, StepOrderTest, testing::Values(DOUBLE, FLOAT),
                         [](const auto& info) { return Precision_Name(info.param); });

}  // namespace
}  // namespace didact
