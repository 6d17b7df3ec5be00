// Which instruction set the kernels run on: chosen once, at start-up, because results differ in
// their last bits from one to the next.

#ifndef DIDACT_FRAMEWORK_KERNELS_SIMD_LEVEL_H_
#define DIDACT_FRAMEWORK_KERNELS_SIMD_LEVEL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// Chooses the instruction set by name: "auto" for the best that this processor has, or "avx2"
// (AVX2 with FMA, which the program as a whole is compiled for). Before any call, "avx2" is in
// force.
//
// Errors:  INVALID_ARGUMENT for an unknown name; FAILED_PRECONDITION when the processor lacks what
//          was asked for, or lacks every level there is. The choice is then unchanged.
// Threads: call it before other threads use kernels.
absl::Status SelectSimdLevel(absl::string_view name);

// The name of the level in force, for provenance records.
absl::string_view ActiveSimdLevel();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_LEVEL_H_
