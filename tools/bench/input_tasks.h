// The preparation of images for training, as tasks of the bench.

#ifndef DIDACT_TOOLS_BENCH_INPUT_TASKS_H_
#define DIDACT_TOOLS_BENCH_INPUT_TASKS_H_

#include <cstdint>
#include <vector>

#include "tools/bench/task.h"

namespace didact {

inline constexpr int64_t kPreparedImages = 2048;

// Tasks in both precisions: mini-batches of CIFAR-10's images, 3 x 32 x 32, are decoded from bytes,
// or also cropped, flipped and normalized. A number is a component of an image, so that 50,000
// images a second take 6.5 ns a number.
std::vector<Task> InputTasks();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_INPUT_TASKS_H_
