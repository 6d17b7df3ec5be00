// Tests what initializers get that name a data set: its samples, their pre-activations, and its
// random numbers.

#include "didact/framework/training/initialize_network.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/training/create_trial.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using Rows = std::vector<std::vector<double>>;

template <class T>
Rows RowsOf(const ArrayView<const T>& matrix) {
  Rows rows(matrix.shape(0));
  for (int64_t i = 0; i < matrix.shape(0); ++i) {
    for (int64_t j = 0; j < matrix.shape(1); ++j) {
      rows[i].push_back(static_cast<double>(matrix(i, j)));
    }
  }
  return rows;
}

// Component j of sample i is cos(i + 2 j). Remembers how it was prepared.
template <class T>
class CosineDataset final : public Dataset<T> {
 public:
  struct Log {
    int64_t size = 11;
    std::optional<RandomStream> random;
    std::optional<double> teacher_weight;
  };

  CosineDataset(Log& log, int64_t features, std::optional<uint64_t> seed)
      : log_(log), features_(features), seed_(seed) {}

  std::vector<int64_t> sample_shape() const override { return {features_}; }
  int64_t size() const override { return log_.size; }
  std::optional<uint64_t> stream_seed() const override { return seed_; }
  absl::Status Prepare(const DatasetContext<T>& context) override {
    log_.random = context.random;
    if (!context.teacher.empty()) log_.teacher_weight = context.teacher[0].weight(0, 0);
    return absl::OkStatus();
  }
  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (int64_t j = 0; j < features_; ++j) {
        inputs(i, j) = static_cast<T>(std::cos(static_cast<double>(first + i + 2 * j)));
      }
    }
    return absl::OkStatus();
  }

 private:
  Log& log_;
  int64_t features_;
  std::optional<uint64_t> seed_;
};

// Adds 1 to all biases of the first layer, and keeps the pre-activations of all layers. Fails if
// the first output is 0.
template <class T>
class ReadingInitializer final : public Initializer<T> {
 public:
  // `stop`: the flag that Apply sets before it reads, if not null.
  ReadingInitializer(std::unique_ptr<Dataset<T>> data, std::vector<Rows>& read,
                     std::atomic<bool>* stop)
      : data_(std::move(data), "test.Cosine", FieldPath("e.textproto").Field("data")),
        read_(read),
        stop_(stop) {}

  const ConfiguredPlugin<Dataset<T>>* data() const override { return &data_; }

  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T> weights) const override {
    if (stop_ != nullptr) *stop_ = true;
    for (int64_t i = 0; i < weights[0].bias.shape(0); ++i) weights[0].bias(i) += 1;
    for (size_t l = 0; l < weights.size(); ++l) {
      read_.push_back(RowsOf(context.pre_activations->Compute(static_cast<int64_t>(l))));
    }
    if (read_.back().front().front() == 0) return absl::InvalidArgumentError("outputs are 0");
    return absl::OkStatus();
  }

 private:
  ConfiguredPlugin<Dataset<T>> data_;
  std::vector<Rows>& read_;
  std::atomic<bool>* stop_;
};

// tanh is computed from pre-activations; leaky ReLU is part of the matrix product.
template <class T>
class TestTanh final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) y[i] = std::tanh(x[i]);
  }
  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T>,
                            absl::Span<T>) const override {}
};
template <class T>
class TestLeakyRelu final : public Activation<T> {
 public:
  void Apply(absl::Span<const T>, absl::Span<T>) const override {}
  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T>,
                            absl::Span<T>) const override {}
  std::optional<T> negative_slope() const override { return T(0.25); }
};

// The network has 3 inputs, 5 tanh nodes, 4 leaky rectifiers and 2 outputs, and random weights.
template <class T>
class InitializeNetworkTest : public testing::Test {
 protected:
  static constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

  InitializeNetworkTest() : network_(3, Plans(), 2) { Randomize(network_); }

  static void Randomize(Network<T>& network) {
    const RandomStream random(3, "weights");
    uint64_t index = 0;
    for (const LayerView<T>& layer : network.view()) {
      for (int64_t i = 0; i < layer.nodes; ++i) {
        for (int64_t j = 0; j < layer.weight.shape(1); ++j) {
          layer.weight(i, j) = static_cast<T>(random.Normal(index++));
        }
        layer.bias(i) = static_cast<T>(random.Normal(index++));
      }
    }
  }

