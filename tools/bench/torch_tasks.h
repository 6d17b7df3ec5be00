// The steps and evaluations of step_tasks.h in PyTorch, and the proof that they compute the same.

#ifndef DIDACT_TOOLS_BENCH_TORCH_TASKS_H_
#define DIDACT_TOOLS_BENCH_TORCH_TASKS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/bench/task.h"
#include "tools/bench/torch_process.h"

namespace didact {

// The same sections, labels and precisions as StepTasks has. `torch` must outlive the tasks.
std::vector<Task> TorchTasks(TorchProcess& torch);

// Trains both on the same data, from the same weights, with the same mini-batches, and compares what
// they evaluate afterwards. Returns a line per comparison for people. INTERNAL if they differ by more than
// rounding: then the times of one have nothing to do with those of the other.
absl::StatusOr<std::string> CompareWithTorch(TorchProcess& torch);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_TORCH_TASKS_H_
