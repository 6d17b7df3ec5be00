// didact run CONFIG: trains every trial of an experiment into a run directory.

#include <atomic>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "framework/base/status.h"
#include "framework/execution/run_experiment.h"
#include "framework/experiment/text_format.h"
#include "tools/command.h"
#include "tools/experiment_request.h"
#include "tools/progress_line.h"
#include "tools/run_flags.h"
#include "tools/run_summary.h"

namespace didact {
namespace {

struct RunRequest {
  ExperimentRequest experiment;
  RunFlags flags;
  std::vector<std::string> command_line;
};

ExitCode ExitCodeOf(const std::vector<TrialResult>& trials) {
  const auto any = [&trials](absl::string_view status) {
    return absl::c_any_of(
        trials, [status](const TrialResult& trial) { return trial.provenance.status == status; });
  };
  if (any("interrupted")) return kInterruptedRun;
  return any("failed") || any("diverged") ? kTrialFailed : kAllWell;
}

absl::StatusOr<ExitCode> Run(const RunRequest& request) {
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, Open(request.experiment));
  DIDACT_ASSIGN_OR_RETURN(const LoadedExperiment loaded, Load(request.experiment, file));
  const Experiment& experiment = loaded.experiment;

  RunOptions options;
  options.directory = request.flags.Directory(experiment.name());
  options.force = request.flags.force;
  options.threads = request.flags.ThreadCount();
  options.path = FieldPath(request.experiment.config);
  options.experiment_text = PrintText(experiment, loaded.plugins.registry);
  options.command = request.command_line;
  options.plugin_libraries = loaded.plugins.libraries;

  if (experiment.output().checkpoint_every_epochs() > 0 && !request.flags.quiet) {
    std::cerr
        << "didact: note: output.checkpoint_every_epochs has no effect: this version writes no "
           "checkpoints, and an interrupted run starts over\n";
  }
  const std::atomic<bool>& stop = StopOnSignals();
  RunProgress progress;
  std::optional<ProgressLine> line;
  if (!request.flags.quiet) line.emplace(progress);
  absl::StatusOr<std::vector<TrialResult>> trials =
      RunExperiment(experiment, loaded.plugins.registry, options, stop, progress);
  line.reset();
  if (!trials.ok()) return std::move(trials).status();
  const ExitCode code = ExitCodeOf(*trials);
  if (!request.flags.quiet) {
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
  request->experiment.AddFlags(*command, "CONFIG",
                               "The experiment: a didact.Experiment in protobuf text format");
  request->flags.AddFlags(*command, "run");
  command->callback([request, &exit_code] {
    const absl::StatusOr<ExitCode> code = Run(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
