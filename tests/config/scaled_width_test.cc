#include "didact/framework/config/scaled_width.h"

#include <charconv>
#include <limits>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

double Parse(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

TEST(ScaledWidth, MultipliesInDecimal) {
  // In binary, each of these products is a little less than the whole number.
  EXPECT_EQ(ScaledWidth(100, 1.15), 115);
  EXPECT_EQ(ScaledWidth(50, 1.16), 58);
  EXPECT_EQ(ScaledWidth(100, 0.29), 29);
  EXPECT_EQ(ScaledWidth(1000, 2.3), 2300);
  EXPECT_EQ(ScaledWidth(10, 4.1), 41);
}

TEST(ScaledWidth, RoundsDown) {
  EXPECT_EQ(ScaledWidth(3, 1.5), 4);
  EXPECT_EQ(ScaledWidth(3, 0.34), 1);
  EXPECT_EQ(ScaledWidth(3, 0.33), 0);
  EXPECT_EQ(ScaledWidth(20, 2), 40);
  EXPECT_EQ(ScaledWidth(7, 0.9999999999999999), 6);
  EXPECT_EQ(ScaledWidth(3, 1.0 / 3), 0);  // 0.3333333333333333 of three nodes is less than one
}

// The expected values are computed with integers: the quotient of integers nearest to k / 10^n is
// the double that the text of that decimal number denotes.
TEST(ScaledWidth, IsTheIntegerQuotientForHundredthsAndThousandths) {
  for (const int64_t divisor : {10, 100, 1000, 10000}) {
    for (int64_t k = 1; k <= 3000; ++k) {
      for (const int64_t width : {1, 2, 3, 5, 10, 20, 50, 64, 100, 128, 1000, 1250, 999983}) {
        ASSERT_EQ(ScaledWidth(width, static_cast<double>(k) / static_cast<double>(divisor)),
                  width * k / divisor)
            << width << " times " << k << " / " << divisor;
      }
    }
  }
}

// A decimal number of up to 15 digits is the shortest text of the double that it denotes.
TEST(ScaledWidth, IsExactForRandomDecimals) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    const int64_t width = static_cast<int64_t>(random() % 1000000) + 1;
    const int digits = static_cast<int>(random() % 15) + 1;
    __int128 power = 1;
    for (int d = 0; d < digits; ++d) power *= 10;
    const int64_t numerator = static_cast<int64_t>(random() % static_cast<uint64_t>(power)) + 1;
    int shift = static_cast<int>(random() % 19);
    const double multiplier = Parse(absl::StrCat(numerator, "e-", shift));
    __int128 divisor = 1;
    for (; shift > 0; --shift) divisor *= 10;
    const __int128 product = static_cast<__int128>(width) * numerator / divisor;
    ASSERT_EQ(ScaledWidth(width, multiplier),
              product > kLargest ? kLargest : static_cast<int64_t>(product))
        << width << " times " << multiplier;
  }
}

TEST(ScaledWidth, ReadsTextsWithExponents) {
  EXPECT_EQ(ScaledWidth(10000000, 1e-7), 1);
  EXPECT_EQ(ScaledWidth(9999999, 1e-7), 0);
  EXPECT_EQ(ScaledWidth(1000000, 1.15e-5), 11);
  EXPECT_EQ(ScaledWidth(3, 1e15), 3000000000000000);
  EXPECT_EQ(ScaledWidth(9, 1e18), 9000000000000000000);
  EXPECT_EQ(ScaledWidth(2, 1.5e17), 300000000000000000);
}

TEST(ScaledWidth, KeepsSeventeenDigits) {
  EXPECT_EQ(ScaledWidth(10, 0.1 + 0.2), 3);  // 0.30000000000000004
  EXPECT_EQ(ScaledWidth(1000000000000000000, 0.30000000000000004), 300000000000000040);
  EXPECT_EQ(ScaledWidth(kLargest, 1), kLargest);
  EXPECT_EQ(ScaledWidth(kLargest, 0.1), kLargest / 10);
  EXPECT_EQ(ScaledWidth(kLargest, 0.99999999999999989), 9223372036854774884);
}

TEST(ScaledWidth, GivesTheLargestIntegerWhereTheProductIsMore) {
  EXPECT_EQ(ScaledWidth(10, 1e18), kLargest);
  EXPECT_EQ(ScaledWidth(1, 9.3e18), kLargest);
  EXPECT_EQ(ScaledWidth(1, 1e300), kLargest);
  EXPECT_EQ(ScaledWidth(kLargest, 1.0000000000000002), kLargest);
  EXPECT_EQ(ScaledWidth(kLargest, std::numeric_limits<double>::max()), kLargest);
  EXPECT_EQ(ScaledWidth(1, std::numeric_limits<double>::infinity()), kLargest);
}

TEST(ScaledWidth, GivesZeroWhereTheProductIsLessThanOne) {
  EXPECT_EQ(ScaledWidth(kLargest, 1e-20), 0);
  EXPECT_EQ(ScaledWidth(kLargest, std::numeric_limits<double>::denorm_min()), 0);
  EXPECT_EQ(ScaledWidth(5, 0), 0);
  EXPECT_EQ(ScaledWidth(0, 5), 0);
}

TEST(ScaledWidth, GivesZeroForWhatIsNoWidthOrNoMultiplier) {
  EXPECT_EQ(ScaledWidth(-3, 2), 0);
  EXPECT_EQ(ScaledWidth(3, -2), 0);
  EXPECT_EQ(ScaledWidth(3, -std::numeric_limits<double>::infinity()), 0);
  EXPECT_EQ(ScaledWidth(3, std::numeric_limits<double>::quiet_NaN()), 0);
}

}  // namespace
}  // namespace didact
