// Benchmarks of the matrix products that training consists of, beside OpenBLAS.

#ifndef DIDACT_TOOLS_BENCH_GEMM_BENCHMARKS_H_
#define DIDACT_TOOLS_BENCH_GEMM_BENCHMARKS_H_

namespace didact {

// Registers each product for both precisions and both contenders. Ours runs on padded matrices with
// the epilogue that training uses; OpenBLAS, on one thread, computes the bare product of dense
// arrays.
void RegisterGemmBenchmarks();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_GEMM_BENCHMARKS_H_
