// Normals against random_reference.py, which computes them from the same words with 50 digits.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>

#include "didact/framework/base/normal_pairs-inl.h"
#include "didact/framework/base/random.h"
#include "gtest/gtest.h"
#include "tests/base/golden_streams.h"
#include "tests/base/reference_normals.h"

namespace didact {
namespace {

// The error that framework/base/random.h promises not to exceed.
constexpr double kLastPlaces = 8;

TEST(NormalPairs, AreRightToTheLastPlacesFromTheCentreToTheFarTails) {
  double largest_error = 0;
  double largest = 0;
  for (const ReferencePair& reference : ReadReference<ReferencePair>("normal_pairs.txt")) {
    double first, second;
    NormalPairs<OneLane>::Compute({reference.upper_radius, reference.lower_radius,
                                   reference.upper_angle, reference.lower_angle},
                                  first, second);
    const double error = std::max(ErrorInLastPlaces(first, reference.first),
                                  ErrorInLastPlaces(second, reference.second));
    EXPECT_LE(error, kLastPlaces) << std::hex << reference.upper_radius << " "
                                  << reference.lower_radius << " " << reference.upper_angle << " "
                                  << reference.lower_angle << ": " << first << " " << second;
    largest_error = std::max(largest_error, error);
    largest = std::max({largest, std::fabs(first), std::fabs(second)});
  }
  // The words reach the far tails.
  EXPECT_GT(largest, 8.5);
  std::cout << "largest error: " << largest_error << " units in the last place\n";
}

TEST(NormalPairs, IgnoreTheUpperHalvesOfWords) {
  double expected[2], actual[2];
  NormalPairs<OneLane>::Compute({1, 2, 3, 4}, expected[0], expected[1]);
  constexpr uint64_t kUpper = 0xABCDEF01'00000000;
  NormalPairs<OneLane>::Compute({kUpper | 1, kUpper | 2, kUpper | 3, kUpper | 4}, actual[0],
                                actual[1]);
  EXPECT_EQ(expected[0], actual[0]);
  EXPECT_EQ(expected[1], actual[1]);
}

// The two top bits of the angle exchange and negate the coordinates, which covers the whole circle.
TEST(NormalPairs, PointInAllDirections) {
  double straight[2];
  NormalPairs<OneLane>::Compute({1u << 31, 0, 1u << 28, 0}, straight[0], straight[1]);
  for (const uint64_t exchanged : {0, 1}) {
    for (const uint64_t negated : {0, 1}) {
      double pair[2];
      NormalPairs<OneLane>::Compute({1u << 31, 0, exchanged << 31 | negated << 30 | 1u << 28, 0},
                                    pair[0], pair[1]);
      EXPECT_EQ(pair[exchanged], negated ? -straight[0] : straight[0]);
      EXPECT_EQ(pair[1 - exchanged], negated ? -straight[1] : straight[1]);
    }
  }
}

TEST(RandomStream, NormalsOfStreamsAreThoseOfTheReference) {
  for (const ReferenceNormal& reference : ReadReference<ReferenceNormal>("random_normals.txt")) {
    const double normal = StreamAt(reference.seed, reference.path).Normal(reference.index);
    EXPECT_LE(ErrorInLastPlaces(normal, reference.normal), kLastPlaces)
        << reference.path << " of seed " << reference.seed << ", index " << reference.index;
  }
}

}  // namespace
}  // namespace didact
