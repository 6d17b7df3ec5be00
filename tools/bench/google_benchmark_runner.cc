#include "tools/bench/google_benchmark_runner.h"

#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"

namespace didact {
namespace {

// A task and its result, for which versions of Google Benchmark use different names.
struct TaskRun {
  const Task* task;
  absl::Status status;
};

void RunTask(benchmark::State& state, TaskRun& run) {
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(state.max_iterations))) {
    const absl::StatusOr<double> seconds =
        run.task->run(static_cast<int64_t>(state.max_iterations));
    if (!seconds.ok()) {
      run.status = seconds.status();
      return state.SkipWithError(std::string(run.status.message()).c_str());
    }
    state.SetIterationTime(*seconds);
  }
}

class TableReporter : public benchmark::BenchmarkReporter {
 public:
  TableReporter(const std::map<std::string, TaskRun>& tasks, Table& table)
      : tasks_(tasks), table_(table) {}

  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& reports) override {
    for (const Run& run : reports) {
      if (run.run_type != Run::RT_Iteration) continue;
      const auto found = tasks_.find(run.run_name.function_name);
      if (found == tasks_.end() || !found->second.status.ok()) {
        GetErrorStream() << "bench: " << run.run_name.function_name << ": "
                         << (found == tasks_.end() ? "unknown" : found->second.status.message())
                         << "\n";
        failed_ = true;
        continue;
      }
      table_.Add(*found->second.task,
                 run.real_accumulated_time / static_cast<double>(run.iterations));
    }
  }

  bool failed() const { return failed_; }

 private:
  const std::map<std::string, TaskRun>& tasks_;
  Table& table_;
  bool failed_ = false;
};

}  // namespace

bool RunByGoogleBenchmark(const std::vector<Task>& tasks, int repetitions, Table& table) {
  std::map<std::string, TaskRun> names;
  for (const Task& task : tasks) {
    const std::string name =
        absl::StrCat(task.section, "/", task.label, "/", task.precision, "/", task.contender);
    TaskRun& run = names[name] = {.task = &task, .status = absl::OkStatus()};
    benchmark::RegisterBenchmark(name.c_str(), [&run](benchmark::State& state) {
      RunTask(state, run);
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
