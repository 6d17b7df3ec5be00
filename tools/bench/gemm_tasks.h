// The matrix products of training as tasks of the bench, compared with OpenBLAS.

#ifndef DIDACT_TOOLS_BENCH_GEMM_TASKS_H_
#define DIDACT_TOOLS_BENCH_GEMM_TASKS_H_

#include <vector>

#include "tools/bench/open_blas.h"
#include "tools/bench/task.h"

namespace didact {

// Returns each product in both precisions and by both contenders. Ours runs on padded matrices with
// the epilogue that training uses; OpenBLAS computes the bare product of dense arrays. `blas` must
// outlive the tasks.
std::vector<Task> GemmTasks(const OpenBlas& blas);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_GEMM_TASKS_H_
