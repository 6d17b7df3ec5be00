// Selects the instruction set of the kernels, once at start-up:
//
//   "avx512"  AVX-512 F, CD, BW, DQ, VL (x86-64-v4)
//   "avx2"    AVX2 with FMA (x86-64-v3)
//   "sse4.2"  SSE4.2 (x86-64-v2)
//
// "avx512" and "avx2" give the same bits, so a cluster may mix processors of both. "sse4.2" has no
// fused multiply-add and gives other bits (LeastSimdLevelOfSameBits).

#ifndef DIDACT_FRAMEWORK_KERNELS_SIMD_LEVEL_H_
#define DIDACT_FRAMEWORK_KERNELS_SIMD_LEVEL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// Selects the instruction set by name: one of the above, or "auto" for the first of them, in that
// order, that this processor has. Before any call, "auto" is in use. It may select "avx512" because
// that changes only the time; the tests compare both levels bit by bit on every processor that has
// it.
//
// Errors: INVALID_ARGUMENT for an unknown name; FAILED_PRECONDITION if the processor lacks the
// level, or lacks every level. The selection is then unchanged.
// Threads: call it before other threads use kernels.
absl::Status SelectSimdLevel(absl::string_view name);

// Name of the level in use, for provenance records.
absl::string_view ActiveSimdLevel();

// The lowest level whose kernels give the same bits as those of `level`: "avx2" for "avx512".
absl::string_view LeastSimdLevelOfSameBits(absl::string_view level);

// Returns true if the kernels of two levels give the same bits.
bool GiveSameBits(absl::string_view level, absl::string_view other);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_LEVEL_H_
