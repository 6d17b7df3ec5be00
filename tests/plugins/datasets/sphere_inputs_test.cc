#include <cmath>
#include <cstdint>
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
  auto dataset = BuildPlugin<Dataset<T>>(RegisterSphereInputs, text);
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return *std::move(dataset);
}

template <class T>
class SphereInputsTest : public testing::Test {
 protected:
  void ExpectNorms(const std::string& text, double radius) {
    auto dataset = Build<T>(text);
    ASSERT_TRUE(dataset->Prepare(ContextOfSeed<T>(1)).ok());
    const std::vector<T> inputs = ReadAll(*dataset);
    const int64_t features = Features(*dataset);
    for (int64_t i = 0; i < dataset->size(); ++i) {
      double square = 0;
      for (int64_t c = 0; c < features; ++c) {
        square += static_cast<double>(inputs[i * features + c]) * inputs[i * features + c];
      }
      ASSERT_NEAR(std::sqrt(square), radius, 4 * radius * std::numeric_limits<T>::epsilon());
    }
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SphereInputsTest, Precisions);

TYPED_TEST(SphereInputsTest, IsAPureFunctionOfSeedAndIndex) {
  ExpectPureFunctionOfSeedAndIndex<TypeParam>(
      [] { return Build<TypeParam>("dimension: 5 size: 131"); });
}

TYPED_TEST(SphereInputsTest, AllNormsAreTheRadius) {
  this->ExpectNorms("dimension: 17 size: 200 radius: 2.5", 2.5);
  this->ExpectNorms("dimension: 1 size: 200 radius: 2.5", 2.5);
}

TYPED_TEST(SphereInputsTest, TheRadiusIsTheRootOfTheDimensionUnlessGiven) {
  this->ExpectNorms("dimension: 100 size: 50", 10);
}

// On the unit sphere in d = 3 a component is uniform in [-1, 1] (Archimedes): its mean is 0, its
// square 1/3, its fourth power 1/5, so that the averages over N samples have standard deviations
// sqrt(1/3N), sqrt(4/45N); products of two components sqrt(1/15N). The bounds are 6 standard
// deviations: a false alarm in less than 2e-9 of seeds per check.
TYPED_TEST(SphereInputsTest, IsUniform) {
  constexpr int64_t kSize = 40000;
  auto dataset = Build<TypeParam>("dimension: 3 size: 40000 radius: 1");
  ASSERT_TRUE(dataset->Prepare(ContextOfSeed<TypeParam>(3)).ok());
  const std::vector<TypeParam> x = ReadAll(*dataset);
  const double unit = 6 / std::sqrt(static_cast<double>(kSize));
  for (int a = 0; a < 3; ++a) {
    const int b = (a + 1) % 3;
    double mean = 0, square = 0, product = 0;
    for (int64_t i = 0; i < kSize; ++i) {
      mean += x[3 * i + a] / kSize;
      square += x[3 * i + a] * x[3 * i + a] / kSize;
      product += x[3 * i + a] * x[3 * i + b] / kSize;
    }
    EXPECT_NEAR(mean, 0, unit / std::sqrt(3.0));
    EXPECT_NEAR(square, 1.0 / 3, unit * std::sqrt(4.0 / 45));
    EXPECT_NEAR(product, 0, unit / std::sqrt(15.0));
  }
}

TEST(SphereInputs, SaysItsShapeAndSize) {
  auto dataset = Build<double>("dimension: 7 size: 11");
  EXPECT_EQ(dataset->sample_shape(), (std::vector<int64_t>{7}));
  EXPECT_EQ(dataset->size(), 11);
}

TEST(SphereInputs, PinsItsSeedOnRequest) {
  EXPECT_EQ(Build<double>("dimension: 1 size: 1")->stream_seed(), std::nullopt);
  EXPECT_EQ(Build<double>("dimension: 1 size: 1 stream_seed: 7")->stream_seed(), 7u);
}

TEST(SphereInputs, RefusesImpossibleConfigs) {
  const auto dataset =
      BuildPlugin<Dataset<double>>(RegisterSphereInputs, "dimension: 3 size: 1 radius: 0");
  EXPECT_EQ(Message(dataset), "radius: must be > 0, got 0");
}

}  // namespace
}  // namespace didact
