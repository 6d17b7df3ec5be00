// didact run CONFIG: trains every trial of an experiment into a run directory.

#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "framework/base/status.h"
#include "framework/execution/run_experiment.h"
#include "framework/execution/thread_arena.h"
#include "framework/experiment/text_format.h"
#include "tools/command.h"
#include "tools/experiment_request.h"
#include "tools/progress_line.h"
#include "tools/run_summary.h"
#include "tools/simd_flag.h"

namespace didact {
namespace {

constexpr int kMaxThreads = 4096;

struct RunRequest {
  ExperimentRequest experiment;
  std::string out;
  int threads = 0;
  bool force = false;
  bool quiet = false;
  std::vector<std::string> command_line;
};

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "written by a signal handler");

// The first signal ends the run after the current steps; the second ends the process.
void StopOnSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { stop_requested = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

ExitCode ExitCodeOf(const std::vector<TrialResult>& trials) {
  const auto any = [&trials](absl::string_view status) {
    return absl::c_any_of(
        trials, [status](const TrialResult& trial) { return trial.provenance.status == status; });
  };
  if (any("interrupted")) return kInterruptedRun;
  return any("failed") || any("diverged") ? kTrialFailed : kAllWell;
}

// For CLI11: what is wrong with the text, or nothing.
std::string CheckThreads(const std::string& text) {
  int threads = 0;
  if (absl::SimpleAtoi(text, &threads) && threads >= 1 && threads <= kMaxThreads) return "";
  return absl::StrCat("must be a whole number from 1 to ", kMaxThreads, ", got \"", text, "\"");
}

std::string CheckOut(const std::string& text) {
  return text.empty() ? "must be a folder, got nothing" : "";
}

absl::StatusOr<ExitCode> Run(const RunRequest& request) {
  DIDACT_ASSIGN_OR_RETURN(const LoadedExperiment loaded, Load(request.experiment));
  const Experiment& experiment = loaded.experiment;

  RunOptions options;
  options.directory = request.out.empty() ? "runs/" + experiment.name() : request.out;
  options.force = request.force;
  options.threads = request.threads > 0 ? request.threads : AvailableCores();
  options.path = FieldPath(request.experiment.config);
  options.experiment_text = PrintText(experiment, loaded.plugins.registry);
  options.command = request.command_line;
  options.plugin_libraries = loaded.plugins.libraries;

  if (experiment.output().checkpoint_every_epochs() > 0 && !request.quiet) {
    std::cerr
        << "didact: note: output.checkpoint_every_epochs has no effect: this version writes no "
           "checkpoints, and an interrupted run starts over\n";
  }
  StopOnSignals();
  RunProgress progress;
  std::optional<ProgressLine> line;
  if (!request.quiet) line.emplace(progress);
  absl::StatusOr<std::vector<TrialResult>> trials =
      RunExperiment(experiment, loaded.plugins.registry, options, stop_requested, progress);
  line.reset();
  if (!trials.ok()) return std::move(trials).status();
  const ExitCode code = ExitCodeOf(*trials);
  if (!request.quiet) {
    std::cout << FormatSummary(*trials) << "\nfiles in " << options.directory << "\n";
    if (code == kInterruptedRun) std::cout << "the same command starts the run over\n";
    std::cout << std::flush;
  }
  return code;
}

}  // namespace

void AddRunCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code) {
  const auto request = std::make_shared<RunRequest>();
  request->command_line = command_line;
  CLI::App* const command = app.add_subcommand("run", "Run an experiment: train all its trials");
  request->experiment.AddFlags(*command);
  command
      ->add_option("--out", request->out, "Where results go; default: runs/ and the config's name")
      ->type_name("DIR")
      ->check(CheckOut);
  command->add_option("--threads", request->threads, "Trials trained at a time; default: all cores")
      ->type_name("N")
      ->check(CheckThreads);
  AddSimdFlag(*command);
  command->add_flag("--force", request->force, "Replace a finished run");
  command->add_flag("--quiet", request->quiet, "Print nothing but errors");
  command->callback([request, &exit_code] {
    const absl::StatusOr<ExitCode> code = Run(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