  static std::vector<HiddenLayerPlan<T>> Plans() {
    std::vector<HiddenLayerPlan<T>> hidden(2);
    hidden[0].width = 5;
    hidden[0].activation = {std::make_unique<TestTanh<T>>(), "test.Tanh", FieldPath()};
    hidden[1].width = 4;
    hidden[1].activation = {std::make_unique<TestLeakyRelu<T>>(), "test.LeakyRelu", FieldPath()};
    return hidden;
  }

  std::vector<ConfiguredPlugin<Initializer<T>>> Readers(int count, int64_t features = 3,
                                                        std::optional<uint64_t> seed = std::nullopt,
                                                        std::atomic<bool>* stop = nullptr) {
    std::vector<ConfiguredPlugin<Initializer<T>>> initializers;
    for (int i = 0; i < count; ++i) {
      auto data = std::make_unique<CosineDataset<T>>(log_, features, seed);
      initializers.emplace_back(
          std::make_unique<ReadingInitializer<T>>(std::move(data), read_, stop), "test.Reading",
          FieldPath());
    }
    return initializers;
  }

  absl::Status Initialize(const std::vector<ConfiguredPlugin<Initializer<T>>>& initializers,
                          int64_t batch, StopFlag stop = nullptr,
                          NetworkView<const T> data_teacher = {}) {
    return InitializeNetwork<T>(
        initializers, {RandomStream(1, "student"), {}, data_teacher, batch, stop}, network_);
  }

  // Returns the pre-activations of all layers, by plain loops in double.
  std::vector<Rows> Expected() {
    std::vector<Rows> expected(3, Rows(11));
    for (int64_t i = 0; i < 11; ++i) {
      std::vector<double> row;
      for (int64_t j = 0; j < 3; ++j) row.push_back(std::cos(static_cast<double>(i + 2 * j)));
      for (size_t l = 0; l < 3; ++l) {
        const LayerView<T>& layer = network_.view()[l];
        std::vector<double> results;
        for (int64_t k = 0; k < layer.nodes; ++k) {
          double sum = layer.bias(k);
          for (size_t j = 0; j < row.size(); ++j) sum += layer.weight(k, j) * row[j];
          results.push_back(sum);
        }
        expected[l][i] = results;
        for (double& x : results) x = l == 0 ? std::tanh(x) : x > 0 ? x : 0.25 * x;
        row = results;
      }
    }
    return expected;
  }

