// Matrix products in the forms that training a fully connected network needs: forward pass with
// bias and activation, backward pass with the activation's derivative, weight gradients that
// accumulate in place, cross-moments over a batch.

#ifndef DIDACT_FRAMEWORK_KERNELS_GEMM_H_
#define DIDACT_FRAMEWORK_KERNELS_GEMM_H_

#include "framework/kernels/gemm_arguments.h"

namespace didact {

// Computes the product.
//
// Numerics: each element of C is a chain of fused multiply-adds (on SSE4.2, which has none, of
//           multiplications and additions) over k in ascending order, cut into
//           blocks of fixed length that are added to C one after the other; with `initial_row` the
//           chain starts at its value. The result depends on the element's row of A and column of B
//           alone: not on `rows`, `columns`, `padded` or `b_transposed`, nor on the element's place
//           or on alignment. So a batch may be split anywhere. NaN and infinity propagate as the
//           formula says (a zero slope times an infinite argument is NaN).
// Sizes:    any size may be zero; with depth == 0 the sum is zero.
// Memory:   no heap; at most 128 KiB of stack.
// Threads:  concurrent calls are safe if no two write the same C.
// Errors:   none; arguments that break the contract are the caller's bug (partly asserted in debug
//           builds).
void Gemm(const GemmArguments<float>& arguments);
void Gemm(const GemmArguments<double>& arguments);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_GEMM_H_
