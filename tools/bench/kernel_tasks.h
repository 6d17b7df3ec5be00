// Elementwise kernels and reductions as tasks of the bench.

#ifndef DIDACT_TOOLS_BENCH_KERNEL_TASKS_H_
#define DIDACT_TOOLS_BENCH_KERNEL_TASKS_H_

#include <vector>

#include "tools/bench/task.h"

namespace didact {

// Returns tasks in both precisions, on matrices of 16 x 200, which stay in a cache as in a training
// step; and, on arrays that exceed every cache, a kernel that reads, one that overwrites its input
// and one that moves rows.
std::vector<Task> KernelTasks();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_KERNEL_TASKS_H_
