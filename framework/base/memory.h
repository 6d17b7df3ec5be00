// How much memory there is, so that a request that can never fit is refused instead of attempted.

#ifndef DIDACT_FRAMEWORK_BASE_MEMORY_H_
#define DIDACT_FRAMEWORK_BASE_MEMORY_H_

#include "absl/status/status.h"
#include "framework/base/field_path.h"

namespace didact {

// RESOURCE_EXHAUSTED, with `path`, if `bytes` are more than the machine's physical memory.
absl::Status CheckFitsInMemory(double bytes, const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_MEMORY_H_
