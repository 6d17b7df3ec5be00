// Tests convolutions that are computed in several parts. layers_test tests small ones.

#include "didact/framework/network/convolution_layer.h"

#include <cstdint>
#include <memory>

#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/network_view.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

constexpr int64_t kSamples = 3;

// Fills a matrix with normal numbers of a stream of this name.
void Draw(const char* name, Matrix<double>& matrix) {
  const RandomStream random(1, name);
  for (int64_t i = 0; i < matrix.rows(); ++i) {
    for (int64_t j = 0; j < matrix.columns(); ++j) {
      matrix(i, j) = random.Normal(i * matrix.columns() + j);
    }
  }
}

// A convolution with random inputs, weights and gradients, and what they give by the definition.
class Convolution {
 public:
  Convolution(const ConvolutionPlan& plan, const SampleShape& input, int64_t nodes,
              bool reads_samples)
      : plan_(plan),
        input_(input),
        output_(ConvolvedShape(plan, nodes, input)),
        reads_samples_(reads_samples),
        layer_(plan, input, nodes, reads_samples),
        pass_(layer_.MakePass(kSamples, PassScope::kForwardAndBackward)),
        inputs_(reads_samples ? kSamples : kSamples * input.positions(),
                reads_samples ? input.features() : input.channels) {
    Draw("inputs", inputs_);
    Draw("weights", layer_.parameters().blocks().front());
    Draw("gradients", pass_->gradient());
  }

  LayerPass<double>& pass() { return *pass_; }
  SampleRows<double> inputs() const { return SampleRows<double>(inputs_, 0, inputs_.rows()); }

  void ExpectOutputs() const {
    const ArrayView<const double> outputs = pass_->node_activations();
    const LayerView<const double> view = layer_.parameters().view();
    Matrix<double> expected(outputs.shape(0), outputs.shape(1));
    for (int64_t i = 0; i < expected.rows(); ++i) {
      for (int64_t o = 0; o < expected.columns(); ++o) expected(i, o) = view.bias(o);
    }
    ForEachTerm([&](int64_t out, int64_t o, int64_t n, int64_t in, int64_t c, int64_t k) {
      expected(out, o) += view.weight(o, k) * Input(n, in, c);
    });
    for (int64_t i = 0; i < expected.rows(); ++i) {
      for (int64_t o = 0; o < expected.columns(); ++o) {
        ASSERT_NEAR(outputs(i, o), expected(i, o), 1e-11) << i << " " << o;
      }
    }
  }

  void ExpectParameterGradient(const LayerView<const double>& gradient) const {
    const Matrix<double>& above = pass_->gradient();
    Matrix<double> weights(gradient.weight.shape(0), gradient.weight.shape(1));
    ForEachTerm([&](int64_t out, int64_t o, int64_t n, int64_t in, int64_t c, int64_t k) {
      weights(o, k) += above(out, o) * Input(n, in, c);
    });
    for (int64_t o = 0; o < output_.channels; ++o) {
      long double bias = 0;
      for (int64_t i = 0; i < kSamples * output_.positions(); ++i) bias += above(i, o);
      ASSERT_NEAR(gradient.bias(o), static_cast<double>(bias), 1e-11);
      for (int64_t k = 0; k < weights.columns(); ++k) {
        ASSERT_NEAR(gradient.weight(o, k), weights(o, k), 1e-10) << o << " " << k;
      }
    }
  }

  void ExpectInputGradient(const Matrix<double>& below) const {
    const LayerView<const double> view = layer_.parameters().view();
    const Matrix<double>& above = pass_->gradient();
    Matrix<double> expected(below.rows(), below.columns());
    ForEachTerm([&](int64_t out, int64_t o, int64_t n, int64_t in, int64_t c, int64_t k) {
      expected(n * input_.positions() + in, c) += view.weight(o, k) * above(out, o);
    });
    for (int64_t i = 0; i < expected.rows(); ++i) {
      for (int64_t c = 0; c < expected.columns(); ++c) {
        ASSERT_NEAR(below(i, c), expected(i, c), 1e-11) << i << " " << c;
      }
    }
  }

 private:
  // Element of channel c at position `in` of sample n.
  double Input(int64_t n, int64_t in, int64_t c) const {
    return reads_samples_ ? inputs_(n, c * input_.positions() + in)
                          : inputs_(n * input_.positions() + in, c);
  }

