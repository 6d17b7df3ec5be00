// The distribution of normal random numbers in both precisions, tested with streams of fixed seeds:
// the tests never fail by chance. The false-alarm rate is the part of all seeds of which a perfect
// generator would fail; a test that checks N numbers of such a rate states the rate of all
// together.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/random_numbers.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

template <class T>
class NormalDistribution : public testing::Test {
 protected:
  static std::vector<T> Normals(const RandomStream& random, uint64_t first, int64_t count) {
    std::vector<T> normals(count);
    FillNormals(random, first, absl::MakeSpan(normals));
    return normals;
  }

  // Calls use(numbers) for pieces of the numbers 0 to count - 1 of a stream.
  static void ForEachPiece(const RandomStream& random, int64_t count,
                           const std::function<void(const std::vector<T>&)>& use) {
    constexpr int64_t kPiece = int64_t{1} << 16;
    for (int64_t first = 0; first < count; first += kPiece) {
      use(Normals(random, static_cast<uint64_t>(first), std::min(kPiece, count - first)));
    }
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(NormalDistribution, Precisions);

// Upper bound of a mean's distance from its expectation, in standard deviations: for a normal mean,
// a false alarm in 2e-9 of all seeds.
constexpr double kDeviations = 6;

double StandardNormalDistribution(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }

// Six checks have a rate of 2e-8. The numbers beyond 6 contribute little to the mean of the sixth
// power, so that it is normal enough.
TYPED_TEST(NormalDistribution, HasTheMomentsToTheSixth) {
  constexpr int64_t kCount = int64_t{1} << 24;
  std::array<double, 7> sums{};
  this->ForEachPiece(RandomStream(11, "moments"), kCount, [&](const auto& numbers) {
    for (const double x : numbers) {
      double power = 1;
      for (int k = 1; k <= 6; ++k) sums[k] += power *= x;
    }
  });
  constexpr double kMoments[] = {1, 0, 1, 0, 3, 0, 15};
  constexpr double kVariances[] = {0, 1, 2, 15, 96, 945, 10170};
  for (int k = 1; k <= 6; ++k) {
    EXPECT_NEAR(sums[k] / kCount, kMoments[k], kDeviations * std::sqrt(kVariances[k] / kCount))
        << "power " << k;
  }
}

// The probability of `count` or fewer events, and of `count` or more, where `mean` are expected.
std::pair<double, double> PoissonTails(int64_t count, double mean) {
  double lower = 0;
  double upper = 0;
  for (int64_t k = 0; k < 2000; ++k) {
    const double probability =
        std::exp(static_cast<double>(k) * std::log(mean) - mean - std::lgamma(k + 1.0));
    if (k <= count) lower += probability;
    if (k >= count) upper += probability;
  }
  return {lower, upper};
}

// Counts the numbers that lie beyond 4.5, 5 and 5.5 on either side: 456, 38 and 2.5 are expected.
// Twelve probabilities of 1e-9: rate 1.2e-8.
TYPED_TEST(NormalDistribution, HasTheTailsBeyondFiveStandardDeviations) {
  constexpr int64_t kCount = int64_t{1} << 27;
  constexpr double kBounds[] = {4.5, 5, 5.5};
  int64_t above[3] = {};
  int64_t below[3] = {};
  this->ForEachPiece(RandomStream(12, "tails"), kCount, [&](const auto& numbers) {
    for (const double x : numbers) {
      if (std::fabs(x) < kBounds[0]) [[likely]]
        continue;
      for (int b = 0; b < 3; ++b) {
        above[b] += x > kBounds[b];
        below[b] += x < -kBounds[b];
      }
    }
  });
  for (int b = 0; b < 3; ++b) {
    const double expected = kCount * StandardNormalDistribution(-kBounds[b]);
    for (const int64_t count : {above[b], below[b]}) {
      const auto [fewer, more] = PoissonTails(count, expected);
      EXPECT_GT(fewer, 1e-9) << count << " beyond " << kBounds[b] << ", expected " << expected;
      EXPECT_GT(more, 1e-9) << count << " beyond " << kBounds[b] << ", expected " << expected;
    }
  }
}

// Means of x y, x y^2, x^2 y and x^2 y^2 for the numbers of two lists, squares without their mean
// and scaled to variance 1: each has the standard deviation 1 / sqrt(n). Four checks, rate 8e-9.
template <class T>
void ExpectUncorrelated(absl::Span<const T> a, absl::Span<const T> b, const std::string& what) {
  double sums[4] = {};
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i];
    const double xx = (x * x - 1) * std::sqrt(0.5);
    const double yy = (y * y - 1) * std::sqrt(0.5);
    sums[0] += x * y;
    sums[1] += x * yy;
    sums[2] += xx * y;
    sums[3] += xx * yy;
  }
  const double n = static_cast<double>(a.size());
  for (int s = 0; s < 4; ++s) {
    EXPECT_NEAR(sums[s] / n, 0, kDeviations / std::sqrt(n)) << what << ", product " << s;
  }
}

// Neighbours, numbers of one place in different vectors of a kernel, and the same component of
// neighbouring samples of 5 and of 100 components. Fourteen pairs of lists, rate 1.1e-7.
TYPED_TEST(NormalDistribution, HasIndependentNeighboursAndSamples) {
  constexpr int64_t kCount = int64_t{1} << 22;
  const auto numbers = this->Normals(RandomStream(13, "neighbours"), 0, kCount + 128);
  const auto all = absl::MakeConstSpan(numbers);
  for (const int64_t distance : {1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 100, 127, 128}) {
    ExpectUncorrelated(all.subspan(0, kCount), all.subspan(distance, kCount),
                       "distance " + std::to_string(distance));
  }
}

