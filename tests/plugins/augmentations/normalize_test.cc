#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/plugins/augmentations/augmentations.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"

namespace didact {
namespace {

template <class T>
class NormalizeTest : public testing::Test {
 protected:
  static std::unique_ptr<Augmentation<T>> Built(const std::string& config) {
    return BuildPlugin<Augmentation<T>>(RegisterNormalize, config).value();
  }
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(NormalizeTest, Precisions);

// All numbers are exact in both precisions.
TYPED_TEST(NormalizeTest, SubtractsTheMeanOfTheChannelAndDividesByItsDeviation) {
  const auto normalize = this->Built("mean: [1, -2, 0.5] stddev: [2, 0.25, 1]");
  ASSERT_EQ(normalize->Prepare({3, 3, 5}), absl::OkStatus());
  constexpr int64_t kPixels = 15;
  constexpr int64_t kStride = 3 * kPixels + 2;
  std::vector<TypeParam> inputs(2 * kStride, TypeParam(-9));
  for (int64_t i = 0; i < 2; ++i) {
    for (int64_t j = 0; j < 3 * kPixels; ++j) inputs[i * kStride + j] = TypeParam(8 * i + j);
  }
  normalize->Apply(RandomStream(1, "normalize"),
                   ArrayView<TypeParam>(inputs.data(), {2, 3 * kPixels}, {kStride, 1}));
  const double mean[] = {1, -2, 0.5};
  const double stddev[] = {2, 0.25, 1};
  for (int64_t i = 0; i < 2; ++i) {
    for (int64_t j = 0; j < 3 * kPixels; ++j) {
      const int64_t channel = j / kPixels;
      EXPECT_EQ(inputs[i * kStride + j], (8.0 * i + j - mean[channel]) / stddev[channel])
          << i << " " << j;
    }
    EXPECT_EQ(inputs[i * kStride + 3 * kPixels], -9);
    EXPECT_EQ(inputs[i * kStride + 3 * kPixels + 1], -9);
  }
}

TYPED_TEST(NormalizeTest, TakesOneNumberForAllChannels) {
  const auto normalize = this->Built("mean: 1 stddev: [2, 4]");
  ASSERT_EQ(normalize->Prepare({2, 1, 2}), absl::OkStatus());
  std::vector<TypeParam> inputs = {1, 3, 5, 9};
  normalize->Apply(RandomStream(1, "normalize"), ArrayView<TypeParam>(inputs.data(), {1, 4}));
  EXPECT_EQ(inputs, (std::vector<TypeParam>{0, 1, 1, 2}));
}

TYPED_TEST(NormalizeTest, TakesFeaturesForChannels) {
  const auto normalize = this->Built("mean: [1, 2, 3] stddev: 2");
  ASSERT_EQ(normalize->Prepare({3}), absl::OkStatus());
  std::vector<TypeParam> inputs = {1, 2, 3, 3, 6, 9};
  normalize->Apply(RandomStream(1, "normalize"), ArrayView<TypeParam>(inputs.data(), {2, 3}));
  EXPECT_EQ(inputs, (std::vector<TypeParam>{0, 0, 0, 1, 2, 3}));
}

TYPED_TEST(NormalizeTest, IsNotRandom) {
  EXPECT_FALSE(this->Built("mean: 0 stddev: 1")->is_random());
}

TEST(Normalize, RefusesNumbersThatFitNoChannels) {
  const auto message = [](const std::string& config, const std::vector<int64_t>& shape) {
    const auto normalize = BuildPlugin<Augmentation<float>>(RegisterNormalize, config).value();
    return std::string(normalize->Prepare(shape).message());
  };
  EXPECT_EQ(message("mean: [1, 2] stddev: 1", {3, 8, 8}),
            "mean: must have one number for all channels or one for each, 3, got 2");
  EXPECT_EQ(message("mean: 1 stddev: [1, 2, 3]", {1, 8, 8}),
            "stddev: must have one number for all channels or one for each, 1, got 3");
  EXPECT_EQ(message("mean: [1, 2, 3] stddev: 1", {12}),
            "mean: must have one number for all channels or one for each, 12, got 3");
}

TEST(Normalize, NeedsBothNumbersAndAWidth) {
  const auto message = [](const std::string& config) {
    return std::string(
        BuildPlugin<Augmentation<float>>(RegisterNormalize, config).status().message());
  };
  EXPECT_EQ(message("mean: 0"),
            "stddev: must be given at least once, such as stddev: [0.2470, 0.2435, 0.2616]");
  EXPECT_EQ(message("stddev: 1"),
            "mean: must be given at least once, such as mean: [0.4914, 0.4822, 0.4465]");
  EXPECT_EQ(message("mean: 0 stddev: [1, 0]"), "stddev[1]: must be > 0, got 0");
}

}  // namespace
}  // namespace didact
