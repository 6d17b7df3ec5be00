// Prints how fast this machine trains: every kernel, every step and every evaluation beside the limit
// of its multipliers.

#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "framework/kernels/simd_level.h"
#include "tools/bench/gemm_tasks.h"
#include "tools/bench/google_benchmark_runner.h"
#include "tools/bench/kernel_tasks.h"
#include "tools/bench/machine_limit.h"
#include "tools/bench/memory_bandwidth.h"
#include "tools/bench/memory_use.h"
#include "tools/bench/scaling.h"
#include "tools/bench/step_tasks.h"
#include "tools/bench/table.h"
#include "tools/bench/task.h"
#include "tools/bench/torch_process.h"
#include "tools/bench/torch_tasks.h"

namespace didact {
namespace {

struct Request {
  std::string simd = "auto";
  std::string baseline;
  bool table_only = false;
  int repetitions = 7;
};

int ReportFailure(const absl::Status& status, int exit_code) {
  std::cerr << "bench: " << status.message() << "\n";
  return exit_code;
}

// Each task of `rivals` behind the one whose line of the table it shares.
std::vector<Task> Alternate(std::vector<Task> tasks, std::vector<Task> rivals) {
  std::vector<Task> all;
  for (Task& task : tasks) {
    all.push_back(std::move(task));
    for (const Task& rival : rivals) {
      if (rival.section == all.back().section && rival.label == all.back().label &&
          rival.precision == all.back().precision) {
        all.push_back(rival);
        break;
      }
    }
  }
  return all;
}

int Bench(const Request& request) {
  const absl::Status selected = SelectSimdLevel(request.simd);
  if (!selected.ok()) return ReportFailure(selected, 2);
  std::unique_ptr<TorchProcess> torch;
  std::string comparison;
  std::vector<Task> torch_tasks;
  if (!request.baseline.empty()) {
    absl::StatusOr<std::unique_ptr<TorchProcess>> started = TorchProcess::Start();
    if (!started.ok()) return ReportFailure(started.status(), 2);
    torch = *std::move(started);
    torch_tasks = TorchTasks(*torch);
  }
  // First, while this process is small.
  std::string memory_use;
  if (!request.table_only) {
    absl::StatusOr<std::string> measured = MeasureMemoryUse();
    if (!measured.ok()) return ReportFailure(measured.status(), 1);
    memory_use = *std::move(measured);
  }
  if (torch != nullptr) {
    absl::StatusOr<std::string> compared = CompareWithTorch(*torch);
    if (!compared.ok()) return ReportFailure(compared.status(), 1);
    comparison = *std::move(compared);
  }

  // Registered with Google Benchmark until the end.
  static auto& tasks = *new std::vector<Task>;
  for (std::vector<Task> some :
       {Alternate(StepTasks(), std::move(torch_tasks)), GemmTasks(), KernelTasks()}) {
    std::move(some.begin(), some.end(), std::back_inserter(tasks));
  }
  Limits limits;
  limits.multipliers = MeasureMultiplierLimits();
  limits.memory = MeasureMemoryBandwidth();
  Table table;
  const bool all_ran = RunByGoogleBenchmark(tasks, request.repetitions, table);
  // Again, because the processor may have been busy with something else the first time.
  limits.multipliers = Faster(limits.multipliers, MeasureMultiplierLimits());
  std::cout << FormatLimits(limits) << comparison << table.Format(limits) << std::flush;
  if (request.table_only) return all_ran ? 0 : 1;

  const absl::StatusOr<std::string> scaling = MeasureScaling(request.repetitions);
  if (!scaling.ok()) return ReportFailure(scaling.status(), 1);
  std::cout << *scaling << memory_use << std::flush;
  return all_ran ? 0 : 1;
}

int Main(int argc, char** argv) {
  CLI::App app{"Measures how fast this machine trains.", "bench"};
  Request request;
  app.add_option("--simd", request.simd,
                 "Instruction set of the kernels: auto, or one that the table's head lists")
      ->type_name("LEVEL");
  app.add_option("--baseline", request.baseline,
                 "Runs steps and evaluations in PyTorch too, in turn with ours")
      ->type_name("torch")
      ->check(CLI::IsMember({"torch"}));
  app.add_flag("--table-only", request.table_only, "Leaves out second cores and memory");
  app.add_option("--repetitions", request.repetitions, "Of every line; 7 if not given")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  app.footer(
      "Flags of Google Benchmark are known too: --benchmark_filter=REGEX for some lines of the\n"
      "table, --benchmark_min_time=SECONDS for the length of a repetition (0.03 if not given).");

  // Ahead of the user's, which win.
  std::vector<std::string> arguments = {argv[0], "--benchmark_min_time=0.03"};
  bool help = false;
  for (int i = 1; i < argc; ++i) {
    // Google Benchmark would answer for itself alone.
    help = help || std::string(argv[i]) == "--help";
    arguments.emplace_back(argv[i]);
  }
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  if (!help) benchmark::Initialize(&count, pointers.data());
  try {
    app.parse(count, pointers.data());
  } catch (const CLI::ParseError& error) {
    const bool answered = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error);
    return answered ? 0 : 2;
  }
  return Bench(request);
}

}  // namespace
}  // namespace didact

int main(int argc, char** argv) { return didact::Main(argc, argv); }
