#include "didact/framework/config/scaled_width.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "absl/numeric/int128.h"

namespace didact {
namespace {

// The number digits * 10^exponent.
struct Decimal {
  uint64_t digits = 0;
  int exponent = 0;
};

// Returns the shortest decimal number that reads back as `value`, which must be positive and
// finite. It has at most 17 digits.
Decimal ShortestDecimal(double value) {
  char text[32];
  const char* const end =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  Decimal decimal;
  bool fraction = false;
  for (const char* c = text; c != end; ++c) {
    if (*c == '.') {
      fraction = true;
    } else if (*c == 'e') {
      // from_chars does not accept a plus sign.
      const char* const exponent = c[1] == '+' ? c + 2 : c + 1;
      int shift = 0;
      std::from_chars(exponent, end, shift);
      decimal.exponent += shift;
      break;
    } else {
      decimal.digits = 10 * decimal.digits + static_cast<uint64_t>(*c - '0');
      if (fraction) --decimal.exponent;
    }
  }
  return decimal;
}

}  // namespace

int64_t ScaledWidth(int64_t width, double multiplier) {
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  if (width <= 0 || !(multiplier > 0)) return 0;
  if (!std::isfinite(multiplier)) return kLargest;
  Decimal decimal = ShortestDecimal(multiplier);
  // The product is below 2^63 * 10^17, which fits 128 bits.
  absl::uint128 product = absl::uint128(static_cast<uint64_t>(width)) * decimal.digits;
  for (; decimal.exponent < 0 && product > 0; ++decimal.exponent) product /= 10;
  for (; decimal.exponent > 0 && product <= kLargest; --decimal.exponent) product *= 10;
  return product > kLargest ? kLargest : static_cast<int64_t>(product);
}

}  // namespace didact
