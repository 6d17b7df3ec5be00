#include "didact/framework/network/pass.h"

#include <cmath>
#include <memory>
#include <vector>

#include "didact/framework/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// Computes tanh element by element through the interface that plugins have. Its derivative needs
// both arguments.
template <class T>
class ScalarTanh final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    for (size_t i = 0; i < activation.size(); ++i) activation[i] = std::tanh(pre_activation[i]);
  }
  void MultiplyByDerivative(absl::Span<const T> pre_activation, absl::Span<const T> activation,
                            absl::Span<T> gradient) const override {
    for (size_t i = 0; i < gradient.size(); ++i) {
      gradient[i] *= 1 - std::tanh(pre_activation[i]) * activation[i];
    }
  }
};

// A leaky rectifier, which the framework fuses into its products.
template <class T>
class FusedLeakyRectifier final : public Activation<T> {
 public:
  void Apply(absl::Span<const T>, absl::Span<T>) const override { FAIL(); }
  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T>,
                            absl::Span<T>) const override {
    FAIL();
  }
  std::optional<T> negative_slope() const override { return T(0.125); }
};

template <class T>
std::unique_ptr<Network<T>> MakeNetwork(int64_t inputs, const std::vector<int64_t>& widths,
                                        int64_t outputs, bool has_bias = true) {
  std::vector<HiddenLayerPlan<T>> hidden;
  for (size_t l = 0; l < widths.size(); ++l) {
    if (l % 2 == 0) {
      hidden.push_back({widths[l], {std::make_unique<FusedLeakyRectifier<T>>(), "", FieldPath()}});
    } else {
      hidden.push_back({widths[l], {std::make_unique<ScalarTanh<T>>(), "", FieldPath()}});
    }
  }
  auto network = std::make_unique<Network<T>>(inputs, std::move(hidden), outputs, has_bias);
  const RandomStream random(1, "network");
  for (int64_t l = 0; l < network->layers(); ++l) {
    Matrix<T>& block = network->layer(l).parameters().blocks().front();
    for (int64_t i = 0; i < block.rows(); ++i) {
      for (int64_t j = 0; j < block.columns(); ++j) {
        block(i, j) = static_cast<T>(0.5 * random.Split(l).Normal(i * block.columns() + j));
      }
    }
  }
  return network;
}

template <class T>
Matrix<T> MakeInputs(int64_t samples, int64_t features) {
  Matrix<T> inputs(samples, features);
  const RandomStream random(2, "inputs");
  for (int64_t i = 0; i < samples; ++i) {
    for (int64_t j = 0; j < features; ++j) {
      inputs(i, j) = static_cast<T>(random.Normal(i * features + j));
    }
  }
  return inputs;
}

// Returns the network's function for one sample, computed directly from the weights as plugins see
// them.
template <class T>
std::vector<long double> NaiveOutputs(const Network<T>& network, absl::Span<const T> input) {
  std::vector<long double> below(input.begin(), input.end());
  const NetworkView<const T> weights = network.view();
  for (int64_t l = 0; l < network.layers(); ++l) {
    std::vector<long double> here(weights[l].weight.shape(0));
    for (size_t i = 0; i < here.size(); ++i) {
      here[i] = weights[l].bias.empty() ? 0 : weights[l].bias(i);
      for (size_t j = 0; j < below.size(); ++j) here[i] += weights[l].weight(i, j) * below[j];
      if (l + 1 == network.layers()) continue;
      here[i] = l % 2 == 1 ? std::tanh(here[i]) : here[i] > 0 ? here[i] : here[i] / 8;
    }
    below = here;
  }
  return below;
}

// Returns 1/2 of the sum over samples and outputs of y^2, in the highest available precision.
template <class T>
long double Objective(const Network<T>& network, const Matrix<T>& inputs) {
  long double sum = 0;
  for (int64_t i = 0; i < inputs.rows(); ++i) {
    for (const long double y : NaiveOutputs(network, inputs.row(i))) sum += y * y / 2;
  }
  return sum;
}

struct Shape {
  int64_t inputs;
  std::vector<int64_t> widths;
  int64_t outputs;
  int64_t batch;
  bool has_bias = true;
};

