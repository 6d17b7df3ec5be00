// Tests a convolution whose patches fill several blocks of memory. layers_test tests small ones.

#include "didact/framework/network/convolution_layer.h"

#include <cstdint>
#include <memory>
#include <vector>

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

constexpr ConvolutionPlan kPlan = {3, 1, 1};
constexpr int64_t kChannels = 7;
constexpr int64_t kNodes = 5;
constexpr int64_t kSide = 20;
constexpr int64_t kSamples = 6;

// A patch has 63 numbers, and there are 2400, which fill several blocks of 256 KiB in double.
TEST(ConvolutionLayer, SumsTheParameterGradientOverAllBlocks) {
  ConvolutionLayer<double> layer(kPlan, SampleShape(kChannels, kSide, kSide), kNodes,
                                 /*reads_samples=*/true);
  const RandomStream random(1, "convolution");
  Matrix<double> inputs(kSamples, kChannels * kSide * kSide);
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t j = 0; j < inputs.columns(); ++j) {
      inputs(i, j) = random.Normal(i * inputs.columns() + j);
    }
  }
  const std::unique_ptr<LayerPass<double>> pass = layer.MakePass(kSamples);
  const SampleRows<double> rows(inputs, 0, kSamples);
  pass->Forward(rows, PassMode::kTraining, /*workers=*/nullptr);
  Matrix<double>& output_gradient = pass->gradient();
  ASSERT_EQ(output_gradient.rows(), kSamples * kSide * kSide);
  const RandomStream gradients = random.Split("gradients");
  for (int64_t i = 0; i < output_gradient.rows(); ++i) {
    for (int64_t o = 0; o < kNodes; ++o) output_gradient(i, o) = gradients.Normal(i * kNodes + o);
  }
  LayerParameters<double> gradient = layer.MakeParameters();
  pass->ParameterGradient(rows, 1.0, /*accumulate=*/false, gradient, /*workers=*/nullptr);
  const LayerView<double>& view = gradient.view();
  for (int64_t o = 0; o < kNodes; ++o) {
    long double bias = 0;
    for (int64_t i = 0; i < output_gradient.rows(); ++i) bias += output_gradient(i, o);
    EXPECT_NEAR(view.bias(o), static_cast<double>(bias), 1e-11);
    for (int64_t c = 0; c < kChannels; ++c) {
      for (int64_t k = 0; k < 9; ++k) {
        long double sum = 0;
        for (int64_t n = 0; n < kSamples; ++n) {
          for (int64_t y = 0; y < kSide; ++y) {
            for (int64_t x = 0; x < kSide; ++x) {
              const int64_t row = y + k / 3 - 1;
              const int64_t column = x + k % 3 - 1;
              if (row < 0 || row >= kSide || column < 0 || column >= kSide) continue;
              sum += output_gradient((n * kSide + y) * kSide + x, o) *
                     inputs(n, (c * kSide + row) * kSide + column);
            }
          }
        }
        ASSERT_NEAR(view.weight(o, 9 * c + k), static_cast<double>(sum), 1e-11);
      }
    }
  }
}

TEST(ConvolutionLayer, TakesAtLeastTheBytesThatItSays) {
  const ConvolutionLayer<float> layer(kPlan, SampleShape(kChannels, kSide, kSide), kNodes,
                                      /*reads_samples=*/true);
  // Activations and their gradient, in rows of a cache line.
  EXPECT_EQ(layer.PassBytes(kSamples), 2.0 * kSamples * kSide * kSide * 64);
  EXPECT_EQ(layer.inputs(), kChannels * kSide * kSide);
  EXPECT_EQ(layer.outputs(), kNodes * kSide * kSide);
}

}  // namespace
}  // namespace didact
