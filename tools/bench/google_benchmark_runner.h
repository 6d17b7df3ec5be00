// Runs tasks by Google Benchmark, which decides how many iterations a repetition has.

#ifndef DIDACT_TOOLS_BENCH_GOOGLE_BENCHMARK_RUNNER_H_
#define DIDACT_TOOLS_BENCH_GOOGLE_BENCHMARK_RUNNER_H_

#include <vector>

#include "tools/bench/table.h"
#include "tools/bench/task.h"

namespace didact {

// Runs one repetition of each task whose name (`section/label/precision/contender`) the flag
// --benchmark_filter lets through, in order, then the next of each, and so on: so contenders
// alternate, and a disturbance is spread over all lines. Reports what goes wrong on standard error.
// benchmark::Initialize must have been called. `tasks` must live until the end of the program.
//
// Returns whether every task ran.
bool RunByGoogleBenchmark(const std::vector<Task>& tasks, int repetitions, Table& table);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_GOOGLE_BENCHMARK_RUNNER_H_
