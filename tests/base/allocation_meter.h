// Measures how much memory a piece of code allocates, including libraries such as libzip and zlib.

#ifndef DIDACT_TESTS_BASE_ALLOCATION_METER_H_
#define DIDACT_TESTS_BASE_ALLOCATION_METER_H_

#include <cstdint>

namespace didact {

// Observes the heap use of the thread that constructed it, from then on. A thread has at most one
// at a time. A program that links this library has malloc and related functions replaced by
// counting versions (with the address sanitizer, whose allocator cannot be replaced, its hooks
// count instead).
class AllocationMeter {
 public:
  AllocationMeter();

  // Returns the largest single allocation since construction, in bytes.
  int64_t largest() const;

  // Returns the largest number of bytes that were allocated and not yet freed at any one time,
  // beyond those at construction.
  int64_t peak() const;
};

}  // namespace didact

#endif  // DIDACT_TESTS_BASE_ALLOCATION_METER_H_
