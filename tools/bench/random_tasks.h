// Random numbers and the start of a trial, most of which is drawing them, as tasks of the bench.

#ifndef DIDACT_TOOLS_BENCH_RANDOM_TASKS_H_
#define DIDACT_TOOLS_BENCH_RANDOM_TASKS_H_

#include <cstdint>
#include <vector>

#include "tools/bench/task.h"

namespace didact {

inline constexpr char kRandomSection[] = "random numbers, 4096 in cache";
inline constexpr char kNormalsLabel[] = "normals";
inline constexpr int64_t kRandomCount = 4096;

// Tasks in both precisions: normals of one stream; uniform numbers and integers, which are doubles
// and 64-bit integers in either; and building a two-layer trial of 2 x 10000 samples of 100 inputs,
// whose time is shared out to these inputs.
std::vector<Task> RandomTasks();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_RANDOM_TASKS_H_
