#include "didact/framework/base/floating_point_control.h"

#include <xmmintrin.h>

#include <cfenv>

#include "gtest/gtest.h"

namespace didact {
namespace {

constexpr unsigned kFlushToZero = 0x8000;
constexpr unsigned kDenormalsAreZero = 0x0040;

// Computed when the program runs, in the mode of the thread.
double Product(double a, double b) {
  volatile double left = a;
  volatile double right = b;
  volatile double product = left * right;
  return product;
}

TEST(StandardFloatingPoint, KeepsDenormalNumbersAndRestoresWhatWas) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | kFlushToZero | kDenormalsAreZero);
  EXPECT_EQ(Product(1e-200, 1e-110), 0);
  {
    const StandardFloatingPoint standard;
    EXPECT_EQ(Product(0x1p-700, 0x1.8p-340), 0x1.8p-1040);
    EXPECT_GT(Product(1e-310, 1), 0);
  }
  EXPECT_EQ(Product(1e-200, 1e-110), 0);
  _mm_setcsr(before);
}

TEST(StandardFloatingPoint, RoundsToNearest) {
  ASSERT_EQ(std::fesetround(FE_DOWNWARD), 0);
  {
    const StandardFloatingPoint standard;
    EXPECT_EQ(Product(1 + 0x1p-52, 1 + 0x1p-52), 1 + 0x1p-51);
    EXPECT_EQ(Product(-1 - 0x1p-52, 1 + 0x1p-52), -1 - 0x1p-51);
  }
  EXPECT_EQ(std::fegetround(), FE_DOWNWARD);
  ASSERT_EQ(std::fesetround(FE_TONEAREST), 0);
}

TEST(StandardFloatingPoint, RestoresAlsoWhatOtherCodeHasChanged) {
  const unsigned before = _mm_getcsr() & ~unsigned{_MM_EXCEPT_MASK};
  {
    const StandardFloatingPoint standard;
    _mm_setcsr(_mm_getcsr() | kFlushToZero);
  }
  EXPECT_EQ(_mm_getcsr() & ~unsigned{_MM_EXCEPT_MASK}, before);
}

TEST(StandardFloatingPoint, LeavesTheFlagsOfExceptions) {
  std::feclearexcept(FE_ALL_EXCEPT);
  _mm_setcsr(_mm_getcsr() | kFlushToZero);
  {
    const StandardFloatingPoint standard;
    Product(1e-200, 1e-200);
  }
  EXPECT_NE(std::fetestexcept(FE_UNDERFLOW), 0);
  _mm_setcsr(_mm_getcsr() & ~kFlushToZero);
}

}  // namespace
}  // namespace didact