  // Calls visit(row of the outputs, node, sample, position of the input, channel, place in the
  // fan-in) for every product of a weight and an input.
  template <class Visit>
  void ForEachTerm(const Visit& visit) const {
    for (int64_t out = 0; out < kSamples * output_.positions(); ++out) {
      const int64_t n = out / output_.positions();
      const int64_t y = out % output_.positions() / output_.columns;
      const int64_t x = out % output_.columns;
      for (int64_t k = 0; k < plan_.kernel * plan_.kernel; ++k) {
        const int64_t row = y * plan_.stride + k / plan_.kernel - plan_.padding;
        const int64_t column = x * plan_.stride + k % plan_.kernel - plan_.padding;
        if (row < 0 || row >= input_.rows || column < 0 || column >= input_.columns) continue;
        for (int64_t c = 0; c < input_.channels; ++c) {
          for (int64_t o = 0; o < output_.channels; ++o) {
            visit(out, o, n, row * input_.columns + column, c, c * plan_.kernel * plan_.kernel + k);
          }
        }
      }
    }
  }

  const ConvolutionPlan plan_;
  const SampleShape input_;
  const SampleShape output_;
  const bool reads_samples_;
  ConvolutionLayer<double> layer_;
  std::unique_ptr<LayerPass<double>> pass_;
  Matrix<double> inputs_;
};

// Images of more rows, and products of more columns, than are computed together.
class ConvolutionLayerTest : public testing::TestWithParam<ConvolutionPlan> {};

TEST_P(ConvolutionLayerTest, ReadsSamplesByTheDefinition) {
  const SampleShape input(3, 30, 17);
  Convolution convolution(GetParam(), input, /*nodes=*/53, /*reads_samples=*/true);
  LayerPass<double>& pass = convolution.pass();
  pass.Forward(convolution.inputs(), PassMode::kTraining, /*workers=*/nullptr);
  convolution.ExpectOutputs();
  const ConvolutionLayer<double> like(GetParam(), input, 53, true);
  LayerParameters<double> gradient = like.MakeParameters();
  pass.ParameterGradient(convolution.inputs(), 1.0, /*accumulate=*/false, gradient, nullptr);
  convolution.ExpectParameterGradient(gradient.view());
}

TEST_P(ConvolutionLayerTest, ReadsOutputsAndWritesTheirGradientByTheDefinition) {
  const SampleShape input(50, 30, 17);
  Convolution convolution(GetParam(), input, /*nodes=*/3, /*reads_samples=*/false);
  LayerPass<double>& pass = convolution.pass();
  const ConvolutionLayer<double> layer_below({1, 1, 0}, SampleShape(1, 30, 17), 50, true);
  const std::unique_ptr<LayerPass<double>> below =
      layer_below.MakePass(kSamples, PassScope::kForwardAndBackward);
  // The second time, memory holds what the first has left.
  for (int time = 0; time < 2; ++time) {
    pass.Forward(convolution.inputs(), PassMode::kTraining, /*workers=*/nullptr);
    convolution.ExpectOutputs();
    pass.Backward(*below, /*workers=*/nullptr);
    convolution.ExpectInputGradient(below->gradient());
    const ConvolutionLayer<double> like(GetParam(), input, 3, false);
    LayerParameters<double> gradient = like.MakeParameters();
    pass.ParameterGradient(convolution.inputs(), 1.0, /*accumulate=*/false, gradient, nullptr);
    convolution.ExpectParameterGradient(gradient.view());
  }
}

// Kernel, stride, padding; the last has more padding than kernel, and the third leaves pixels out.
INSTANTIATE_TEST_SUITE_P(Plans, ConvolutionLayerTest,
                         testing::Values(ConvolutionPlan{3, 1, 0}, ConvolutionPlan{3, 1, 1},
                                         ConvolutionPlan{3, 2, 0}, ConvolutionPlan{2, 3, 1},
                                         ConvolutionPlan{1, 1, 2}));

TEST(ConvolutionLayer, TakesAtLeastTheBytesThatItSays) {
  const ConvolutionLayer<float> layer({3, 1, 1}, SampleShape(7, 20, 20), /*nodes=*/5,
                                      /*reads_samples=*/true);
  // In rows of a cache line: activations and weights with their gradients, and the weights with 5
  // channels in place of 7.
  EXPECT_EQ(layer.PassBytes(kSamples, PassScope::kForwardAndBackward),
            64.0 * (2 * (kSamples * 20 * 20 + 9 * 7) + 9 * 5));
  EXPECT_EQ(layer.inputs(), 7 * 20 * 20);
  EXPECT_EQ(layer.outputs(), 5 * 20 * 20);
}

}  // namespace
}  // namespace didact
