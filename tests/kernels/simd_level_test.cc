#include "framework/kernels/simd_level.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"

namespace didact {
namespace {

TEST(SimdLevel, ChoosesTheBestOrANamedLevel) {
  EXPECT_EQ(ActiveSimdLevel(), "avx2");
  EXPECT_TRUE(SelectSimdLevel("auto").ok());
  EXPECT_TRUE(SelectSimdLevel("avx2").ok());
  EXPECT_EQ(ActiveSimdLevel(), "avx2");
}

TEST(SimdLevel, RefusesAnUnknownNameAndKeepsTheLevel) {
  const absl::Status status = SelectSimdLevel("neon");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "simd: must be one of auto, avx2, got 'neon'");
  EXPECT_EQ(ActiveSimdLevel(), "avx2");
}

}  // namespace
}  // namespace didact
