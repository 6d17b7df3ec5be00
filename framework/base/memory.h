// Refuses a request that needs more memory than there is for this process before anything is allocated.

#ifndef DIDACT_FRAMEWORK_BASE_MEMORY_H_
#define DIDACT_FRAMEWORK_BASE_MEMORY_H_

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// Returns the memory that this process may use, in bytes: the machine's physical memory, or less
// if its control groups (control_groups.h) limit it.
double MemoryOfProcess();

// RESOURCE_EXHAUSTED, naming `path`, if `bytes` exceeds MemoryOfProcess().
absl::Status CheckFitsInMemory(double bytes, const FieldPath& path);

// Sums the memory that several parts need, so that parts that fit alone but not together are
// refused. It knows only the amounts passed to Take and compares them with MemoryOfProcess(), not
// with what is free, so it never refuses what fits.
class MemoryBudget {
 public:
  // RESOURCE_EXHAUSTED, naming `path`, if `bytes` plus all earlier amounts exceeds
  // MemoryOfProcess().
  absl::Status Take(double bytes, const FieldPath& path);

 private:
  double taken_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_MEMORY_H_