  typename CosineDataset<T>::Log log_;
  std::vector<Rows> read_;
  Network<T> network_;
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(InitializeNetworkTest, Precisions);

// The weights are those that Apply has just written.
TYPED_TEST(InitializeNetworkTest, ComputesPreActivationsWithThePresentWeights) {
  ASSERT_TRUE(this->Initialize(this->Readers(1), 4).ok());
  const std::vector<Rows> expected = this->Expected();
  ASSERT_EQ(this->read_.size(), 3);
  for (size_t l = 0; l < 3; ++l) {
    ASSERT_EQ(this->read_[l].size(), 11);
    for (size_t i = 0; i < 11; ++i) {
      ASSERT_EQ(this->read_[l][i].size(), expected[l][i].size());
      for (size_t k = 0; k < expected[l][i].size(); ++k) {
        EXPECT_NEAR(this->read_[l][i][k], expected[l][i][k], 50 * this->kEpsilon)
            << "layer " << l << ", sample " << i << ", node " << k;
      }
    }
  }
}

// Two channels with 2 x 2 positions, of which pooling leaves the largest, and three nodes above them.
// Normalizations use the running statistics, here 0.5 and 4 for all nodes.
TYPED_TEST(InitializeNetworkTest, ComputesPreActivationsOfConvolutionsAndNormalizedLayers) {
  using T = TypeParam;
  std::vector<HiddenLayerPlan<T>> hidden(2);
  for (HiddenLayerPlan<T>& plan : hidden) {
    plan.activation = {std::make_unique<TestTanh<T>>(), "test.Tanh", FieldPath()};
  }
  hidden[0].width = 2;
  hidden[0].convolution = ConvolutionPlan{.kernel = 2};
  hidden[0].batch_norm = BatchNormPlan{.affine = false};
  hidden[0].pooling = PoolingPlan{.is_maximum = true, .kernel = 2};
  hidden[1].width = 3;
  Network<T> network(SampleShape(1, 3, 3), std::move(hidden), 2);
  this->Randomize(network);
  for (int64_t c = 0; c < 2; ++c) {
    network.view()[0].running_mean(c) = T(0.5);
    network.view()[0].running_variance(c) = T(4);
  }
  for (const int batch : {1, 4, 11}) {
    const auto initializers = this->Readers(1, 9);
    ASSERT_TRUE(
        InitializeNetwork<T>(initializers, {RandomStream(1, "student"), {}, {}, batch}, network)
            .ok());
    const std::vector<Rows> read = std::exchange(this->read_, {});
    ASSERT_EQ(read[0].size(), 11 * 4);
    ASSERT_EQ(read[1].size(), 11);
    for (int64_t n = 0; n < 11; ++n) {
      double largest[2] = {-2, -2};
      for (int64_t p = 0; p < 4; ++p) {
        for (int64_t c = 0; c < 2; ++c) {
          const LayerView<T>& layer = network.view()[0];
          double sum = layer.bias(c);
          for (int64_t k = 0; k < 4; ++k) {
            const int64_t pixel = (p / 2 + k / 2) * 3 + p % 2 + k % 2;
            sum += layer.weight(c, k) * std::cos(static_cast<double>(n + 2 * pixel));
          }
          EXPECT_NEAR(read[0][n * 4 + p][c], sum, 50 * this->kEpsilon);
          largest[c] = std::max(largest[c], (std::tanh(sum) - 0.5) / std::sqrt(4 + 1e-5));
        }
      }
      for (int64_t k = 0; k < 3; ++k) {
        const LayerView<T>& layer = network.view()[1];
        const double sum =
            layer.bias(k) + layer.weight(k, 0) * largest[0] + layer.weight(k, 1) * largest[1];
        EXPECT_NEAR(read[1][n][k], sum, 50 * this->kEpsilon);
      }
    }
  }
}

TYPED_TEST(InitializeNetworkTest, GivesTheSameBitsForAnyBatch) {
  ASSERT_TRUE(this->Initialize(this->Readers(1), 1000).ok());
  const std::vector<Rows> expected = std::exchange(this->read_, {});
  for (const LayerView<TypeParam> layer = this->network_.view()[0]; const int batch : {1, 3, 11}) {
    for (int64_t i = 0; i < layer.nodes; ++i) layer.bias(i) -= 1;
    ASSERT_TRUE(this->Initialize(this->Readers(1), batch).ok());
    EXPECT_EQ(std::exchange(this->read_, {}), expected) << batch;
  }
}

TYPED_TEST(InitializeNetworkTest, GivesEachDataSetRandomNumbersOfItsOwn) {
  ASSERT_TRUE(this->Initialize(this->Readers(1), 4).ok());
  const RandomStream student(1, "student");
  EXPECT_EQ(this->log_.random->Bits(0), student.Split(0).Split("data").Bits(0));
  ASSERT_TRUE(this->Initialize(this->Readers(2), 4).ok());
  EXPECT_EQ(this->log_.random->Bits(0), student.Split(1).Split("data").Bits(0));
  ASSERT_TRUE(this->Initialize(this->Readers(2, 3, 9), 4).ok());
  EXPECT_EQ(this->log_.random->Bits(0), RandomStream(9, "initializer_data").Bits(0));
}

TYPED_TEST(InitializeNetworkTest, GivesDataSetsTheirTeacher) {
  ASSERT_TRUE(this->Initialize(this->Readers(1), 4).ok());
  EXPECT_FALSE(this->log_.teacher_weight.has_value());
  const Network<TypeParam>& network = this->network_;
  ASSERT_TRUE(this->Initialize(this->Readers(1), 4, nullptr, network.view()).ok());
  EXPECT_EQ(this->log_.teacher_weight, network.view()[0].weight(0, 0));
}

TYPED_TEST(InitializeNetworkTest, StopsSoonAfterTheFlagIsSet) {
  const std::atomic<bool> stop = true;
  EXPECT_EQ(this->Initialize(this->Readers(2), 4, &stop).code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(this->read_.empty());
}

// What an initializer makes of incomplete pre-activations does not matter.
TYPED_TEST(InitializeNetworkTest, StopsDuringAnInitializer) {
  std::atomic<bool> stop = false;
  EXPECT_EQ(this->Initialize(this->Readers(2, 3, std::nullopt, &stop), 4, &stop).code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(this->read_.size(), 3);
}

TYPED_TEST(InitializeNetworkTest, RefusesSamplesThatExceedTheMemory) {
  this->log_.size = int64_t{1} << 50;
  const absl::Status status = this->Initialize(this->Readers(1), 4);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("e.textproto: data: "));
  EXPECT_FALSE(this->log_.random.has_value());
}

TYPED_TEST(InitializeNetworkTest, ChecksInputsOfDataSetsBeforeTheyAreRead) {
  EXPECT_TRUE(CheckInitializerData<TypeParam>(this->Readers(2), 3).ok());
  EXPECT_EQ(CheckInitializerData<TypeParam>(this->Readers(2, 4), 3).message(),
            "e.textproto: data: must have inputs of 3 features as train_data has, got 4");
  EXPECT_EQ(CheckInitializerData<TypeParam>(this->Readers(1, 0), 3).code(),
            absl::StatusCode::kInvalidArgument);
}

std::string Message(const std::string& changes) {
  return std::string(
      CreateTrial(TestExperiment(changes), 1, BuiltinRegistry(), FieldPath("e.textproto"))
          .status()
          .message());
}

std::string Balance(const std::string& network, const std::string& data,
                    const std::string& more_fields = "") {
  return network + " { initializer { [type.googleapis.com/didact.BalanceActivations] { data { " +
         data + " } } } " + more_fields + " }";
}

std::string Inputs(const std::string& name, const std::string& fields) {
  return "[type.googleapis.com/didact." + name + "] { " + fields + " }";
}

TEST(TrialsWithInitializersThatReadData, ReportDataThatDoNotFit) {
  EXPECT_EQ(
      Message(Balance("teacher", Inputs("GaussianInputs", "dimension: 5 size: 10")) +
              Balance("student", Inputs("GaussianInputs", "dimension: 7 size: 10"))),
      "e.textproto: teacher.initializer[2].data: must have inputs of 6 features as train_data "
      "has, got 5\n"
      "e.textproto: student.initializer[1].data: must have inputs of 6 features as train_data "
      "has, got 7");
  EXPECT_THAT(Message(Balance("teacher", Inputs("NpyDataset", "inputs: \"missing.npy\""))),
              testing::StartsWith("e.textproto: teacher.initializer[2].data.inputs: missing.npy"));
}

// The data set of a teacher's initializer sees the teacher as the initializers before left it.
TEST(TrialsWithInitializersThatReadData, MayReadPointsNearTheTeachersBoundaries) {
  const std::string boundaries = Inputs("BoundaryInputs", "dimension: 6 size: 24");
  EXPECT_EQ(Message(Balance("teacher", boundaries)), "");
  EXPECT_EQ(Message(Balance("student", boundaries)), "");
}

// A teacher that is pinned is the same in all trials, and so are the data of its initializers.
TEST(TrialsWithInitializersThatReadData, DrawThemFromTheStreamOfTheNetwork) {
  const std::string inputs = Inputs("GaussianInputs", "dimension: 6 size: 15");
  const std::string balance = Balance("teacher", inputs);
  const auto bias = [](const std::string& changes, uint64_t seed) {
    return WeightOf(*MakeTrial(TestExperiment(changes), seed), "teacher.0.bias");
  };
  EXPECT_NE(bias(balance, 1), bias(balance, 2));
  const std::string pinned = Balance("teacher", inputs, "stream_seed: 5");
  EXPECT_EQ(bias(pinned, 1), bias(pinned, 2));
  EXPECT_NE(bias(pinned, 1), bias(balance, 1));
}

}  // namespace
}  // namespace didact
