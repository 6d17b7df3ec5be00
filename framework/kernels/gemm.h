// Matrix products for training networks: forward pass with bias and activation, backward pass with
// the activation's derivative, weight gradients accumulated in place, cross-moments over a batch.

#ifndef DIDACT_FRAMEWORK_KERNELS_GEMM_H_
#define DIDACT_FRAMEWORK_KERNELS_GEMM_H_

#include "didact/framework/kernels/gemm_arguments.h"

namespace didact {

// Computes the product.
//
// Numerics: each element of C is a chain of fused multiply-adds (on SSE4.2, which has none, of
//           multiplications and additions) over k in ascending order, split into blocks of fixed
//           length that are added to C one after the other; with `initial_row` the chain starts at
//           its value. The result depends only on the element's row of A and column of B: not on
//           `rows`, `columns`, `padded`, `b_transposed`, alignment or the position of the element.
//           So a batch may be split anywhere. NaN and infinity propagate as in the formula (a zero
//           slope times an infinite argument is NaN).
// Sizes:    any size may be zero; with depth == 0 the sum is zero.
// Memory:   no heap; at most 128 KiB of stack.
// Threads:  concurrent calls are safe if no two write the same C.
// Errors:   none; arguments that break the contract are a bug of the caller (partly asserted in
//           debug builds).
void Gemm(const GemmArguments<float>& arguments);
void Gemm(const GemmArguments<double>& arguments);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_GEMM_H_
