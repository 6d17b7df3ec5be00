// Tests networks of all kinds of layers against plain loops in long double, their gradients against
// finite differences of these.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/pass.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/network_view.h"
#include "gtest/gtest.h"
#include "tests/network/plain_layers.h"

namespace didact {
namespace {

constexpr ConvolutionPlan kPlainKernel = {3, 1, 0};
constexpr ConvolutionPlan kPadded = {3, 1, 1};
constexpr ConvolutionPlan kStrided = {2, 2, 1};
constexpr BatchNormPlan kAfter = {true, false};
constexpr BatchNormPlan kBefore = {true, true};
constexpr BatchNormPlan kNotAffine = {false, false};
constexpr PoolingPlan kMaximum = {true, 2, 2};
constexpr PoolingPlan kOverlapping = {true, 3, 1};
constexpr PoolingPlan kMean = {false, 2, 2};
constexpr PoolingPlan kOverlappingMean = {false, 2, 1};
constexpr auto kLeaky = PlainActivation::kLeaky;

std::vector<PlainPlan> Plans() {
  std::vector<PlainPlan> plans;
  plans.push_back({"batch_norm_after", 4, {{.width = 5, .batch_norm = kAfter}}, 3});
  plans.push_back(
      {"batch_norm_before", 4, {{.width = 5, .batch_norm = kBefore, .activation = kLeaky}}, 3});
  plans.push_back({"mixed_normalizations",
                   3,
                   {{.width = 17, .batch_norm = kNotAffine},
                    {.width = 4},
                    {.width = 9, .batch_norm = kBefore},
                    {.width = 3, .batch_norm = kAfter, .activation = kLeaky}},
                   2});
  plans.push_back({"convolution", {1, 5, 4}, {{.width = 3, .convolution = kPlainKernel}}, 2});
  plans.push_back({"two_convolutions_and_dense",
                   {2, 5, 6},
                   {{.width = 3, .convolution = kPadded, .activation = kLeaky},
                    {.width = 17, .convolution = kStrided},
                    {.width = 4}},
                   2});
  plans.push_back({"pooled",
                   {2, 7, 6},
                   {{.width = 3, .convolution = kPadded, .pooling = kMaximum},
                    {.width = 4, .convolution = kPadded, .pooling = kMean}},
                   3});
  // Images whose rows and columns are multiples of the windows'.
  plans.push_back({"overlapping_windows",
                   {2, 6, 6},
                   {{.width = 3, .convolution = kPadded, .pooling = kOverlapping},
                    {.width = 4, .convolution = kPadded, .pooling = kOverlappingMean}},
                   2});
  plans.push_back(
      {"everything",
       {3, 6, 5},
       {{.width = 4, .convolution = kPadded, .batch_norm = kBefore, .pooling = kOverlapping},
        {.width = 5, .convolution = kStrided, .batch_norm = kAfter},
        {.width = 6, .batch_norm = kAfter},
        {.width = 4}},
       2});
  plans.push_back({"without_biases",
                   {2, 6, 5},
                   {{.width = 3, .convolution = kPadded, .batch_norm = kBefore},
                    {.width = 4, .convolution = kStrided},
                    {.width = 5, .batch_norm = kNotAffine},
                    {.width = 3}},
                   2,
                   /*has_bias=*/false});
  return plans;
}

constexpr int64_t kBatch = 5;

PassMode ModeOf(bool training) { return training ? PassMode::kTraining : PassMode::kEvaluation; }

// Writes the gradient of PlainNetwork::Objective.
template <class T>
void WriteOutputGradient(Pass<T>& pass) {
  const ArrayView<T> gradient = pass.output_gradient();
  const T batch = static_cast<T>(gradient.shape(0));
  for (int64_t i = 0; i < gradient.shape(0); ++i) {
    for (int64_t k = 0; k < gradient.shape(1); ++k) {
      gradient(i, k) = (static_cast<T>(k + 1) / 4 + pass.outputs()(i, k)) / batch;
    }
  }
}

template <class T>
std::vector<double> ElementsOf(const LayerView<const T>& layer) {
  std::vector<double> elements;
  ForEachParameterElement(layer, [&](const T& element) { elements.push_back(element); });
  return elements;
}

// Returns the gradients of all layers.
template <class T>
std::vector<std::vector<double>> GradientsOf(const Network<T>& network, const Pass<T>& pass) {
  std::vector<std::vector<double>> gradients;
  for (int64_t l = 0; l < network.layers(); ++l) {
    LayerParameters<T> gradient = network.layer(l).MakeParameters();
    pass.ParameterGradient(l, T(1), /*accumulate=*/false, gradient);
    gradients.push_back(ElementsOf<T>(std::as_const(gradient).view()));
  }
  return gradients;
}

// Returns the same gradients, read in parts that together must be all blocks, without overlaps.
template <class T>
std::vector<std::vector<double>> GradientsReadInParts(const Network<T>& network,
                                                      const Pass<T>& pass) {
  std::vector<std::vector<double>> gradients;
  for (int64_t l = 0; l < network.layers(); ++l) {
    LayerParameters<T> memory = network.layer(l).MakeParameters();
    LayerParameters<T> gradient = network.layer(l).MakeParameters();
    std::vector<Matrix<T>>& blocks = gradient.blocks();
    std::vector<Matrix<T>> reads;  // how often each element was read
    for (const Matrix<T>& block : blocks) reads.emplace_back(block.rows(), block.columns());
    pass.ReadParameterGradient(
        l, memory, [&](int64_t block, int64_t row, int64_t column, const ArrayView<const T>& part) {
          for (int64_t i = 0; i < part.shape(0); ++i) {
            for (int64_t j = 0; j < part.shape(1); ++j) {
              blocks[block](row + i, column + j) = part(i, j);
              reads[block](row + i, column + j) += 1;
            }
          }
        });
    for (const Matrix<T>& read : reads) {
      for (int64_t i = 0; i < read.rows(); ++i) {
        for (int64_t j = 0; j < read.columns(); ++j) EXPECT_EQ(read(i, j), 1) << "layer " << l;
      }
    }
    gradients.push_back(ElementsOf<T>(std::as_const(gradient).view()));
  }
  return gradients;
}

template <class T>
void ExpectPlainOutputs(const PlainPlan& plan, bool training, double tolerance) {
  const auto network = MakePlainNetwork<T>(plan);
  const Matrix<T> inputs = MakePlainInputs<T>(plan, kBatch);
  PlainNetwork plain(plan);
  plain.parameters = ParametersOf(*network);
  const std::vector<PlainImages> expected = plain.Layers(inputs, training);
  Pass<T> pass(*network, kBatch + 2);
  pass.Forward(SampleRows<T>(inputs, 0, kBatch), ModeOf(training));
  for (size_t l = 0; l + 1 < expected.size(); ++l) {
    const ArrayView<const T> actual = pass.activations()[l];
    const int64_t positions = expected[l].shape.positions();
    ASSERT_EQ(network->view()[l].positions, positions);
    ASSERT_EQ(network->view()[l].nodes, expected[l].shape.channels);
    ASSERT_EQ(actual.shape(0), kBatch * positions);
    ASSERT_EQ(actual.shape(1), expected[l].shape.channels);
    for (int64_t i = 0; i < actual.shape(0); ++i) {
      for (int64_t c = 0; c < actual.shape(1); ++c) {
        ASSERT_NEAR(
            actual(i, c),
            static_cast<double>(expected[l].samples[i / positions][c * positions + i % positions]),
            tolerance)
            << "layer " << l << ", row " << i << ", node " << c;
      }
    }
  }
  for (int64_t i = 0; i < kBatch; ++i) {
    for (int64_t k = 0; k < plan.outputs; ++k) {
      ASSERT_NEAR(pass.outputs()(i, k), static_cast<double>(expected.back().samples[i][k]),
                  tolerance);
    }
  }
}

class LayersTest : public testing::TestWithParam<PlainPlan> {};

TEST_P(LayersTest, ComputeWhatPlainLoopsCompute) {
  for (const bool training : {false, true}) {
    SCOPED_TRACE(training ? "training" : "evaluation");
    ExpectPlainOutputs<double>(GetParam(), training, 1e-12);
    ExpectPlainOutputs<float>(GetParam(), training, 2e-4);
  }
}

// Central differences in long double; parameters whose change crosses a kink would be noticed, but
// the random numbers have none.
TEST_P(LayersTest, GradientsAreThoseOfFiniteDifferences) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<double>(plan);
  const auto network_float = MakePlainNetwork<float>(plan);
  const Matrix<double> inputs = MakePlainInputs<double>(plan, kBatch);
  const Matrix<float> inputs_float = MakePlainInputs<float>(plan, kBatch);
  for (const bool training : {false, true}) {
    SCOPED_TRACE(training ? "training" : "evaluation");
    Pass<double> pass(*network, kBatch);
    pass.Forward(SampleRows<double>(inputs, 0, kBatch), ModeOf(training));
    WriteOutputGradient(pass);
    pass.Backward(0);
    const auto gradients = GradientsOf(*network, pass);
    Pass<float> pass_float(*network_float, kBatch);
    pass_float.Forward(SampleRows<float>(inputs_float, 0, kBatch), ModeOf(training));
    WriteOutputGradient(pass_float);
    pass_float.Backward(0);
    const auto gradients_float = GradientsOf(*network_float, pass_float);

    PlainNetwork plain(plan);
    plain.parameters = ParametersOf(*network);
    for (size_t l = 0; l < gradients.size(); ++l) {
      ASSERT_EQ(gradients[l].size(), plain.parameters.layers[l].size());
      for (size_t k = 0; k < gradients[l].size(); ++k) {
        constexpr long double kStep = 1e-6L;
        long double& parameter = plain.parameters.layers[l][k];
        const long double value = parameter;
        parameter = value + kStep;
        const long double above = plain.Objective(inputs, training);
        parameter = value - kStep;
        const long double below = plain.Objective(inputs, training);
        parameter = value;
        const double expected = static_cast<double>((above - below) / (2 * kStep));
        const double scale = std::max(1.0, std::abs(expected));
        ASSERT_NEAR(gradients[l][k], expected, 1e-8 * scale) << "layer " << l << ", number " << k;
        ASSERT_NEAR(gradients_float[l][k], expected, 2e-3 * scale)
            << "layer " << l << ", number " << k;
      }
    }
  }
}

TEST_P(LayersTest, RunningStatisticsMoveATenthOfTheWayInTraining) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<double>(plan);
  const Matrix<double> inputs = MakePlainInputs<double>(plan, kBatch);
  PlainNetwork plain(plan);
  plain.parameters = ParametersOf(*network);
  plain.Layers(inputs, /*training=*/true);
  Pass<double> pass(*network, kBatch);
  for (const bool training : {false, true}) {
    pass.Forward(SampleRows<double>(inputs, 0, kBatch), ModeOf(training));
    pass.UpdateStatistics(*network);
    const double share = training ? 0.1 : 0;
    for (size_t l = 0; l < plan.hidden.size(); ++l) {
      const LayerView<double>& view = network->view()[l];
      ASSERT_EQ(view.running_mean.size(), plan.hidden[l].batch_norm ? view.nodes : 0);
      for (int64_t i = 0; i < view.running_mean.size(); ++i) {
        const auto moved = [share](long double before, long double batch) {
          return static_cast<double>((1 - share) * before + (share > 0 ? share * batch : 0));
        };
        EXPECT_NEAR(view.running_mean(i),
                    moved(plain.parameters.means[l][i], plain.batch_means[l][i]), 1e-12);
        EXPECT_NEAR(view.running_variance(i),
                    moved(plain.parameters.variances[l][i], plain.batch_variances[l][i]), 1e-12);
      }
    }
  }
}

