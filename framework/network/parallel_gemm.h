// Matrix products on several cores.

#ifndef DIDACT_FRAMEWORK_NETWORK_PARALLEL_GEMM_H_
#define DIDACT_FRAMEWORK_NETWORK_PARALLEL_GEMM_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/kernels/gemm.h"

namespace didact {

// Gemm with C split into parts that `workers` compute. The caller alone computes products too small
// to gain from it, and all products if `workers` is null. Allocates nothing itself.
//
// Numerics: an element of a product does not depend on the shape of the matrix around it (gemm.h),
//           so the bits are those of Gemm for any number of workers.
void ParallelGemm(const GemmArguments<float>& arguments, Workers* workers);
void ParallelGemm(const GemmArguments<double>& arguments, Workers* workers);

// Reads a part of a product: [rows, columns], whose element (0, 0) is C[first_row, first_column].
// The view is valid during the call.
template <class T>
using ReadProductPart = absl::FunctionRef<void(int64_t first_row, int64_t first_column,
                                               const ArrayView<const T>& part)>;

// Computes a product that need not be stored: calls `read` for parts that together are C, without
// overlaps, each while it is in the cache. `workers` may call it for several parts at a time; it
// must not throw. Ignores arguments.c; requires !arguments.accumulate. No heap; 64 KiB of stack.
//
// Numerics: as ParallelGemm.
void ParallelGemmInParts(const GemmArguments<float>& arguments, Workers* workers,
                         ReadProductPart<float> read);
void ParallelGemmInParts(const GemmArguments<double>& arguments, Workers* workers,
                         ReadProductPart<double> read);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_PARALLEL_GEMM_H_
