#include "tools/bench/memory_bandwidth.h"

#include <emmintrin.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>

namespace didact {
namespace {

constexpr int64_t kHugePage = int64_t{2} << 20;
constexpr int kLanes = 8;  // vectors per iteration of a loop, enough for the latency of loads
constexpr int64_t kSmallestArray = int64_t{64} << 20;
constexpr int64_t kLargestArray = int64_t{512} << 20;
constexpr int kPasses = 5;

struct Release {
  void operator()(double* array) const { std::free(array); }
};
using Array = std::unique_ptr<double, Release>;

Array MakeArray(int64_t count) {
  const std::size_t bytes = count * sizeof(double);
  Array array(static_cast<double*>(std::aligned_alloc(kHugePage, bytes)));
  if (array == nullptr) return array;
  // Huge pages, so that the translation of addresses is not measured too.
  madvise(array.get(), bytes, MADV_HUGEPAGE);
  std::fill_n(array.get(), count, 1.0);
  return array;
}

double Sum(const double* x, int64_t count) {
  __m128d sums[kLanes] = {};
  for (int64_t i = 0; i < count; i += 2 * kLanes) {
#pragma GCC unroll 8
    for (int lane = 0; lane < kLanes; ++lane) {
      sums[lane] = _mm_add_pd(sums[lane], _mm_load_pd(x + i + 2 * lane));
    }
  }
  for (int lane = 1; lane < kLanes; ++lane) sums[0] = _mm_add_pd(sums[0], sums[lane]);
  return sums[0][0] + sums[0][1];
}

void Triad(const double* b, const double* c, double factor, double* a, int64_t count) {
  const __m128d factors = _mm_set1_pd(factor);
  for (int64_t i = 0; i < count; i += 2 * kLanes) {
#pragma GCC unroll 8
    for (int lane = 0; lane < kLanes; ++lane) {
      const int64_t at = i + 2 * lane;
      _mm_stream_pd(a + at,
                    _mm_add_pd(_mm_load_pd(b + at), _mm_mul_pd(factors, _mm_load_pd(c + at))));
    }
  }
  _mm_sfence();
}

volatile double sink;

}  // namespace

MemoryBandwidth MeasureMemoryBandwidth() {
  MemoryBandwidth result;
  result.cache_bytes = std::max<int64_t>(0, sysconf(_SC_LEVEL3_CACHE_SIZE));
  // Three arrays may take a quarter of the machine's memory.
  const int64_t room = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGE_SIZE) / 12;
  const int64_t wanted =
      std::min(std::clamp(4 * result.cache_bytes, kSmallestArray, kLargestArray), room);
  result.array_bytes = std::max(wanted / kHugePage, int64_t{1}) * kHugePage;
  const int64_t count = result.array_bytes / static_cast<int64_t>(sizeof(double));
  const Array a = MakeArray(count);
  const Array b = MakeArray(count);
  const Array c = MakeArray(count);
  if (a == nullptr || b == nullptr || c == nullptr) return result;
  // Elapsed time: other programs can only lengthen a pass, and the shortest pass counts.
  using Clock = std::chrono::steady_clock;
  double read_seconds = 1e9;
  double triad_seconds = 1e9;
  for (int pass = 0; pass < kPasses; ++pass) {
    const Clock::time_point start = Clock::now();
    sink = Sum(b.get(), count);
    const Clock::time_point middle = Clock::now();
    Triad(b.get(), c.get(), 0.5, a.get(), count);
    const Clock::time_point end = Clock::now();
    read_seconds = std::min(read_seconds, std::chrono::duration<double>(middle - start).count());
    triad_seconds = std::min(triad_seconds, std::chrono::duration<double>(end - middle).count());
  }
  const double bytes = static_cast<double>(result.array_bytes);
  result.read_gbytes = bytes / read_seconds * 1e-9;
  result.triad_gbytes = 3 * bytes / triad_seconds * 1e-9;
  return result;
}

}  // namespace didact