TEST_P(LayersTest, LayersThatAreNotTrainedKeepAndUseTheirStatistics) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<double>(plan);
  const Matrix<double> inputs = MakePlainInputs<double>(plan, kBatch);
  Pass<double> evaluation(*network, kBatch);
  evaluation.Forward(SampleRows<double>(inputs, 0, kBatch));
  for (int64_t l = 0; l < network->layers(); ++l) network->layer(l).set_trained(false);
  const PlainParameters before = ParametersOf(*network);
  Pass<double> training(*network, kBatch);
  training.Forward(SampleRows<double>(inputs, 0, kBatch), PassMode::kTraining);
  training.UpdateStatistics(*network);
  for (int64_t i = 0; i < kBatch; ++i) {
    for (int64_t k = 0; k < plan.outputs; ++k) {
      EXPECT_EQ(training.outputs()(i, k), evaluation.outputs()(i, k));
    }
  }
  EXPECT_EQ(ParametersOf(*network).means, before.means);
  EXPECT_EQ(ParametersOf(*network).variances, before.variances);
}

TEST_P(LayersTest, EvaluationsOfPartsOfABatchHaveTheSameBits) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<float>(plan);
  const Matrix<float> inputs = MakePlainInputs<float>(plan, kBatch);
  Pass<float> whole(*network, kBatch);
  whole.Forward(SampleRows<float>(inputs, 0, kBatch));
  Pass<float> part(*network, 2);
  for (int64_t first = 0; first < kBatch; first += 2) {
    const int64_t count = std::min<int64_t>(2, kBatch - first);
    part.Forward(SampleRows<float>(inputs, first, count));
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < plan.outputs; ++k) {
        EXPECT_EQ(part.outputs()(i, k), whole.outputs()(first + i, k));
      }
    }
  }
}

