#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "didact/framework/plugin/dataset.h"
#include "didact/plugins/datasets/datasets.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/datasets/read_all.h"

namespace didact {
namespace {

template <class T>
std::unique_ptr<Dataset<T>> Build(const std::string& text) {
  auto dataset = BuildPlugin<Dataset<T>>(RegisterUniformInputs, text);
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return *std::move(dataset);
}

template <class T>
class UniformInputsTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(UniformInputsTest, Precisions);

TYPED_TEST(UniformInputsTest, IsAPureFunctionOfSeedAndIndex) {
  ExpectPureFunctionOfSeedAndIndex<TypeParam>(
      [] { return Build<TypeParam>("dimension: 5 size: 131"); });
}

TYPED_TEST(UniformInputsTest, SaysItsShapeAndSize) {
  auto dataset = Build<TypeParam>("dimension: 7 size: 11");
  EXPECT_EQ(dataset->sample_shape(), (std::vector<int64_t>{7}));
  EXPECT_EQ(dataset->size(), 11);
}

// For u uniform in [0, 1) the mean has standard deviation sqrt(1/12N), the mean square sqrt(4/45N);
// products of the centred u sqrt(1/144N). The bounds are 6 standard deviations: a false alarm in
// less than 2e-9 of seeds per check.
TYPED_TEST(UniformInputsTest, HasTheMomentsOfIndependentUniforms) {
  constexpr int64_t kSize = 40000;
  auto dataset = Build<TypeParam>("dimension: 2 size: 40000 low: -3 high: 5");
  ASSERT_TRUE(dataset->Prepare(ContextOfSeed<TypeParam>(3)).ok());
  const std::vector<TypeParam> inputs = ReadAll(*dataset);
  double mean[2] = {}, square[2] = {}, product = 0;
  for (int64_t i = 0; i < kSize; ++i) {
    double u[2];
    for (int c = 0; c < 2; ++c) {
      ASSERT_GE(inputs[2 * i + c], -3);
      ASSERT_LT(inputs[2 * i + c], 5);
      u[c] = (inputs[2 * i + c] + 3) / 8;
      mean[c] += u[c] / kSize;
      square[c] += u[c] * u[c] / kSize;
    }
    product += (u[0] - 0.5) * (u[1] - 0.5) / kSize;
  }
  const double unit = 6 / std::sqrt(static_cast<double>(kSize));
  for (int c = 0; c < 2; ++c) {
    EXPECT_NEAR(mean[c], 0.5, unit / std::sqrt(12.0));
    EXPECT_NEAR(square[c], 1.0 / 3, unit * std::sqrt(4.0 / 45));
  }
  EXPECT_NEAR(product, 0, unit / 12);
}

// In float, almost every number of [1, 1 + 2^-23) would round to one of the ends.
TEST(UniformInputs, NeverReachesItsUpperEnd) {
  auto dataset = Build<float>("dimension: 10 size: 100 low: 1 high: 1.00000011920928955078125");
  ASSERT_TRUE(dataset->Prepare(ContextOfSeed<float>(1)).ok());
  for (const float x : ReadAll(*dataset)) EXPECT_EQ(x, 1.0f);
}

TEST(UniformInputs, SpansTheWholeRangeOfDoubles) {
  auto dataset = Build<double>("dimension: 10 size: 10 low: -1.7e308 high: 1.7e308");
  ASSERT_TRUE(dataset->Prepare(ContextOfSeed<double>(1)).ok());
  for (const double x : ReadAll(*dataset)) EXPECT_TRUE(std::isfinite(x));
}

TEST(UniformInputs, IsCentredUnlessToldOtherwise) {
  auto dataset = Build<double>("dimension: 100 size: 100");
  ASSERT_TRUE(dataset->Prepare(ContextOfSeed<double>(1)).ok());
  double least = 0, most = 0;
  for (const double x : ReadAll(*dataset)) {
    least = std::min(least, x);
    most = std::max(most, x);
  }
  // The probability that none of 10000 comes this close to an end is (1 - 0.0025)^10000 = 1e-11.
  EXPECT_GE(least, -1);
  EXPECT_LT(least, -0.995);
  EXPECT_LT(most, 1);
  EXPECT_GT(most, 0.995);
}

TEST(UniformInputs, PinsItsSeedOnRequest) {
  EXPECT_EQ(Build<double>("dimension: 1 size: 1")->stream_seed(), std::nullopt);
  EXPECT_EQ(Build<double>("dimension: 1 size: 1 stream_seed: 7")->stream_seed(), 7u);
}

TEST(UniformInputs, RefusesAnEmptyInterval) {
  EXPECT_EQ(Message(BuildPlugin<Dataset<double>>(RegisterUniformInputs,
                                                 "dimension: 1 size: 1 low: 0.5 high: 0.5")),
            "high: must be > low, which is 0.5, got 0.5");
  EXPECT_EQ(
      Message(BuildPlugin<Dataset<double>>(RegisterUniformInputs, "dimension: 1 size: 1 low: 2")),
      "high: must be > low, which is 2, got 1");
}

TEST(UniformInputs, RefusesAnIntervalThatIsEmptyInFloatPrecision) {
  const std::string text = "dimension: 1 size: 1 low: 1 high: 1.000000001";
  EXPECT_TRUE(BuildPlugin<Dataset<double>>(RegisterUniformInputs, text).ok());
  EXPECT_EQ(Message(BuildPlugin<Dataset<float>>(RegisterUniformInputs, text)),
            "high: must be > low, which is 1, got 1.000000001 (in float precision)");
}

}  // namespace
}  // namespace didact
