// Measures how much memory a piece of code allocates, including libraries such as libzip and zlib.

#ifndef DIDACT_TESTS_BASE_ALLOCATION_METER_H_
#define DIDACT_TESTS_BASE_ALLOCATION_METER_H_

#include <cstdint>

namespace didact {

// Watches the heap use of the thread that made it, from then on. One at a time per thread.
// A program that links this has malloc and its relatives replaced by versions that count (with the address sanitizer,
// whose allocator cannot be replaced, its hooks count instead).
class AllocationMeter {
 public:
  AllocationMeter();

  // The largest single allocation since construction, in bytes.
  int64_t largest() const;

  // The most that was allocated at one time and not yet freed, beyond what there was at construction, in bytes.
  int64_t peak() const;
};

}  // namespace didact

#endif  // DIDACT_TESTS_BASE_ALLOCATION_METER_H_