// Even and odd numbers are made in pairs: one list of each kind, so that no other pair dilutes a
// dependence. Rate 8e-9.
TYPED_TEST(NormalDistribution, HasIndependentNumbersInAPair) {
  constexpr int64_t kPairs = int64_t{1} << 22;
  const auto numbers = this->Normals(RandomStream(14, "pairs"), 0, 2 * kPairs);
  std::vector<TypeParam> even, odd;
  for (int64_t i = 0; i < kPairs; ++i) {
    even.push_back(numbers[2 * i]);
    odd.push_back(numbers[2 * i + 1]);
  }
  ExpectUncorrelated<TypeParam>(even, odd, "pairs");
}

// The same indices of streams whose names, numbers or seeds are neighbours. Fifteen pairs of lists,
// rate 1.2e-7.
TYPED_TEST(NormalDistribution, HasIndependentStreamsAndSeeds) {
  constexpr int64_t kCount = int64_t{1} << 21;
  const RandomStream streams[] = {RandomStream(1, "train_data"),
                                  RandomStream(1, "eval_data"),
                                  RandomStream(2, "train_data"),
                                  RandomStream((uint64_t{1} << 32) + 1, "train_data"),
                                  RandomStream(1, "train_data").Split(uint64_t{0}),
                                  RandomStream(1, "train_data").Split(uint64_t{1})};
  std::vector<std::vector<TypeParam>> lists;
  for (const RandomStream& stream : streams) lists.push_back(this->Normals(stream, 0, kCount));
  for (size_t a = 0; a < lists.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      ExpectUncorrelated<TypeParam>(lists[a], lists[b],
                                    std::to_string(a) + " and " + std::to_string(b));
    }
  }
}

// Bounds a chi-square statistic with `freedom` degrees of freedom from above and below, by six
// deviations in Wilson and Hilferty's approximation: a rate of 2e-9.
void ExpectChiSquare(double statistic, double freedom) {
  const double part = 2 / (9 * freedom);
  const double deviations = (std::cbrt(statistic / freedom) - (1 - part)) / std::sqrt(part);
  EXPECT_NEAR(deviations, 0, kDeviations) << statistic << ", " << freedom << " degrees of freedom";
}

int64_t Cell(double x, int64_t cells) {
  const int64_t cell = static_cast<int64_t>(StandardNormalDistribution(x) * cells);
  return std::min(cell, cells - 1);
}

// Cells of equal probability.
TYPED_TEST(NormalDistribution, PassesTheChiSquareTest) {
  constexpr int64_t kCount = int64_t{1} << 23;
  constexpr int64_t kCells = 4096;
  std::vector<int64_t> counts(kCells);
  this->ForEachPiece(RandomStream(15, "chi-square"), kCount, [&](const auto& numbers) {
    for (const double x : numbers) ++counts[Cell(x, kCells)];
  });
  double statistic = 0;
  constexpr double kExpected = static_cast<double>(kCount) / kCells;
  for (const int64_t count : counts) {
    statistic += (count - kExpected) * (count - kExpected) / kExpected;
  }
  ExpectChiSquare(statistic, kCells - 1);
}

// Cells of the plane, for pairs and for numbers of neighbouring pairs. Two checks, rate 4e-9.
TYPED_TEST(NormalDistribution, PassesTheChiSquareTestInThePlane) {
  constexpr int64_t kCount = int64_t{1} << 22;
  constexpr int64_t kCells = 64;
  const auto numbers = this->Normals(RandomStream(16, "plane"), 0, 2 * kCount + 1);
  for (const int64_t first : {0, 1}) {
    std::vector<int64_t> counts(kCells * kCells);
    for (int64_t i = 0; i < kCount; ++i) {
      ++counts[Cell(numbers[2 * i + first], kCells) * kCells +
               Cell(numbers[2 * i + first + 1], kCells)];
    }
    double statistic = 0;
    constexpr double kExpected = static_cast<double>(kCount) / (kCells * kCells);
    for (const int64_t count : counts) {
      statistic += (count - kExpected) * (count - kExpected) / kExpected;
    }
    ExpectChiSquare(statistic, kCells * kCells - 1);
  }
}

// Kolmogorov and Smirnov: the largest distance of the distribution functions times sqrt(n) exceeds
// 3.3 with a probability of 2 exp(-2 3.3^2) = 7e-10 and is below 0.25 with one of 3e-8.
TYPED_TEST(NormalDistribution, PassesTheKolmogorovSmirnovTest) {
  constexpr int64_t kCount = int64_t{1} << 22;
  auto numbers = this->Normals(RandomStream(17, "kolmogorov"), 0, kCount);
  std::sort(numbers.begin(), numbers.end());
  double largest = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    const double expected = StandardNormalDistribution(numbers[i]);
    largest = std::max({largest, expected - static_cast<double>(i) / kCount,
                        static_cast<double>(i + 1) / kCount - expected});
  }
  const double statistic = largest * std::sqrt(static_cast<double>(kCount));
  EXPECT_LT(statistic, 3.3);
  EXPECT_GT(statistic, 0.25);
}

}  // namespace
}  // namespace didact
