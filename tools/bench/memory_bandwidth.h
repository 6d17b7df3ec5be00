// The speed at which one core reads and writes arrays that exceed every cache.

#ifndef DIDACT_TOOLS_BENCH_MEMORY_BANDWIDTH_H_
#define DIDACT_TOOLS_BENCH_MEMORY_BANDWIDTH_H_

#include <cstdint>

namespace didact {

struct MemoryBandwidth {
  int64_t cache_bytes = 0;    // last-level cache; 0 if the operating system does not report it
  int64_t array_bytes = 0;    // of each array
  double read_gbytes = 0.0;   // GB/s: the sum of one array
  double triad_gbytes = 0.0;  // GB/s: a = b + factor * c on three arrays, two read and one written
};

// Returns the bandwidth of the fastest of a few passes; takes about half a second. Every byte that
// is moved is counted once: `a` is written past the caches, so it is not read first.
MemoryBandwidth MeasureMemoryBandwidth();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_MEMORY_BANDWIDTH_H_
