// Runs tasks with Google Benchmark, which chooses the number of iterations of a repetition.

#ifndef DIDACT_TOOLS_BENCH_GOOGLE_BENCHMARK_RUNNER_H_
#define DIDACT_TOOLS_BENCH_GOOGLE_BENCHMARK_RUNNER_H_

#include <vector>

#include "tools/bench/table.h"
#include "tools/bench/task.h"

namespace didact {

// Runs one repetition of each task whose name (`section/label/precision/contender`) matches the
// flag --benchmark_filter, in order, then the next repetition of each, and so on, so that
// contenders alternate and disturbances affect all lines. Prints errors to standard error.
// benchmark::Initialize must have been called. `tasks` must live until the end of the program.
//
// Returns true if every task ran.
bool RunByGoogleBenchmark(const std::vector<Task>& tasks, int repetitions, Table& table);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_GOOGLE_BENCHMARK_RUNNER_H_
