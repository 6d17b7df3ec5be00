// didact extend DIR: adds seeds, epochs or experiments to a run or a sweep that exists.

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/load.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/changed_files.h"
#include "didact/framework/execution/changed_plugins.h"
#include "didact/framework/execution/extend_run.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/used_libraries.h"
#include "didact/framework/results/extension_request.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/sweep/load_sweep.h"
#include "tools/command.h"
#include "tools/command_resume.h"
#include "tools/command_sweep.h"
#include "tools/execute_run.h"
#include "tools/launch.h"

namespace didact {
namespace {

struct ExtendRequest {
  ResumeRequest resume;
  std::string config;  // of the larger run or sweep, before overrides; empty: the directory's own
  bool dry_run = false;
  bool prepare = false;
};

// Prints which finished trials are trained again, and why.
void PrintRepeated(const ExtensionSummary& summary) {
  constexpr int kMostReasons = 5;
  int printed = 0;
  for (const auto& [reason, trials] : summary.reasons) {
    if (printed++ == kMostReasons) break;
    std::cerr << "didact: note: " << trials
              << (trials == 1 ? " trial that has" : " trials that have") << " finished "
              << (trials == 1 ? "is" : "are") << " trained again from the beginning: " << reason
              << "\n";
  }
  if (summary.reasons.size() > kMostReasons) {
    std::cerr << "didact: note: in all, " << summary.repeated
              << " trials that have finished are trained again\n";
  }
}

void PrintSummary(const ExtensionSummary& summary) {
  std::cout << summary.trials << " trials\n"
            << "  " << summary.stay << " have ended and stay as they are\n"
            << "  " << summary.continued
            << " have finished and go on from their final checkpoints\n"
            << "  " << summary.repeated
            << " have finished and are trained again from the beginning\n"
            << "  " << summary.unfinished() << " are new, or have not ended\n"
            << std::flush;
}

ConfirmExtension ConfirmOf(const ExtendRequest& request) {
  return [&request](const ExtensionSummary& summary) {
    if (request.dry_run) PrintSummary(summary);
    if (!request.resume.flags.quiet) PrintRepeated(summary);
    return !request.dry_run;
  };
}

absl::StatusOr<ExitCode> ExtendRunAndTrain(const ExtendRequest& request) {
  const std::string& directory = request.resume.directory;
  if (request.prepare) {
    return absl::InvalidArgumentError(
        "--prepare: must be given for a sweep alone: the trials of a run are trained by one "
        "process");
  }
  DIDACT_RETURN_IF_ERROR(RefuseLaunch("extend"));
  const RunDirectory run = RunDirectory::At(directory);
  const EarlierProvenance earlier = ReadProvenance(run.ProvenancePath());
  DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, request.resume));
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile recorded,
                          OpenRecorded(CurrentRequestPath(directory, "experiment.textproto")));
  ConfigFile file = recorded;
  if (!request.config.empty()) {
    DIDACT_ASSIGN_OR_RETURN(file, OpenConfigFile(request.config));
  }
  if (IsSweep(file)) {
    return absl::InvalidArgumentError(absl::StrCat(
        file.path, ": must be a didact.Experiment, as in ", directory, ", got a didact.Sweep"));
  }
  std::vector<NamedLibrary> libraries = PluginLibraries(file);
  if (!request.config.empty()) {
    const std::vector<NamedLibrary> of_directory = PluginLibraries(recorded);
    libraries.insert(libraries.end(), of_directory.begin(), of_directory.end());
  }
  DIDACT_ASSIGN_OR_RETURN(const Plugins plugins, LoadPluginsToResume(request.resume, libraries));
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment,
                          LoadExperiment(file, request.resume.overrides, plugins.registry));
  std::vector<std::string> notes;  // not used: the run makes them again when it continues
  DIDACT_RETURN_IF_ERROR(CheckChangedPlugins(directory, earlier.used_libraries,
                                             UsedLibraries(*experiment, plugins.registry),
                                             request.resume.flags.allow_changed_plugins, notes));
  const absl::StatusOr<std::vector<DataFile>> files =
      HashDataFiles(experiment, plugins.registry, &StopOnSignals());
  DIDACT_RETURN_IF_ERROR(files.status());
  DIDACT_RETURN_IF_ERROR(CheckChangedFiles(directory, earlier.data_files, *files,
                                           /*same_path=*/false,
                                           request.resume.flags.allow_changed_files, notes));
  const absl::Status extended =
      ExtendRun(directory, experiment, plugins.registry, FieldPath(file.path), ConfirmOf(request),
                &StopOnSignals());
  if (!extended.ok()) return EndFailedExtension(directory, extended);
  if (request.dry_run) return kAllWell;

  RunOptions options;
  options.directory = directory;
  options.resume = true;
  options.threads = request.resume.flags.ThreadCount();
  options.path = FieldPath(run.ExperimentPath());
  options.experiment_text = PrintText(*experiment, plugins.registry);
  options.allow_changed_plugins = request.resume.flags.allow_changed_plugins;
  options.allow_changed_files = request.resume.flags.allow_changed_files;
  options.command = request.resume.command_line;
  const absl::StatusOr<ExitCode> code =
      ExecuteRun(experiment, plugins.registry, options, request.resume.flags.quiet);
  return code.ok() ? *code : ReportUnfinishedExtension(directory, code.status());
}

