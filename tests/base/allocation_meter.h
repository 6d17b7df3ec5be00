// Measures how much memory a piece of code allocates, including libraries such as libzip and zlib.

#ifndef DIDACT_TESTS_BASE_ALLOCATION_METER_H_
#define DIDACT_TESTS_BASE_ALLOCATION_METER_H_

#include <cstdint>

namespace didact {

// Measures the heap use of the thread that constructs it, from then on. At most one at a time per
// thread. In a program that links it, malloc and related functions are replaced by versions that
// count. With the address sanitizer, whose allocator cannot be replaced, the sanitizer's hooks
// count instead.
class AllocationMeter {
 public:
  AllocationMeter();

  // Returns the largest single allocation since construction, in bytes.
  int64_t largest() const;

  // The largest amount that was allocated at one time, beyond that at construction, in bytes.
  int64_t peak() const;
};

}  // namespace didact

#endif  // DIDACT_TESTS_BASE_ALLOCATION_METER_H_
