#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
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
  auto dataset = BuildPlugin<Dataset<T>>(RegisterGaussianInputs, text);
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return *std::move(dataset);
}

template <class T>
class GaussianInputsTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(GaussianInputsTest, Precisions);

TYPED_TEST(GaussianInputsTest, IsAPureFunctionOfSeedAndIndex) {
  ExpectPureFunctionOfSeedAndIndex<TypeParam>(
      [] { return Build<TypeParam>("dimension: 5 size: 131"); });
  ExpectPureFunctionOfSeedAndIndex<TypeParam>(
      [] { return Build<TypeParam>("dimension: 4 size: 131"); });
}

TYPED_TEST(GaussianInputsTest, ALargerSetBeginsWithTheSmaller) {
  auto small = Build<TypeParam>("dimension: 3 size: 10");
  auto large = Build<TypeParam>("dimension: 3 size: 100");
  ASSERT_TRUE(small->Prepare(ContextOfSeed<TypeParam>(1)).ok());
  ASSERT_TRUE(large->Prepare(ContextOfSeed<TypeParam>(1)).ok());
  std::vector<TypeParam> begin = ReadAll(*large);
  begin.resize(30);
  EXPECT_EQ(ReadAll(*small), begin);
}

TYPED_TEST(GaussianInputsTest, SaysItsShapeAndSize) {
  auto dataset = Build<TypeParam>("dimension: 7 size: 11");
  EXPECT_EQ(dataset->sample_shape(), (std::vector<int64_t>{7}));
  EXPECT_EQ(dataset->size(), 11);
  EXPECT_FALSE(dataset->has_labels());
}

// Over N samples of standard normals, means and products have standard deviations sqrt(1/N),
// squares sqrt(2/N), fourth powers sqrt(96/N). The bounds are 6 standard deviations: a false alarm
// in less than 2e-9 of seeds per check, 1e-7 in all.
TYPED_TEST(GaussianInputsTest, HasTheMomentsOfIndependentNormals) {
  constexpr int64_t kDimension = 5;
  constexpr int64_t kSize = 40000;
  auto dataset = Build<TypeParam>("dimension: 5 size: 40000 stddev: 1.5");
  ASSERT_TRUE(dataset->Prepare(ContextOfSeed<TypeParam>(3)).ok());
  const std::vector<TypeParam> inputs = ReadAll(*dataset);
  const double unit = 6 / std::sqrt(static_cast<double>(kSize));
  for (int64_t a = 0; a < kDimension; ++a) {
    double mean = 0, fourth = 0;
    for (int64_t i = 0; i < kSize; ++i) {
      const double z = inputs[i * kDimension + a] / 1.5;
      mean += z / kSize;
      fourth += z * z * z * z / kSize;
    }
    EXPECT_NEAR(mean, 0, unit) << a;
    EXPECT_NEAR(fourth, 3, unit * std::sqrt(96.0)) << a;
    for (int64_t b = 0; b <= a; ++b) {
      double here = 0, next = 0;
      for (int64_t i = 0; i + 1 < kSize; ++i) {
        const double z = inputs[i * kDimension + a] / 1.5;
        here += z * inputs[i * kDimension + b] / 1.5 / (kSize - 1);
        next += z * inputs[(i + 1) * kDimension + b] / 1.5 / (kSize - 1);
      }
      EXPECT_NEAR(here, a == b, unit * std::sqrt(2.0)) << a << ", " << b;
      EXPECT_NEAR(next, 0, unit * 1.01) << a << ", " << b << " of neighbouring samples";
    }
  }
}

// Normals in float are within 6e-7 max(1, |x|) of the doubles (framework/kernels/random_numbers.h);
// scaling rounds once more.
TEST(GaussianInputs, FloatsAreTheDoublesToTheirPrecision) {
  auto single = Build<float>("dimension: 3 size: 50 stddev: 0.3");
  auto twice = Build<double>("dimension: 3 size: 50 stddev: 0.3");
  ASSERT_TRUE(single->Prepare(ContextOfSeed<float>(1)).ok());
  ASSERT_TRUE(twice->Prepare(ContextOfSeed<double>(1)).ok());
  const std::vector<float> floats = ReadAll(*single);
  const std::vector<double> doubles = ReadAll(*twice);
  ASSERT_EQ(floats.size(), doubles.size());
  for (size_t i = 0; i < doubles.size(); ++i) {
    EXPECT_NEAR(floats[i], doubles[i], 0.3 * 8e-7 * std::max(1.0, std::fabs(doubles[i] / 0.3)));
  }
}

TEST(GaussianInputs, PinsItsSeedOnRequest) {
  EXPECT_EQ(Build<double>("dimension: 1 size: 1")->stream_seed(), std::nullopt);
  EXPECT_EQ(Build<double>("dimension: 1 size: 1 stream_seed: 0")->stream_seed(), 0u);
}

TEST(GaussianInputs, StandardDeviationIsOneUnlessGiven) {
  auto unit = Build<double>("dimension: 2 size: 9");
  auto wide = Build<double>("dimension: 2 size: 9 stddev: 2");
  ASSERT_TRUE(unit->Prepare(ContextOfSeed<double>(1)).ok());
  ASSERT_TRUE(wide->Prepare(ContextOfSeed<double>(1)).ok());
  std::vector<double> doubled = ReadAll(*unit);
  for (double& x : doubled) x *= 2;
  EXPECT_EQ(ReadAll(*wide), doubled);
}

TEST(GaussianInputs, RefusesImpossibleConfigs) {
  const auto dataset =
      BuildPlugin<Dataset<double>>(RegisterGaussianInputs, "dimension: 0 size: -3 stddev: 0");
  EXPECT_EQ(Message(dataset),
            "dimension: must be >= 1 and <= 100000000, got 0\n"
            "size: must be >= 1 and <= 1000000000, got -3\n"
            "stddev: must be > 0, got 0");
}

}  // namespace
}  // namespace didact