TEST_P(LayersTest, APassForTheForwardDirectionAloneGivesTheSameBits) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<float>(plan);
  const Matrix<float> inputs = MakePlainInputs<float>(plan, kBatch);
  Pass<float> expected(*network, kBatch);
  expected.Forward(SampleRows<float>(inputs, 0, kBatch));
  Pass<float> forward(*network, kBatch + 1, PassScope::kForward);
  // The second pass overwrites what the first has left.
  for (int repetition = 0; repetition < 2; ++repetition) {
    forward.Forward(SampleRows<float>(inputs, 0, kBatch));
    ASSERT_EQ(forward.activations().size(), expected.activations().size());
    for (size_t l = 0; l <= expected.activations().size(); ++l) {
      const bool is_hidden = l < expected.activations().size();
      const auto actual = is_hidden ? forward.activations()[l] : forward.outputs();
      const auto same = is_hidden ? expected.activations()[l] : expected.outputs();
      ASSERT_EQ(actual.shape(0), same.shape(0));
      ASSERT_EQ(actual.shape(1), same.shape(1));
      for (int64_t i = 0; i < same.shape(0); ++i) {
        for (int64_t j = 0; j < same.shape(1); ++j) {
          EXPECT_EQ(actual(i, j), same(i, j)) << "layer " << l;
        }
      }
    }
  }
}

