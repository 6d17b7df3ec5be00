// The speed at which one core reads and writes arrays that exceed every cache.

#ifndef DIDACT_TOOLS_BENCH_MEMORY_BANDWIDTH_H_
#define DIDACT_TOOLS_BENCH_MEMORY_BANDWIDTH_H_

#include <cstdint>

namespace didact {

struct MemoryBandwidth {
  int64_t cache_bytes = 0;   // the last level, as the operating system reports it; 0 if it does not
  int64_t array_bytes = 0;   // of each array
  double read_gbytes = 0.0;  // GB/s: the sum of one array
  double triad_gbytes = 0.0;  // GB/s: a = b + factor * c on three arrays, two read and one written
};

// The fastest of a few passes, about half a second. Every byte is counted once, and none is moved that is not counted:
// `a` is written past the caches, so that it need not be read first.
MemoryBandwidth MeasureMemoryBandwidth();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_MEMORY_BANDWIDTH_H_
