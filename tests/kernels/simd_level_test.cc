#include "didact/framework/kernels/simd_level.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "tests/kernels/levels.h"

namespace didact {
namespace {

TEST(SimdLevel, IsTheBestThatTheProcessorHasBeforeAnyChoice) {
  const std::string before(ActiveSimdLevel());
  EXPECT_EQ(before, SupportedLevels().front());
  ASSERT_TRUE(SelectSimdLevel("auto").ok());
  EXPECT_EQ(ActiveSimdLevel(), before);
}

TEST(SimdLevel, TakesANamedLevel) {
  ASSERT_FALSE(SupportedLevels().empty());
  for (const absl::string_view level : SupportedLevels()) {
    EXPECT_TRUE(SelectSimdLevel(level).ok());
    EXPECT_EQ(ActiveSimdLevel(), level);
  }
}

TEST(SimdLevel, RefusesAnUnknownNameAndKeepsTheLevel) {
  const std::string before(ActiveSimdLevel());
  const absl::Status status = SelectSimdLevel("neon");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "simd: must be one of auto, avx512, avx2, sse4.2, got 'neon'");
  EXPECT_EQ(ActiveSimdLevel(), before);
}

// equal_bits_test compares the kernels themselves.
TEST(SimdLevel, GivesTheBitsOfTheOtherLevelWithFusedMultiplyAdd) {
  for (const absl::string_view level : {"avx512", "avx2"}) {
    EXPECT_EQ(LeastSimdLevelOfSameBits(level), "avx2");
    EXPECT_TRUE(GiveSameBits(level, "avx512"));
    EXPECT_TRUE(GiveSameBits("avx2", level));
    EXPECT_FALSE(GiveSameBits(level, "sse4.2"));
    EXPECT_FALSE(GiveSameBits("sse4.2", level));
  }
  EXPECT_EQ(LeastSimdLevelOfSameBits("sse4.2"), "sse4.2");
  EXPECT_TRUE(GiveSameBits("sse4.2", "sse4.2"));
}

}  // namespace
}  // namespace didact
