// A library to preload into the tool. When it is loaded, the processor takes denormal numbers for
// zero, as with libraries that are linked with -Ofast by GCC before 13.

#include <xmmintrin.h>

namespace {

constexpr unsigned kFlushToZero = 0x8000;
constexpr unsigned kDenormalsAreZero = 0x0040;

[[gnu::constructor]] void Flush() { _mm_setcsr(_mm_getcsr() | kFlushToZero | kDenormalsAreZero); }

}  // namespace