TEST_P(LayersTest, GatheredSamplesGiveTheSameBits) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<double>(plan);
  const Matrix<double> inputs = MakePlainInputs<double>(plan, 9);
  const std::vector<int64_t> rows = {7, 0, 7, 3, 8};
  Matrix<double> picked(kBatch, inputs.columns());
  for (int64_t i = 0; i < kBatch; ++i) {
    std::copy_n(inputs.row(rows[i]).data(), inputs.columns(), picked.row(i).data());
  }
  Pass<double> expected(*network, kBatch);
  expected.Forward(SampleRows<double>(picked, 0, kBatch), PassMode::kTraining);
  WriteOutputGradient(expected);
  expected.Backward(0);
  Pass<double> actual(*network, kBatch);
  Matrix<double> batch(kBatch, inputs.columns());
  actual.ForwardGathered(inputs, rows, batch, PassMode::kTraining);
  WriteOutputGradient(actual);
  actual.Backward(0);
  EXPECT_EQ(GradientsOf(*network, actual), GradientsOf(*network, expected));
}

TEST_P(LayersTest, ParameterGradientsAccumulateWithAFactor) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<double>(plan);
  const Matrix<double> inputs = MakePlainInputs<double>(plan, kBatch);
  Pass<double> pass(*network, kBatch);
  pass.Forward(SampleRows<double>(inputs, 0, kBatch), PassMode::kTraining);
  WriteOutputGradient(pass);
  pass.Backward(0);
  const auto gradients = GradientsOf(*network, pass);
  for (int64_t l = 0; l < network->layers(); ++l) {
    const std::vector<double> before = ElementsOf<double>(std::as_const(*network).view()[l]);
    pass.ParameterGradient(l, -0.25, /*accumulate=*/true, network->layer(l).parameters());
    const std::vector<double> after = ElementsOf<double>(std::as_const(*network).view()[l]);
    for (size_t k = 0; k < before.size(); ++k) {
      EXPECT_NEAR(after[k], before[k] - 0.25 * gradients[l][k], 1e-12);
    }
  }
}