class PassTest : public testing::TestWithParam<Shape> {};

TEST_P(PassTest, ForwardComputesTheNetworkFunction) {
  const Shape& shape = GetParam();
  const auto network =
      MakeNetwork<double>(shape.inputs, shape.widths, shape.outputs, shape.has_bias);
  const Matrix<double> inputs = MakeInputs<double>(shape.batch, shape.inputs);
  Pass<double> pass(*network, shape.batch);
  pass.Forward(SampleRows<double>(inputs, 0, shape.batch));
  for (int64_t i = 0; i < shape.batch; ++i) {
    const std::vector<long double> expected = NaiveOutputs(*network, inputs.row(i));
    for (int64_t c = 0; c < shape.outputs; ++c) {
      EXPECT_NEAR(pass.outputs()(i, c), static_cast<double>(expected[c]), 1e-12);
    }
  }
}

TEST_P(PassTest, WeightGradientsAgreeWithFiniteDifferences) {
  const Shape& shape = GetParam();
  const auto network =
      MakeNetwork<double>(shape.inputs, shape.widths, shape.outputs, shape.has_bias);
  const Matrix<double> inputs = MakeInputs<double>(shape.batch, shape.inputs);
  Pass<double> pass(*network, shape.batch);
  pass.Forward(SampleRows<double>(inputs, 0, shape.batch));
  for (int64_t i = 0; i < shape.batch; ++i) {
    for (int64_t c = 0; c < shape.outputs; ++c) pass.output_gradient()(i, c) = pass.outputs()(i, c);
  }
  pass.Backward(0);
  for (int64_t l = 0; l < network->layers(); ++l) {
    Matrix<double>& block = network->layer(l).parameters().blocks().front();
    LayerParameters<double> parameter_gradient = network->layer(l).MakeParameters();
    pass.ParameterGradient(l, 1.0, /*accumulate=*/false, parameter_gradient);
    const Matrix<double>& gradient = parameter_gradient.blocks().front();
    for (int64_t i = 0; i < block.rows(); ++i) {
      for (int64_t j = 0; j < block.columns(); ++j) {
        const double kept = block(i, j);
        const double h = 1e-6;
        block(i, j) = kept + h;
        const long double above = Objective(*network, inputs);
        block(i, j) = kept - h;
        const long double below = Objective(*network, inputs);
        block(i, j) = kept;
        const double difference = static_cast<double>((above - below) / (2 * h));
        EXPECT_NEAR(gradient(i, j), difference, 1e-7 * (1 + std::abs(difference)))
            << "layer " << l << " row " << i << " column " << j;
      }
    }
  }
}

TEST_P(PassTest, SinglePrecisionIsCloseToDouble) {
  const Shape& shape = GetParam();
  const auto network =
      MakeNetwork<double>(shape.inputs, shape.widths, shape.outputs, shape.has_bias);
  const auto network_float =
      MakeNetwork<float>(shape.inputs, shape.widths, shape.outputs, shape.has_bias);
  const Matrix<double> inputs = MakeInputs<double>(shape.batch, shape.inputs);
  const Matrix<float> inputs_float = MakeInputs<float>(shape.batch, shape.inputs);
  Pass<double> pass(*network, shape.batch);
  Pass<float> pass_float(*network_float, shape.batch);
  pass.Forward(SampleRows<double>(inputs, 0, shape.batch));
  pass_float.Forward(SampleRows<float>(inputs_float, 0, shape.batch));
  for (int64_t i = 0; i < shape.batch; ++i) {
    for (int64_t c = 0; c < shape.outputs; ++c) {
      const double expected = pass.outputs()(i, c);
      EXPECT_NEAR(pass_float.outputs()(i, c), expected, 1e-5 * (1 + std::abs(expected)));
    }
  }
}

