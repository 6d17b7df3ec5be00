#include "tools/bench/short_bench.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <vector>

#include "didact/framework/base/status.h"
#include "tools/bench/machine_limit.h"
#include "tools/bench/memory_bandwidth.h"
#include "tools/bench/step_tasks.h"
#include "tools/bench/table.h"
#include "tools/bench/task.h"

namespace didact {
namespace {

constexpr int kRepetitions = 7;
// The repetition is long enough to be measured and short enough for a user who waits.
constexpr double kRepetitionSeconds = 0.015;

// Returns the number of iterations that fill a repetition.
absl::StatusOr<int64_t> CountIterations(const Task& task) {
  int64_t iterations = 1;
  while (true) {
    DIDACT_ASSIGN_OR_RETURN(const double seconds, task.run(iterations));
    if (seconds > 0.2 * kRepetitionSeconds) {
      const double wanted = static_cast<double>(iterations) * kRepetitionSeconds / seconds;
      return std::max<int64_t>(1, static_cast<int64_t>(wanted));
    }
    iterations *= 4;
  }
}

}  // namespace

absl::StatusOr<std::string> RunShortBench() {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const auto show = [terminal](const char* what) {
    if (terminal) std::cerr << "\r\x1b[K" << what << std::flush;
  };
  show("measuring the machine");
  Limits limits;
  limits.multipliers = MeasureMultiplierLimits();
  limits.memory = MeasureMemoryBandwidth();
  show("preparing trials");
  const std::vector<Task> tasks = StepTasks();
  std::vector<int64_t> iterations;
  for (const Task& task : tasks) {
    DIDACT_ASSIGN_OR_RETURN(iterations.emplace_back(), CountIterations(task));
  }
  show("measuring steps and evaluations");
  Table table;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      DIDACT_ASSIGN_OR_RETURN(const double seconds, tasks[i].run(iterations[i]));
      table.Add(tasks[i], seconds / static_cast<double>(iterations[i]));
    }
  }
  // The limits are measured again, because another program may have used the processor the first
  // time.
  limits.multipliers = Faster(limits.multipliers, MeasureMultiplierLimits());
  show("");
  return FormatLimits(limits) + table.Format(limits, TableFormat::kText);
}

}  // namespace didact
