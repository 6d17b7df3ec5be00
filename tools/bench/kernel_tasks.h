// Elementwise kernels and reductions as tasks of the bench.

#ifndef DIDACT_TOOLS_BENCH_KERNEL_TASKS_H_
#define DIDACT_TOOLS_BENCH_KERNEL_TASKS_H_

#include <vector>

#include "tools/bench/task.h"

namespace didact {

// In both precisions, on matrices of 16 x 200, which stay in a cache as they do in a training step;
// and a kernel that reads, one that changes what it read and one that moves rows on arrays that no
// cache holds.
std::vector<Task> KernelTasks();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_KERNEL_TASKS_H_
