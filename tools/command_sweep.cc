// didact sweep SWEEP: trains the trials of many experiments into a sweep directory.

#include "tools/command_sweep.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/changed_files.h"
#include "didact/framework/execution/changed_plugins.h"
#include "didact/framework/execution/executor.h"
#include "didact/framework/execution/extend_sweep.h"
#include "didact/framework/execution/probe_sweep.h"
#include "didact/framework/execution/run_sweep.h"
#include "didact/framework/execution/sweep_time.h"
#include "didact/framework/results/extension_request.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/sweep/load_sweep.h"
#include "tools/command.h"
#include "tools/end_report.h"
#include "tools/experiment_request.h"
#include "tools/launch.h"
#include "tools/progress_line.h"
#include "tools/run_flags.h"
#include "tools/sweep_table.h"
#include "tools/terminal.h"

namespace didact {
namespace {

using LoadSweepFunction = std::function<absl::StatusOr<LoadedSweep>()>;

struct SweepRequest {
  ExperimentRequest experiment;
  RunFlags flags;
  ExecutorFlag executor;
  std::string shard;
  bool dry_run = false;
  bool resume = false;
  bool may_move_files = false;
  LoadSweepFunction load;  // optional; otherwise the sweep is loaded from `experiment`
  // If true, the sweep in the directory, which must exist, becomes the larger one of the config.
  bool extend = false;
  ConfirmExtension confirm = [](const ExtensionSummary&) { return true; };
  bool trains = true;  // false: the command ends before the training
  std::vector<std::string> command_line;
};

absl::StatusOr<Shard> ShardOf(const SweepRequest& request) {
  if (request.shard.empty()) return Shard();
  DIDACT_ASSIGN_OR_RETURN(const Shard shard, ParseShard(request.shard));
  if (!shard.is_whole() && request.flags.force) {
    return absl::InvalidArgumentError(
        "--force: must not be given with --shard: one shard would remove what another has done; "
        "remove the folder instead");
  }
  return shard;
}

absl::Status CheckIsSweep(const ConfigFile& file) {
  if (IsSweep(file)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      file.path + ": must be a didact.Sweep, got a didact.Experiment, which 'didact run' runs");
}

absl::StatusOr<LoadedSweep> Load(const SweepRequest& request) {
  if (request.load) return request.load();
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, Open(request.experiment));
  DIDACT_RETURN_IF_ERROR(CheckIsSweep(file));
  return LoadRequestedSweep(request.experiment, file);
}

absl::StatusOr<ExitCode> DryRun(const SweepRequest& request, const Shard& shard) {
  if (IsSilent()) return kAllWell;
  DIDACT_ASSIGN_OR_RETURN(const LoadedSweep loaded, Load(request));
  FirstWarnings warnings(PrintWarning);
  const StopFlag stop = &StopOnSignals();
  const PluginRegistry& registry = loaded.plugins->registry;
  DIDACT_RETURN_IF_ERROR(ProbeSweep(loaded.plan, registry, &warnings, stop));
  DIDACT_ASSIGN_OR_RETURN(
      const SweepTime time,
      MeasureSweepTime(loaded.plan, registry, shard, request.flags.ThreadCount(), stop));
  std::cout << FormatSweepPlan(loaded.plan, time, request.shard,
                               TerminalColumns(STDOUT_FILENO, kUnlimitedColumns))
            << std::flush;
  return kAllWell;
}

// Extends the sweep in the directory. A single process does this before all begin.
absl::Status Extend(const SweepRequest& request, const LoadedSweep& loaded) {
  const std::string& directory = request.flags.out;
  if (!request.extend && !IsBeingExtended(directory)) return absl::OkStatus();
  std::vector<std::string> notes;  // not used: the sweep makes them again when it continues
  const EarlierProvenance earlier = ReadLatestProvenance(directory);
  DIDACT_RETURN_IF_ERROR(CheckChangedPlugins(directory, earlier.used_libraries,
                                             loaded.plan.used_libraries(),
                                             request.flags.allow_changed_plugins, notes));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<FileName> names,
                          loaded.plan.DataFileNames(loaded.plan.AllExperiments()));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<DataFile> files,
                          HashDataFiles(names, &StopOnSignals()));
  DIDACT_RETURN_IF_ERROR(CheckChangedFiles(directory, earlier.data_files, files,
                                           /*same_path=*/true, request.flags.allow_changed_files,
                                           notes));
  return ExtendSweep(directory, loaded.plan, loaded.plugins->registry, request.confirm,
                     &StopOnSignals());
}

// Returns the command that trains parts of this sweep if --shard is added to it.
std::string CommandForParts(const SweepRequest& request, const std::string& directory) {
  const std::string& config = request.experiment.config;
  return absl::StrCat("didact sweep ",
                      config.empty() ? SweepDirectory::At(directory).SweepPath() : config,
                      " --out=", directory);
}

