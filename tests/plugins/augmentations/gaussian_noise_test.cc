#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/plugins/augmentations/augmentations.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"

namespace didact {
namespace {

template <class T>
class GaussianNoiseTest : public testing::Test {
 protected:
  static std::unique_ptr<Augmentation<T>> Built(const std::string& config) {
    return BuildPlugin<Augmentation<T>>(RegisterGaussianNoise, config).value();
  }
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(GaussianNoiseTest, Precisions);

TYPED_TEST(GaussianNoiseTest, AddsTheNumbersOfTheRowsOwnStream) {
  const RandomStream random(3, "noise");
  // Rows are longer than the pieces in which the augmentation draws its numbers.
  constexpr int64_t kFeatures = 600;
  constexpr int64_t kStride = kFeatures + 2;
  std::vector<TypeParam> inputs(4 * kStride, TypeParam(2));
  const ArrayView<TypeParam> view(inputs.data(), {4, kFeatures}, {kStride, 1});
  this->Built("stddev: 0.5")->Apply(random, view);
  for (int64_t r = 0; r < 4; ++r) {
    for (int64_t j = 0; j < kFeatures; ++j) {
      TypeParam normal;
      FillNormals(random.Split(static_cast<uint64_t>(r)), static_cast<uint64_t>(j),
                  absl::MakeSpan(&normal, 1));
      EXPECT_EQ(view(r, j), TypeParam(2) + TypeParam(0.5) * normal);
    }
    EXPECT_EQ(inputs[r * kStride + kFeatures], 2);
    EXPECT_EQ(inputs[r * kStride + kFeatures + 1], 2);
  }
}

TYPED_TEST(GaussianNoiseTest, OfNoWidthChangesNothing) {
  std::vector<TypeParam> inputs = {1, -2, 3};
  this->Built("stddev: 0")
      ->Apply(RandomStream(1, "noise"), ArrayView<TypeParam>(inputs.data(), {1, 3}));
  EXPECT_EQ(inputs, (std::vector<TypeParam>{1, -2, 3}));
}

// With n = 100000 numbers of standard deviation s, the mean has standard deviation s / sqrt n and
// the mean square s^2 sqrt(2 / n). The bound is six of them: a false alarm for 2e-9 of all seeds;
// this seed is fixed.
TYPED_TEST(GaussianNoiseTest, HasMeanZeroAndItsStandardDeviation) {
  constexpr int64_t kCount = 100000;
  constexpr double kStddev = 1.5;
  std::vector<TypeParam> inputs(kCount, TypeParam(0));
  this->Built("stddev: 1.5")
      ->Apply(RandomStream(5, "noise"), ArrayView<TypeParam>(inputs.data(), {100, 1000}));
  double sum = 0;
  double squares = 0;
  for (const TypeParam input : inputs) {
    sum += input;
    squares += static_cast<double>(input) * input;
  }
  EXPECT_NEAR(sum / kCount, 0, 6 * kStddev / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, kStddev * kStddev, 6 * kStddev * kStddev * std::sqrt(2.0 / kCount));
}

TEST(GaussianNoise, NeedsAWidth) {
  EXPECT_EQ(BuildPlugin<Augmentation<double>>(RegisterGaussianNoise, "").status().message(),
            "stddev: must be given, such as stddev: 0.1");
}

TEST(GaussianNoise, RefusesANegativeWidth) {
  EXPECT_EQ(
      BuildPlugin<Augmentation<double>>(RegisterGaussianNoise, "stddev: -1").status().message(),
      "stddev: must be >= 0, got -1");
}

}  // namespace
}  // namespace didact