TEST_P(LayersTest, ParameterGradientsReadInPartsHaveTheSameBits) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<double>(plan);
  const Matrix<double> inputs = MakePlainInputs<double>(plan, kBatch);
  Pass<double> pass(*network, kBatch);
  pass.Forward(SampleRows<double>(inputs, 0, kBatch), PassMode::kTraining);
  WriteOutputGradient(pass);
  pass.Backward(0);
  EXPECT_EQ(GradientsReadInParts(*network, pass), GradientsOf(*network, pass));
}

TEST_P(LayersTest, LinearPassesEndWithThePreActivations) {
  const PlainPlan& plan = GetParam();
  const auto network = MakePlainNetwork<double>(plan);
  const Matrix<double> inputs = MakePlainInputs<double>(plan, kBatch);
  PlainNetwork plain(plan);
  plain.parameters = ParametersOf(*network);
  SampleRows<double> below(inputs, 0, kBatch);
  std::vector<std::unique_ptr<LayerPass<double>>> passes;
  for (int64_t l = 0; l < network->layers(); ++l) {
    const Layer<double>& layer = network->layer(l);
    const std::unique_ptr<LayerPass<double>> linear =
        layer.MakeLinearPass(kBatch + 1, /*negative_slope=*/1, PassScope::kForward);
    linear->Forward(below, PassMode::kEvaluation, /*workers=*/nullptr);
    const ArrayView<const double> actual = linear->node_activations();
    const PlainImages expected = plain.PreActivations(inputs, l);
    const int64_t positions = expected.shape.positions();
    ASSERT_EQ(layer.pre_activations(), expected.shape.features());
    ASSERT_EQ(actual.shape(0), kBatch * positions);
    ASSERT_EQ(actual.shape(1), expected.shape.channels);
    for (int64_t i = 0; i < actual.shape(0); ++i) {
      for (int64_t c = 0; c < actual.shape(1); ++c) {
        ASSERT_NEAR(
            actual(i, c),
            static_cast<double>(expected.samples[i / positions][c * positions + i % positions]),
            1e-12)
            << "layer " << l << ", row " << i << ", node " << c;
      }
    }
    passes.push_back(layer.MakePass(kBatch, PassScope::kForward));
    passes.back()->Forward(below, PassMode::kEvaluation, /*workers=*/nullptr);
    below = passes.back()->activations();
  }
}

INSTANTIATE_TEST_SUITE_P(Plans, LayersTest, testing::ValuesIn(Plans()),
                         [](const auto& info) { return info.param.name; });

// Runs every part in a separate thread, and counts the parts.
class Threads final : public Workers {
 public:
  int count() const override { return 3; }
  void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) override {
    parts_run += parts;
    std::vector<std::thread> threads;
    for (int64_t i = 0; i < parts; ++i) threads.emplace_back([part, i] { part(i); });
    for (std::thread& thread : threads) thread.join();
  }

  int64_t parts_run = 0;
};

// Large enough that work is divided, and that the patches of a batch fill several blocks.
TEST(Layers, WorkersGiveTheBitsOfOneCore) {
  const PlainPlan plan = {"large",
                          {3, 13, 12},
                          {{.width = 40, .convolution = kPadded, .batch_norm = kBefore},
                           {.width = 30, .convolution = kStrided, .activation = kLeaky},
                           {.width = 50, .batch_norm = kAfter}},
                          4};
  const auto network = MakePlainNetwork<float>(plan);
  const Matrix<float> inputs = MakePlainInputs<float>(plan, 37);
  Pass<float> alone(*network, 37);
  Pass<float> helped(*network, 37);
  Threads threads;
  helped.UseWorkers(&threads);
  for (Pass<float>* const pass : {&alone, &helped}) {
    pass->Forward(SampleRows<float>(inputs, 0, 37), PassMode::kTraining);
    WriteOutputGradient(*pass);
    pass->Backward(0);
  }
  EXPECT_EQ(GradientsOf(*network, helped), GradientsOf(*network, alone));
  EXPECT_EQ(GradientsReadInParts(*network, helped), GradientsOf(*network, alone));
  EXPECT_GT(threads.parts_run, 6);
}

}  // namespace
}  // namespace didact