absl::StatusOr<ExitCode> RunCommand(const SweepRequest& request) {
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  DIDACT_ASSIGN_OR_RETURN(const Shard shard, ShardOf(request));
  if (request.dry_run) return DryRun(request, shard);
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Executor> executor,
                          request.executor.Make(request.flags.threads));
  absl::StatusOr<LoadedSweep> loaded = Load(request);
  DIDACT_RETURN_IF_ERROR(executor->Agree(loaded.status()));
  const SweepPlan& plan = loaded->plan;
  const PluginRegistry& registry = loaded->plugins->registry;
  if (request.resume) {
    const absl::Status extended =
        executor->Agree(executor->leads() ? Extend(request, *loaded) : absl::OkStatus());
    if (!extended.ok()) return EndFailedExtension(request.flags.out, extended);
  }
  if (!request.trains) return kAllWell;

  SweepOptions options;
  options.directory = request.flags.Directory(plan.sweep().name());
  options.force = request.flags.force;
  options.resume = request.resume;
  options.shard = shard;
  if (!request.flags.quiet && executor->leads()) options.warn = PrintWarning;
  options.sweep_text = PrintText(plan.sweep(), registry);
  options.allow_changed_plugins = request.flags.allow_changed_plugins;
  options.allow_changed_files = request.flags.allow_changed_files;
  options.allow_moved_files = request.may_move_files;
  options.command = request.command_line;

  const std::atomic<bool>& stop = StopOnSignals();
  Progress progress;
  std::optional<ProgressLine> line;
  if (!request.flags.quiet && executor->leads()) {
    line.emplace(progress, FormatSweepProgress, request.flags.ThreadCount());
  }
  absl::StatusOr<SweepResult> result = RunSweep(plan, registry, options, *executor, stop, progress);
  line.reset();
  if (!result.ok()) {
    if (request.extend) return ReportUnfinishedExtension(options.directory, result.status());
    if (progress.View().trials == 0) {
      return ExplainSeparateProcesses(result.status(), CommandForParts(request, options.directory));
    }
    ReportError(result.status());
    return kTrialFailed;
  }
  // Only the leading process returns an exit code for the work of all: a launcher kills all
  // processes after the first exit code that is not 0.
  if (!executor->leads()) return kAllWell;
  if (request.flags.quiet) {
    return PrintQuietEnd(result->outcome, FormatSweepFailures(plan, result->trials, result->own));
  }
  EndReport report;
  report.outcome = result->outcome;
  report.notes = std::move(result->notes);
  report.config = plan.path().origin();
  report.trials = static_cast<int64_t>(result->own.size());
  std::vector<int64_t> own = result->own;
  absl::c_sort(own);
  for (const int64_t trial : own) {
    const TrialProvenance& provenance = result->trials[trial].provenance;
    if (provenance.warnings.empty()) continue;
    report.warnings.Add(
        provenance.warnings,
        absl::StrCat(plan.grid().Label(plan.ExperimentOf(trial)), ", seed ", provenance.seed));
  }
  report.results = FormatSweepResults(plan, result->trials, result->own,
                                      TerminalColumns(STDOUT_FILENO, kUnlimitedColumns));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report.threads = request.flags.ThreadCount();
  report.directory = options.directory;
  report.how_to_go_on = "the same command goes on with the sweep";
  return PrintEnd(report);
}

// Returns the request to continue the sweep in a directory, without the config to load.
SweepRequest RequestToResume(const ResumeRequest& resume) {
  SweepRequest request;
  request.flags = resume.flags;
  request.flags.out = resume.directory;
  request.flags.force = false;
  request.executor = resume.executor;
  request.resume = true;
  request.command_line = resume.command_line;
  return request;
}

}  // namespace

absl::StatusOr<ExitCode> ResumeSweep(const ResumeRequest& request) {
  SweepRequest sweep = RequestToResume(request);
  sweep.load = [&request]() -> absl::StatusOr<LoadedSweep> {
    DIDACT_ASSIGN_OR_RETURN(const ConfigFile file,
                            OpenRecorded(CurrentRequestPath(request.directory, "sweep.textproto")));
    return LoadSweepToResume(request, file, {});
  };
  sweep.may_move_files = !request.overrides.empty();
  return RunCommand(sweep);
}

absl::StatusOr<ExitCode> ExtendSweepAndRun(const ResumeRequest& request, const std::string& config,
                                           bool trains, const ConfirmExtension& confirm) {
  SweepRequest sweep = RequestToResume(request);
  sweep.load = [&request, &config]() -> absl::StatusOr<LoadedSweep> {
    DIDACT_ASSIGN_OR_RETURN(const ConfigFile recorded,
                            OpenRecorded(CurrentRequestPath(request.directory, "sweep.textproto")));
    if (config.empty()) return LoadSweepToResume(request, recorded, {});
    DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, OpenConfigFile(config));
    DIDACT_RETURN_IF_ERROR(CheckIsSweep(file));
    DIDACT_ASSIGN_OR_RETURN(const std::vector<NamedLibrary> of_directory,
                            SweepPluginLibraries(recorded));
    return LoadSweepToResume(request, file, of_directory);
  };
  sweep.extend = true;
  sweep.confirm = confirm;
  sweep.trains = trains;
  return RunCommand(sweep);
}

void AddSweepCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code) {
  const auto request = std::make_shared<SweepRequest>();
  request->command_line = command_line;
  CLI::App* const command =
      app.add_subcommand("sweep", "Run a sweep: train the trials of many experiments");
  request->experiment.AddFlags(*command, "SWEEP",
                               "The sweep: a didact.Sweep in protobuf text format");
  request->flags.AddFlags(*command, "sweep");
  request->flags.AddAllowedChanges(*command);
  request->executor.AddTo(*command);
  command
      ->add_option("--shard", request->shard,
                   "Run the I-th of N parts of the trials; I counts from 0 to N - 1 or from 1 to N")
      ->type_name("I/N")
      ->check(
          [](const std::string& text) { return std::string(ParseShard(text).status().message()); });
  command->add_flag(
      "--dry-run", request->dry_run,
      "Print the experiments and the time that they take, by a short measurement, and do nothing "
      "else");
  command->callback([request, &exit_code] {
    const absl::StatusOr<ExitCode> code = RunCommand(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
