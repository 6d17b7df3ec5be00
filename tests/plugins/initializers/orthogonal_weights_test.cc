#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "didact/plugins/initializers/initializers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/initializers/apply_initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

template <class T>
class OrthogonalWeightsTest : public testing::Test {
 protected:
  // Returns the largest deviation of W W' (or W' W if there are more rows than columns) from the
  // identity.
  static double Deviation(const ArrayView<T>& weight) {
    const ArrayView<T> vectors = weight.shape(0) > weight.shape(1) ? weight.transposed() : weight;
    double worst = 0;
    for (int64_t a = 0; a < vectors.shape(0); ++a) {
      for (int64_t b = 0; b < vectors.shape(0); ++b) {
        double product = 0;
        for (int64_t k = 0; k < vectors.shape(1); ++k)
          product += static_cast<double>(vectors(a, k)) * vectors(b, k);
        worst = std::max(worst, std::fabs(product - (a == b ? 1 : 0)));
      }
    }
    return worst;
  }
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(OrthogonalWeightsTest, Precisions);

TYPED_TEST(OrthogonalWeightsTest, HaveOrthonormalRowsOrColumns) {
  // There are wide, tall and square layers, and one of one node.
  TestNetwork<TypeParam> network({70, 40, 61, 61, 1, 5});
  network.Randomize(1);
  ASSERT_TRUE(ApplyInitializer(RegisterOrthogonalWeights, "", network).ok());
  for (int64_t l = 0; l < network.layers(); ++l) {
    // Floats are rounded once: the tolerance is 8 units. In double the factorization itself rounds,
    // 61 times or more.
    EXPECT_LE(this->Deviation(network.weight(l)), sizeof(TypeParam) == 4 ? 1e-6 : 2e-14)
        << "layer " << l;
    EXPECT_THAT(network.Bias(l), testing::Each(0));
  }
  EXPECT_TRUE(network.PaddingIsIntact());
}

// In some draws the two vectors are parallel to a few parts in ten thousand, because the angle
// between them is uniform. The remainder of the second one then has rounding errors that are larger
// by this factor, about 1e-13, unless it is made orthogonal to the first one again.
TYPED_TEST(OrthogonalWeightsTest, StayOrthogonalWhereTheDrawIsNearlyParallel) {
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    TestNetwork<TypeParam> network({2, 2});
    ASSERT_TRUE(ApplyInitializer(RegisterOrthogonalWeights, "", network, seed).ok());
    ASSERT_LE(this->Deviation(network.weight(0)), 8 * std::numeric_limits<TypeParam>::epsilon())
        << "seed " << seed;
  }
}

TYPED_TEST(OrthogonalWeightsTest, AreTimesTheGain) {
  TestNetwork<TypeParam> one({8, 4});
  TestNetwork<TypeParam> three({8, 4});
  ASSERT_TRUE(ApplyInitializer(RegisterOrthogonalWeights, "", one).ok());
  ASSERT_TRUE(ApplyInitializer(RegisterOrthogonalWeights, "gain: -3", three).ok());
  // Both values are rounded, and none is above 3.
  constexpr double kTolerance = 4 * std::numeric_limits<TypeParam>::epsilon();
  for (int64_t j = 0; j < 8; ++j)
    EXPECT_NEAR(three.weight(0)(2, j), -3 * one.weight(0)(2, j), kTolerance);
}

// The first row is a normal vector, scaled. Since the diagonal of R is positive, <first row of Q,
// first row of the draw> > 0. Under the Haar measure every entry of an n x n matrix has mean 0 and
// variance 1/n, and the trace has mean 0 and variance 1. Over N matrices (N = 4000, n = 3) the mean
// trace has standard deviation 1/sqrt N; its square has mean 1 and variance below 2 (the fourth
// moment of the trace is below 3). The bound is six deviations: a false alarm for 2e-9 of all
// seeds; this seed is fixed.
TEST(OrthogonalWeights, AreDistributedUniformly) {
  constexpr int kMatrices = 4000;
  double trace_sum = 0;
  double trace_squares = 0;
  double corner_squares = 0;
  for (int seed = 0; seed < kMatrices; ++seed) {
    TestNetwork<double> network({3, 3});
    ASSERT_TRUE(
        ApplyInitializer(RegisterOrthogonalWeights, "", network, static_cast<uint64_t>(seed)).ok());
    const ArrayView<double>& q = network.weight(0);
    const double trace = q(0, 0) + q(1, 1) + q(2, 2);
    trace_sum += trace;
    trace_squares += trace * trace;
    corner_squares += q(2, 2) * q(2, 2);
  }
  EXPECT_NEAR(trace_sum / kMatrices, 0, 6 / std::sqrt(kMatrices));
  EXPECT_NEAR(trace_squares / kMatrices, 1, 6 * std::sqrt(2.0 / kMatrices));
  // The square of an entry has mean 1/3 and variance 4/45.
  EXPECT_NEAR(corner_squares / kMatrices, 1.0 / 3, 6 * std::sqrt(4.0 / 45 / kMatrices));
}

TEST(OrthogonalWeights, RefuseALayerThatIsNotThere) {
  TestNetwork<double> network({3, 4});
  EXPECT_EQ(ApplyInitializer(RegisterOrthogonalWeights, "layer: 1", network).message(),
            "layer[0]: must be a layer, 0 to 0, got 1");
}

}  // namespace
}  // namespace didact
