// didact run CONFIG: trains every trial of an experiment into a run directory.

#include <memory>
#include <string>
#include <vector>

#include "didact/framework/base/status.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/run_experiment.h"
#include "tools/command.h"
#include "tools/execute_run.h"
#include "tools/experiment_request.h"
#include "tools/launch.h"
#include "tools/run_flags.h"

namespace didact {
namespace {

struct RunRequest {
  ExperimentRequest experiment;
  RunFlags flags;
  std::vector<std::string> command_line;
};

absl::StatusOr<ExitCode> Run(const RunRequest& request) {
  DIDACT_RETURN_IF_ERROR(RefuseLaunch("run"));
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, Open(request.experiment));
  DIDACT_ASSIGN_OR_RETURN(const LoadedExperiment loaded,
                          LoadRequestedExperiment(request.experiment, file));
  const ResolvedExperiment& experiment = loaded.experiment;

  RunOptions options;
  options.directory = request.flags.Directory(experiment->name());
  options.force = request.flags.force;
  options.threads = request.flags.ThreadCount();
  options.path = FieldPath(request.experiment.config);
  options.experiment_text = PrintText(*experiment, loaded.plugins.registry);
  options.command = request.command_line;

  return ExecuteRun(experiment, loaded.plugins.registry, options, request.flags.quiet);
}

}  // namespace

void AddRunCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code) {
  const auto request = std::make_shared<RunRequest>();
  request->command_line = command_line;
  CLI::App* const command = app.add_subcommand("run", "Run an experiment: train all its trials");
  request->experiment.AddFlags(*command, "CONFIG",
                               "The experiment: a didact.Experiment in protobuf text format");
  request->flags.AddFlags(*command, "run");
  RefuseShardFlag(*command,
                  "is for sweeps: 'didact sweep SWEEP --shard=I/N' trains a part of a sweep's "
                  "trials; a sweep of this experiment alone is the file name: \"NAME\" base_path: "
                  "\"CONFIG\" point {}");
  command->callback([request, &exit_code] {
    const absl::StatusOr<ExitCode> code = Run(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
