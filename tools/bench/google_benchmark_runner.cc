#include "tools/bench/google_benchmark_runner.h"

#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"

namespace didact {
namespace {

void RunTask(benchmark::State& state, const Task& task) {
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(state.max_iterations))) {
    const absl::StatusOr<double> seconds = task.run(static_cast<int64_t>(state.max_iterations));
    if (!seconds.ok()) return state.SkipWithError(std::string(seconds.status().message()).c_str());
    state.SetIterationTime(*seconds);
  }
}

class TableReporter : public benchmark::BenchmarkReporter {
 public:
  TableReporter(const std::map<std::string, const Task*>& tasks, Table& table)
      : tasks_(tasks), table_(table) {}

  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& reports) override {
    for (const Run& run : reports) {
      if (run.run_type != Run::RT_Iteration) continue;
      const auto task = tasks_.find(run.run_name.function_name);
      if (run.error_occurred || task == tasks_.end()) {
        GetErrorStream() << "bench: " << run.run_name.function_name << ": " << run.error_message
                         << "\n";
        failed_ = true;
        continue;
      }
      table_.Add(*task->second, run.real_accumulated_time / static_cast<double>(run.iterations));
    }
  }

  bool failed() const { return failed_; }

 private:
  const std::map<std::string, const Task*>& tasks_;
  Table& table_;
  bool failed_ = false;
};

}  // namespace

bool RunByGoogleBenchmark(const std::vector<Task>& tasks, int repetitions, Table& table) {
  std::map<std::string, const Task*> names;
  for (const Task& task : tasks) {
    const std::string name =
        absl::StrCat(task.section, "/", task.label, "/", task.precision, "/", task.contender);
    names[name] = &task;
    benchmark::RegisterBenchmark(name.c_str(), [&task](benchmark::State& state) {
      RunTask(state, task);
    })->UseManualTime();
  }
  TableReporter reporter(names, table);
  const bool terminal = isatty(STDERR_FILENO) == 1;
  for (int repetition = 0; repetition < repetitions && !reporter.failed(); ++repetition) {
    if (terminal)
      std::cerr << "\rrepetition " << repetition + 1 << "/" << repetitions << std::flush;
    benchmark::RunSpecifiedBenchmarks(&reporter);
  }
  if (terminal) std::cerr << "\r\x1b[K" << std::flush;
  return !reporter.failed();
}

}  // namespace didact
