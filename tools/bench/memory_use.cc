#include "tools/bench/memory_use.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/execution/run_experiment.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "tools/bench/experiments.h"
#include "tools/bench/step_tasks.h"

namespace didact {
namespace {

constexpr int64_t kFirstSteps = 1000;
constexpr int64_t kMoreSteps = 10000;

// Returns the number of bytes in a line `NAME: 123 kB` of /proc/self/status. VmHWM is the highest
// value that VmRSS has had.
int64_t StatusBytes(const std::string& name) {
  std::ifstream file("/proc/self/status");
  std::string word;
  int64_t kilobytes = 0;
  while (file >> word) {
    if (word == name && file >> kilobytes) break;
  }
  return kilobytes << 10;
}

// Returns the resident memory. It is exact to a few pages, since the system counts in batches.
int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

using Figures = std::array<int64_t, 2>;

// Calls `measure` in a child process and returns its result.
absl::StatusOr<Figures> InChild(absl::FunctionRef<absl::StatusOr<Figures>()> measure) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return absl::InternalError("cannot make a pipe");
  const pid_t process = fork();
  if (process < 0) return absl::InternalError("cannot start a process");
  if (process == 0) {
    const absl::StatusOr<Figures> figures = measure();
    const bool written = figures.ok() && write(pipe_ends[1], figures->data(), sizeof(Figures)) ==
                                             ssize_t{sizeof(Figures)};
    _exit(written ? 0 : 1);
  }
  close(pipe_ends[1]);
  Figures figures = {};
  const ssize_t size = read(pipe_ends[0], figures.data(), sizeof(Figures));
  close(pipe_ends[0]);
  waitpid(process, nullptr, 0);
  if (size != ssize_t{sizeof(Figures)}) return absl::InternalError("memory: a measurement failed");
  return figures;
}

// Returns the peak memory of a trial beyond that of the process before it, and the growth over
// kMoreSteps.
absl::StatusOr<Figures> MeasureTrial(const TwoLayer& setting) {
  const int64_t before = ResidentBytes();
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Trial> trial,
                          MakeTrial(TwoLayerConfig(setting, "double")));
  for (int64_t i = 0; i < kFirstSteps; ++i) DIDACT_RETURN_IF_ERROR(trial->Step());
  DIDACT_RETURN_IF_ERROR(trial->Evaluate().status());
  const int64_t most = StatusBytes("VmHWM:") - before;
  const int64_t settled = ResidentBytes();
  for (int64_t i = 0; i < kMoreSteps; ++i) DIDACT_RETURN_IF_ERROR(trial->Step());
  return Figures{most, ResidentBytes() - settled};
}

// Returns the peak memory of a process with a run of three trials per thread.
absl::StatusOr<Figures> MeasureRun(const TwoLayer& setting, int threads,
                                   const std::string& directory) {
  DIDACT_ASSIGN_OR_RETURN(Experiment experiment, MakeExperiment(TwoLayerConfig(setting, "double")));
  experiment.mutable_seed()->set_first(1);
  experiment.mutable_seed()->set_last(3 * threads);
  experiment.mutable_training()->set_epochs(1);
  PluginRegistry registry;
  DIDACT_RETURN_IF_ERROR(RegisterBuiltinPlugins(registry));
  RunOptions options;
  options.directory = directory;
  options.threads = threads;
  options.path = FieldPath("bench");
  options.experiment_text = PrintText(experiment, registry);
  const std::atomic<bool> stop = false;
  Progress progress;
  DIDACT_RETURN_IF_ERROR(RunExperiment(experiment, registry, options, stop, progress).status());
  return Figures{StatusBytes("VmHWM:"), 0};
}

double Megabytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

absl::StatusOr<std::string> MeasureMemoryUse() {
  namespace fs = std::filesystem;
  std::string folder = (fs::temp_directory_path() / "didact_bench_XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::InternalError("no temporary folder");

  std::string trials =
      absl::StrFormat("\n%-41s %9s %20s\n", "memory of a trial", "at most", "growth, 10,000 steps");
  std::string workers =
      absl::StrFormat("\n%-41s %9s %20s\n", "memory of a run", "process", "each more worker");
  absl::Status status;
  for (const TwoLayer& setting : EvaluationSettings()) {
    const std::string label =
        absl::StrFormat("  %-32s double", absl::StrCat(StudentNodes(setting)));
    const auto trial = InChild([&] { return MeasureTrial(setting); });
    const std::string run = absl::StrCat(folder, "/", setting.student_nodes());
    const auto one = InChild([&] { return MeasureRun(setting, 1, run + "_1"); });
    const auto two = InChild([&] { return MeasureRun(setting, 2, run + "_2"); });
    for (const auto* figures : {&trial, &one, &two}) status.Update(figures->status());
    if (!status.ok()) break;
    absl::StrAppendFormat(&trials, "%s %6.1f MB %14d bytes\n", label, Megabytes((*trial)[0]),
                          (*trial)[1]);
    absl::StrAppendFormat(&workers, "%s %6.1f MB %17.1f MB\n", label, Megabytes((*one)[0]),
                          Megabytes((*two)[0] - (*one)[0]));
  }
  std::error_code error;
  fs::remove_all(folder, error);
  if (!status.ok()) return status;
  return trials + workers;
}

}  // namespace didact