TEST_P(PassTest, SplittingABatchChangesNoBit) {
  const Shape& shape = GetParam();
  const auto network =
      MakeNetwork<double>(shape.inputs, shape.widths, shape.outputs, shape.has_bias);
  const Matrix<double> inputs = MakeInputs<double>(shape.batch, shape.inputs);
  Pass<double> whole(*network, shape.batch);
  Pass<double> part(*network, shape.batch);
  whole.Forward(SampleRows<double>(inputs, 0, shape.batch));
  for (int64_t first = 0; first < shape.batch; first += 3) {
    const int64_t count = std::min<int64_t>(3, shape.batch - first);
    part.Forward(SampleRows<double>(inputs, first, count));
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t c = 0; c < shape.outputs; ++c) {
        EXPECT_EQ(part.outputs()(i, c), whole.outputs()(first + i, c));
      }
    }
  }
}

// Expects equal bits of the gradients of all layers after the last Backward of two passes.
void ExpectSameGradients(const Network<double>& network, Pass<double>& pass,
                         Pass<double>& expected) {
  for (int64_t l = 0; l < network.layers(); ++l) {
    LayerParameters<double> gradient = network.layer(l).MakeParameters();
    LayerParameters<double> expected_gradient = network.layer(l).MakeParameters();
    pass.ParameterGradient(l, 1.0, /*accumulate=*/false, gradient);
    expected.ParameterGradient(l, 1.0, /*accumulate=*/false, expected_gradient);
    EXPECT_EQ(gradient.blocks().front().storage(), expected_gradient.blocks().front().storage())
        << "layer " << l;
  }
}

TEST_P(PassTest, GatheringOnTheWayChangesNoBit) {
  const Shape& shape = GetParam();
  const auto network =
      MakeNetwork<double>(shape.inputs, shape.widths, shape.outputs, shape.has_bias);
  const Matrix<double> samples = MakeInputs<double>(2 * shape.batch + 1, shape.inputs);
  std::vector<int64_t> rows;
  Matrix<double> picked(shape.batch, shape.inputs);
  for (int64_t i = 0; i < shape.batch; ++i) {
    rows.push_back((7 * i + 3) % samples.rows());
    for (int64_t j = 0; j < shape.inputs; ++j) picked(i, j) = samples(rows[i], j);
  }
  Pass<double> expected(*network, shape.batch);
  expected.Forward(SampleRows<double>(picked, 0, shape.batch));
  Pass<double> pass(*network, shape.batch);
  Matrix<double> batch(shape.batch, shape.inputs);
  pass.ForwardGathered(samples, rows, batch);
  for (Pass<double>* const each : {&expected, &pass}) {
    for (int64_t i = 0; i < shape.batch; ++i) {
      for (int64_t c = 0; c < shape.outputs; ++c) {
        EXPECT_EQ(each->outputs()(i, c), expected.outputs()(i, c));
        each->output_gradient()(i, c) = each->outputs()(i, c) - 1;
      }
    }
    each->Backward(0);
  }
  ExpectSameGradients(*network, pass, expected);
}

// The last batch of an epoch may be smaller than those before it.
TEST_P(PassTest, ALargerBatchLeavesNothingToASmallerOne) {
  const Shape& shape = GetParam();
  const int64_t larger = shape.batch + 3;
  const auto network =
      MakeNetwork<double>(shape.inputs, shape.widths, shape.outputs, shape.has_bias);
  const Matrix<double> inputs = MakeInputs<double>(larger, shape.inputs);
  Pass<double> fresh(*network, larger);
  Pass<double> used(*network, larger);
  const auto run = [&](Pass<double>& pass, int64_t batch) {
    pass.Forward(SampleRows<double>(inputs, 0, batch));
    for (int64_t i = 0; i < batch; ++i) {
      for (int64_t c = 0; c < shape.outputs; ++c) {
        pass.output_gradient()(i, c) = pass.outputs()(i, c) - 1;
      }
    }
    pass.Backward(0);
  };
  run(used, larger);
  run(used, shape.batch);
  run(fresh, shape.batch);
  ExpectSameGradients(*network, used, fresh);
}

INSTANTIATE_TEST_SUITE_P(Shapes, PassTest,
                         testing::Values(Shape{1, {1}, 1, 1}, Shape{5, {7}, 3, 4},
                                         Shape{10, {20}, 7, 8}, Shape{3, {9, 5}, 2, 17},
                                         Shape{6, {4, 8, 5, 3}, 9, 5}, Shape{2, {}, 3, 6},
                                         Shape{3, {9, 5}, 2, 17, false},
                                         Shape{2, {}, 3, 6, false}));