absl::StatusOr<ExitCode> Extend(const ExtendRequest& request) {
  const std::string& directory = request.resume.directory;
  const bool is_sweep = PathExists(SweepDirectory::At(directory).SweepPath());
  if (!is_sweep) DIDACT_RETURN_IF_ERROR(RunDirectory::CheckIsRun(directory));
  // An interrupted extension would have to be finished before a new one can be planned.
  if (request.dry_run) DIDACT_RETURN_IF_ERROR(CheckIsNotBeingExtended(directory));
  if (!is_sweep) return ExtendRunAndTrain(request);
  DIDACT_ASSIGN_OR_RETURN(
      const ExitCode code,
      ExtendSweepAndRun(request.resume, request.config,
                        /*trains=*/!request.dry_run && !request.prepare, ConfirmOf(request)));
  if (request.prepare && !request.dry_run && !request.resume.flags.quiet) {
    std::cout << "'didact resume " << directory << "' trains what is left\n" << std::flush;
  }
  return code;
}

}  // namespace

void AddExtendCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code) {
  const auto request = std::make_shared<ExtendRequest>();
  ResumeRequest& resume = request->resume;
  resume.command_line = command_line;
  CLI::App* const command = app.add_subcommand(
      "extend", "Add seeds, epochs or experiments to a run or a sweep that is there");
  ExpandHomeIn(*command->add_option("DIR", resume.directory, "The directory of the run or sweep")
                    ->option_text(" ")
                    ->required());
  ExpandHomeIn(
      *command
           ->add_option(
               "CONFIG", request->config,
               "The larger experiment or sweep, in protobuf text format; default: what the "
               "directory holds, changed by --set")
           ->option_text(" "));
  command
      ->add_option("--set", resume.overrides,
                   "Changes a field of the experiment, or of the sweep's base, e.g. "
                   "--set=seed.last=32 or --set=training.epochs=200; may be repeated")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  ExpandHomeIn(
      *command
           ->add_option(
               "--plugin", resume.plugin_libraries,
               "A library with plugins, instead of those that the run was begun with; may be "
               "repeated")
           ->type_name("FILE")
           ->allow_extra_args(false));
  resume.flags.AddAllowedChanges(*command);
  resume.flags.AddExecutionFlags(*command);
  RefuseShardFlag(*command,
                  "is for 'didact sweep': 'didact extend DIR SWEEP --prepare' and then 'didact "
                  "sweep SWEEP --out=DIR --shard=I/N'");
  resume.executor.AddTo(*command);
  command->add_flag("--dry-run", request->dry_run,
                    "Print how many trials stay, go on, or are trained again, and do nothing");
  command->add_flag("--prepare", request->prepare,
                    "Make the directory that of the larger sweep and train nothing, which 'didact "
                    "resume', or 'didact sweep' with --shard, does then");
  command->footer(
      "What is finished is used, and the rest is trained; the files are then those of the larger "
      "run or sweep, byte for byte. More seeds, more epochs, more values of axes, more points; "
      "nothing else may change.");
  const CLI::Option* const simd = command->get_option("--simd");
  command->callback([request, simd, &exit_code] {
    request->resume.chooses_simd = simd->count() > 0;
    const absl::StatusOr<ExitCode> code = Extend(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
