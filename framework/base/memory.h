// How much memory there is, so that a request that can never fit is refused instead of attempted.

#ifndef DIDACT_FRAMEWORK_BASE_MEMORY_H_
#define DIDACT_FRAMEWORK_BASE_MEMORY_H_

#include "absl/status/status.h"
#include "framework/base/field_path.h"

namespace didact {

// RESOURCE_EXHAUSTED, with `path`, if `bytes` are more than the machine's physical memory.
absl::Status CheckFitsInMemory(double bytes, const FieldPath& path);

// Adds up what the parts of one thing take, so that parts that fit by themselves are refused where
// they do not fit together. Counts only what it is told, so it never refuses what can fit.
class MemoryBudget {
 public:
  // RESOURCE_EXHAUSTED, with `path`, if `bytes` and all that was taken before are more than the
  // machine's physical memory.
  absl::Status Take(double bytes, const FieldPath& path);

 private:
  double taken_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_MEMORY_H_
