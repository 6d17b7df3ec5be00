// Matrix products on several cores.

#ifndef DIDACT_FRAMEWORK_NETWORK_PARALLEL_GEMM_H_
#define DIDACT_FRAMEWORK_NETWORK_PARALLEL_GEMM_H_

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

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_PARALLEL_GEMM_H_