TEST(PassTest, ParameterGradientAccumulatesWithAFactor) {
  const auto network = MakeNetwork<double>(4, {6}, 3);
  const Matrix<double> inputs = MakeInputs<double>(5, 4);
  Pass<double> pass(*network, 5);
  pass.Forward(SampleRows<double>(inputs, 0, 5));
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t c = 0; c < 3; ++c) pass.output_gradient()(i, c) = 1 + i - c;
  }
  pass.Backward(0);
  LayerParameters<double> plain = network->layer(0).MakeParameters();
  pass.ParameterGradient(0, 1.0, /*accumulate=*/false, plain);
  LayerParameters<double> sum = network->layer(0).MakeParameters();
  for (int64_t i = 0; i < 6; ++i) {
    for (int64_t j = 0; j < 4; ++j) sum.view().weight(i, j) = 10 * i + j;
    sum.view().bias(i) = 100 + i;
  }
  pass.ParameterGradient(0, -0.25, /*accumulate=*/true, sum);
  for (int64_t i = 0; i < 6; ++i) {
    for (int64_t j = 0; j < 4; ++j) {
      EXPECT_NEAR(sum.view().weight(i, j), 10 * i + j - 0.25 * plain.view().weight(i, j), 1e-12);
    }
    EXPECT_NEAR(sum.view().bias(i), 100 + i - 0.25 * plain.view().bias(i), 1e-12);
  }
}

// A layer of many weights, whose gradient is computed in several parts.
TEST(PassTest, TheGradientThatIsReadInPartsIsTheOneThatIsStored) {
  const auto network = MakeNetwork<double>(300, {100}, 3);
  const Matrix<double> inputs = MakeInputs<double>(5, 300);
  Pass<double> pass(*network, 5);
  pass.Forward(SampleRows<double>(inputs, 0, 5));
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t c = 0; c < 3; ++c) pass.output_gradient()(i, c) = 1 + i - c;
  }
  pass.Backward(0);
  for (int64_t l = 0; l < 2; ++l) {
    LayerParameters<double> stored = network->layer(l).MakeParameters();
    pass.ParameterGradient(l, 1.0, /*accumulate=*/false, stored);
    const Matrix<double>& expected = stored.blocks().front();
    Matrix<double> read(expected.rows(), expected.columns());
    int64_t parts = 0;
    LayerParameters<double> memory = network->layer(l).MakeParameters();
    pass.ReadParameterGradient(
        l, memory,
        [&](int64_t block, int64_t row, int64_t column, const ArrayView<const double>& part) {
          EXPECT_EQ(block, 0);
          ++parts;
          for (int64_t i = 0; i < part.shape(0); ++i) {
            for (int64_t j = 0; j < part.shape(1); ++j) {
              EXPECT_EQ(read(row + i, column + j), 0) << "read before";
              read(row + i, column + j) = part(i, j);
            }
          }
        });
    EXPECT_GE(parts, l == 0 ? 4 : 2);
    for (int64_t i = 0; i < expected.rows(); ++i) {
      EXPECT_THAT(read.row(i), testing::ElementsAreArray(expected.row(i))) << l << ", row " << i;
    }
  }
}

TEST(PassTest, BackwardStopsAtTheLowestLayerAskedFor) {
  const auto network = MakeNetwork<double>(3, {5, 5}, 2);
  const Matrix<double> inputs = MakeInputs<double>(4, 3);
  Pass<double> pass(*network, 4);
  pass.Forward(SampleRows<double>(inputs, 0, 4));
  for (int64_t i = 0; i < 4; ++i) {
    for (int64_t c = 0; c < 2; ++c) pass.output_gradient()(i, c) = 1;
  }
  pass.Backward(1);
  EXPECT_EQ(pass.gradients()[0].rank(), 0);
  EXPECT_EQ(pass.gradients()[1].shape(1), 5);
}

}  // namespace
}  // namespace didact
