// Measures how fast this machine trains: compares every kernel, step and evaluation with the limit
// of the machine's multipliers.

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
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "benchmark/benchmark.h"
#include "didact/framework/kernels/simd_level.h"
#include "tools/bench/gemm_tasks.h"
#include "tools/bench/google_benchmark_runner.h"
#include "tools/bench/image_tasks.h"
#include "tools/bench/input_tasks.h"
#include "tools/bench/kernel_tasks.h"
#include "tools/bench/machine_limit.h"
#include "tools/bench/memory_bandwidth.h"
#include "tools/bench/memory_use.h"
#include "tools/bench/open_blas.h"
#include "tools/bench/peer_environment.h"
#include "tools/bench/random_tasks.h"
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
  std::string format = "text";
  bool table_only = false;
  int repetitions = 7;
};

int ReportFailure(const absl::Status& status, int exit_code) {
  std::cerr << "bench: " << status.message() << "\n";
  return exit_code;
}

// Inserts each task of `peers` after the task with which it shares a line of the table.
std::vector<Task> Alternate(const std::vector<Task>& tasks, const std::vector<Task>& peers) {
  std::vector<Task> all;
  for (const Task& task : tasks) {
    all.push_back(task);
    for (const Task& peer : peers) {
      if (peer.section == task.section && peer.label == task.label &&
          peer.precision == task.precision) {
        all.push_back(peer);
      }
    }
  }
  return all;
}

// Describes the libraries that were measured, their kernels, and the variables that were removed
// from their environment. `choice`: the kernels that OpenBLAS would have chosen.
std::string FormatPeers(const std::vector<std::string>& removed, const std::string& choice,
                        const OpenBlas& blas, const TorchProcess* torch) {
  std::string text = absl::StrFormat("peers\n  %s, kernels for %s, threads: %d\n", blas.version(),
                                     blas.kernels(), blas.threads());
  if (choice != blas.kernels()) {
    absl::StrAppend(&text, "    by itself it would choose those for ", choice,
                    ", which make less of this processor\n");
  }
  if (torch != nullptr) absl::StrAppend(&text, torch->description(), kTorchBaselines);
  if (!removed.empty()) {
    absl::StrAppend(&text, "  removed from their environment: ", absl::StrJoin(removed, " "), "\n");
  }
  return text;
}

int Bench(const Request& request) {
  const absl::Status selected = SelectSimdLevel(request.simd);
  if (!selected.ok()) return ReportFailure(selected, 2);
  const std::vector<std::string> removed = ClearPeerEnvironment();
  const absl::StatusOr<std::string> choice = AskForWidestOpenBlasKernels();
  if (!choice.ok()) return ReportFailure(choice.status(), 2);
  std::unique_ptr<TorchProcess> torch;
  Agreements agreements;
  std::vector<Task> torch_tasks;
  if (!request.baseline.empty()) {
    absl::StatusOr<std::unique_ptr<TorchProcess>> started = TorchProcess::Start();
    if (!started.ok()) return ReportFailure(started.status(), 2);
    torch = *std::move(started);
    torch_tasks = TorchTasks(*torch, agreements);
  }
  // Memory is measured first, while this process is small.
  std::string memory_use;
  if (!request.table_only) {
    absl::StatusOr<std::string> measured = MeasureMemoryUse();
    if (!measured.ok()) return ReportFailure(measured.status(), 1);
    memory_use = *std::move(measured);
  }
  const absl::StatusOr<std::unique_ptr<OpenBlas>> blas = OpenBlas::Load();
  if (!blas.ok()) return ReportFailure(blas.status(), 2);

  // Google Benchmark keeps references to the tasks until the program ends.
  static auto& tasks = *new std::vector<Task>;
  for (std::vector<Task> some :
       {Alternate(StepTasks(), torch_tasks), Alternate(DeepStepTasks(), torch_tasks),
        OptimizerTasks(), Alternate(ImageTasks(), torch_tasks), GemmTasks(**blas), KernelTasks(),
        InputTasks(), Alternate(RandomTasks(), torch_tasks)}) {
    std::move(some.begin(), some.end(), std::back_inserter(tasks));
  }
  Limits limits;
  limits.multipliers = MeasureMultiplierLimits();
  limits.memory = MeasureMemoryBandwidth();
  Table table;
  const bool all_ran = RunByGoogleBenchmark(tasks, request.repetitions, table);
  // The limits are measured again, because another program may have used the processor the first
  // time.
  limits.multipliers = Faster(limits.multipliers, MeasureMultiplierLimits());
  std::cout << FormatLimits(limits) << FormatPeers(removed, *choice, **blas, torch.get())
            << agreements.Format()
            << table.Format(limits, request.format == "markdown" ? TableFormat::kMarkdown
                                                                 : TableFormat::kText)
            << std::flush;
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
                 "Runs steps and evaluations in PyTorch too, in three ways, in turn with ours")
      ->type_name("torch")
      ->check(CLI::IsMember({"torch"}));
  app.add_option("--format", request.format, "Of the table: text (if not given) or markdown")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "markdown"}));
  app.add_flag("--table-only", request.table_only, "Leaves out second cores and memory");
  app.add_option("--repetitions", request.repetitions, "Of every line; 7 if not given")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  app.footer(
      "Flags of Google Benchmark are known too: --benchmark_filter=REGEX for some lines of the\n"
      "table, --benchmark_min_time=SECONDS for the length of a repetition (0.03 if not given).");

  // The user's flags follow and take precedence.
  std::vector<std::string> arguments = {argv[0], "--benchmark_min_time=0.03"};
  bool help = false;
  for (int i = 1; i < argc; ++i) {
    // Google Benchmark would print only its own help.
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
