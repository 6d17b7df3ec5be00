#include "didact/framework/base/random.h"

#include <cmath>
#include <cstdint>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAre;

// The authors of Philox publish these known answers with their library (Random123).
TEST(Philox4x32, GivesThePublishedAnswers) {
  EXPECT_THAT(Philox4x32({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(
      Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
      ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(
      Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(RandomStream, StreamsOfOtherSeedsNamesAndPartsDiffer) {
  const RandomStream stream(1, "teacher");
  const uint64_t bits = stream.Bits(0);
  EXPECT_NE(bits, RandomStream(2, "teacher").Bits(0));
  EXPECT_NE(bits, RandomStream(1, "student").Bits(0));
  EXPECT_NE(bits, stream.Split("part").Bits(0));
  EXPECT_NE(stream.Split(0).Bits(0), stream.Split(1).Bits(0));
  EXPECT_EQ(bits, RandomStream(1, "teacher").Bits(0));
}

// The bounds for means and mean squares of a million draws are six standard errors, with a false
// alarm below 1e-8.
TEST(RandomStream, NumbersHaveTheMomentsOfTheirDistributions) {
  constexpr int kDraws = 1000000;
  const RandomStream stream(7, "moments");
  double uniform = 0;
  double normal = 0;
  double square = 0;
  for (int i = 0; i < kDraws; ++i) {
    uniform += stream.Uniform(i);
    normal += stream.Normal(i);
    square += stream.Normal(i) * stream.Normal(i);
  }
  const double error = 6 / std::sqrt(kDraws);
  EXPECT_NEAR(uniform / kDraws, 0.5, error / std::sqrt(12));
  EXPECT_NEAR(normal / kDraws, 0, error);
  EXPECT_NEAR(square / kDraws, 1, error * std::sqrt(2));
}

}  // namespace
}  // namespace didact
