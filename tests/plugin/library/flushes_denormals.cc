// A plugin library that makes the processor treat denormal numbers as zero when it is loaded. GCC
// before 13 has this effect in every shared library that is linked with -ffast-math.

#include <immintrin.h>

#include <cstdlib>

#include "didact/framework/plugin/library/manifest.h"

namespace didact::loader_test {
namespace {

constexpr unsigned kFlushToZero = 0x8000;
constexpr unsigned kDenormalsAreZero = 0x0040;

[[gnu::constructor]] void Flush() {
  setenv("DIDACT_FLUSHING_PLUGIN_RAN", "1", 1);
  _mm_setcsr(_mm_getcsr() | kFlushToZero | kDenormalsAreZero);
}

absl::Status RegisterNothing(PluginRegistry&) { return absl::OkStatus(); }

}  // namespace
}  // namespace didact::loader_test

DIDACT_PLUGIN_LIBRARY("flushes-denormals", "1.0", didact::loader_test::RegisterNothing)
