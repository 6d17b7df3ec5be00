// Compares the memory that passes allocate with the bytes that they are said to take.

#include <cstdint>
#include <string>
#include <vector>

#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/pass.h"
#include "didact/framework/network/sample_shape.h"
#include "gtest/gtest.h"
#include "tests/base/allocation_meter.h"
#include "tests/network/plain_layers.h"

namespace didact {
namespace {

constexpr ConvolutionPlan kKernel = {3, 1, 1};
constexpr BatchNormPlan kAfter = {true, false};
constexpr BatchNormPlan kBefore = {true, true};
constexpr auto kLeaky = PlainActivation::kLeaky;

// In float, all rows of these networks are odd numbers of cache lines, or few, so that they have no
// padding (Matrix). Images have 5 x 5 pixels, after pooling 2 x 2.
std::vector<PlainPlan> Plans() {
  const SampleShape image(1, 5, 5);
  return {
      {"dense", 16, {{.width = 240, .activation = kLeaky}, {.width = 16, .activation = kLeaky}}, 2},
      {"dense_by_functions", 16, {{.width = 240}}, 2},
      {"batch_norm_before", 16, {{.width = 240, .batch_norm = kBefore, .activation = kLeaky}}, 2},
      {"batch_norm_after_function", 16, {{.width = 240, .batch_norm = kAfter}}, 2},
      {"convolutions",
       image,
       {{.width = 16, .convolution = kKernel, .activation = kLeaky},
        {.width = 16, .convolution = kKernel, .activation = kLeaky}},
       2},
      {"maximum",
       image,
       {{.width = 16,
         .convolution = kKernel,
         .batch_norm = kBefore,
         .pooling = PoolingPlan{true, 2, 2}}},
       2},
      {"mean",
       image,
       {{.width = 16,
         .convolution = kKernel,
         .batch_norm = kAfter,
         .pooling = PoolingPlan{false, 2, 2}}},
       2},
  };
}

double AllocatedBytes(const Network<float>& network, int64_t capacity, PassScope scope) {
  const AllocationMeter meter;
  const Pass<float> pass(network, capacity, scope);
  return static_cast<double>(meter.peak());
}

class PassMemoryTest : public testing::TestWithParam<PlainPlan> {};

TEST_P(PassMemoryTest, IsWhatPassBytesSays) {
  const auto network = MakePlainNetwork<float>(GetParam());
  for (const PassScope scope : {PassScope::kForward, PassScope::kForwardAndBackward}) {
    // The difference leaves out what does not depend on the number of samples.
    const double allocated =
        AllocatedBytes(*network, 1024, scope) - AllocatedBytes(*network, 512, scope);
    const double expected = PassBytes(*network, 1024, scope) - PassBytes(*network, 512, scope);
    EXPECT_NEAR(allocated, expected, 0.03 * expected) << "scope " << static_cast<int>(scope);
    EXPECT_GE(AllocatedBytes(*network, 512, scope), PassBytes(*network, 512, scope));
  }
}

TEST_P(PassMemoryTest, IsAtMostHalfAsMuchForTheForwardDirectionAlone) {
  const auto network = MakePlainNetwork<float>(GetParam());
  const auto allocated = [&network](PassScope scope) {
    return AllocatedBytes(*network, 1024, scope) - AllocatedBytes(*network, 512, scope);
  };
  EXPECT_LE(allocated(PassScope::kForward), 0.51 * allocated(PassScope::kForwardAndBackward));
}

INSTANTIATE_TEST_SUITE_P(Plans, PassMemoryTest, testing::ValuesIn(Plans()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace didact
