// didact resume DIR: finishes a run or a sweep that was interrupted.

#include "tools/command_resume.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/compare_configs.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/load.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/extend_run.h"
#include "didact/framework/io/file.h"
#include "didact/framework/kernels/simd_level.h"
#include "didact/framework/results/extension_request.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/sweep/load_sweep.h"
#include "tools/command_sweep.h"
#include "tools/execute_run.h"

namespace didact {

namespace {

// Returns the command as a user would type it: `didact extend runs/x --set=seed.last=32`.
std::string CommandOf(const ResumeRequest& request) {
  std::string text = "didact";
  for (size_t i = 1; i < request.command_line.size(); ++i) {
    const std::string& argument = request.command_line[i];
    const bool is_plain = absl::c_all_of(argument, [](char c) {
      return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
             absl::StrContains("-_=./:,+%@", absl::string_view(&c, 1));
    });
    absl::StrAppend(&text, " ",
                    is_plain
                        ? argument
                        : absl::StrCat("'", absl::StrReplaceAll(argument, {{"'", "'\\''"}}), "'"));
  }
  return text;
}

}  // namespace

absl::StatusOr<Plugins> LoadPluginsToResume(const ResumeRequest& request,
                                            absl::Span<const NamedLibrary> of_config) {
  if (!request.plugin_libraries.empty()) return LoadPlugins(request.plugin_libraries);
  absl::StatusOr<Plugins> plugins = LoadPlugins({}, {of_config.begin(), of_config.end()});
  if (plugins.ok()) return plugins;
  std::string flags;
  bool is_missing = false;
  for (const NamedLibrary& library : of_config) {
    const bool is_there = PathExists(library.file);
    absl::StrAppend(&flags, " --plugin=", is_there ? library.file : "FILE");
    is_missing = is_missing || !is_there;
  }
  if (!is_missing) return plugins;
  return absl::Status(
      plugins.status().code(),
      absl::StrCat(plugins.status().message(),
                   "; if it was moved, say where it is now: ", CommandOf(request), flags));
}

absl::StatusOr<ConfigFile> OpenRecorded(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(ConfigFile file, OpenConfigFile(path));
  DIDACT_ASSIGN_OR_RETURN(file.folder, AbsoluteFolderOf(""));
  return file;
}

absl::StatusOr<LoadedSweep> LoadSweepToResume(const ResumeRequest& request, const ConfigFile& file,
                                              absl::Span<const NamedLibrary> of_directory) {
  const EarlierProvenance earlier =
      ReadProvenance(RunDirectory::At(request.directory).ProvenancePath());
  DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, request));
  DIDACT_ASSIGN_OR_RETURN(std::vector<NamedLibrary> libraries, SweepPluginLibraries(file));
  libraries.insert(libraries.end(), of_directory.begin(), of_directory.end());
  DIDACT_ASSIGN_OR_RETURN(Plugins plugins, LoadPluginsToResume(request, libraries));
  auto kept = std::make_unique<const Plugins>(std::move(plugins));
  DIDACT_ASSIGN_OR_RETURN(SweepPlan plan, LoadSweep(file, request.overrides, kept->registry));
  return LoadedSweep{std::move(kept), std::move(plan)};
}

absl::Status UseSimdOf(const EarlierProvenance& earlier, const ResumeRequest& request) {
  if (request.chooses_simd || earlier.simd.empty()) return absl::OkStatus();
  const absl::string_view active = ActiveSimdLevel();
  if (GiveSameBits(earlier.simd, active)) return absl::OkStatus();
  const absl::Status selected = SelectSimdLevel(LeastSimdLevelOfSameBits(earlier.simd));
  if (selected.ok()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      request.directory, ": was computed with ", earlier.simd, ", which this processor lacks; ",
      active, " gives other bits: to go on all the same, give --simd=", active));
}

absl::StatusOr<ExitCode> EndFailedExtension(const std::string& directory,
                                            const absl::Status& status) {
  if (!IsBeingExtended(directory)) return status;
  return ReportUnfinishedExtension(directory, status);
}

ExitCode ReportUnfinishedExtension(const std::string& directory, const absl::Status& status) {
  const int code = ReportError(status);
  PrintError(absl::StrCat(directory, ": the extension has begun; 'didact resume ", directory,
                          "' goes on with it"));
  return code == kInterruptedRun ? kInterruptedRun : kTrialFailed;
}

namespace {

// Returns the changes of file names that --set makes. Errors: --set changes anything else.
absl::StatusOr<std::vector<std::string>> MovedFiles(const ResumeRequest& request,
                                                    const ConfigFile& file,
                                                    const Experiment& experiment,
                                                    const PluginRegistry& registry) {
  std::vector<std::string> moved;
  if (request.overrides.empty()) return moved;
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment before, LoadExperiment(file, {}, registry));
  const ConfigComparison comparison = CompareConfigs(before, experiment, registry);
  if (!comparison.differences.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--set: may change names of files alone, since the run in ", request.directory,
                     " goes on, got ", comparison.differences));
  }
  for (const FileNameChange& change : comparison.file_names) {
    moved.push_back(absl::StrCat(change.field, ": ", change.before, " -> ", change.now));
  }
  return moved;
}

absl::StatusOr<ExitCode> Resume(const ResumeRequest& request) {
  const std::string& directory = request.directory;
  if (PathExists(SweepDirectory::At(directory).SweepPath())) return ResumeSweep(request);
  DIDACT_RETURN_IF_ERROR(RunDirectory::CheckIsRun(directory));
  DIDACT_RETURN_IF_ERROR(RefuseLaunch("resume"));
  const RunDirectory run = RunDirectory::At(directory);
  const EarlierProvenance earlier = ReadProvenance(run.ProvenancePath());
  DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, request));
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file,
                          OpenRecorded(CurrentRequestPath(directory, "experiment.textproto")));
  DIDACT_ASSIGN_OR_RETURN(const Plugins plugins,
                          LoadPluginsToResume(request, PluginLibraries(file)));
  const PluginRegistry& registry = plugins.registry;
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment,
                          LoadExperiment(file, request.overrides, registry));
  DIDACT_ASSIGN_OR_RETURN(std::vector<std::string> moved_files,
                          MovedFiles(request, file, experiment, registry));
  if (IsBeingExtended(directory)) {
    const absl::Status extended = ExtendRun(
        directory, experiment, registry, FieldPath(file.path),
        [](const ExtensionSummary&) { return true; }, &StopOnSignals());
    if (!extended.ok()) return EndFailedExtension(directory, extended);
  }

  RunOptions options;
  options.directory = directory;
  options.resume = true;
  options.threads = request.flags.ThreadCount();
  options.path = FieldPath(run.ExperimentPath());
  options.experiment_text = PrintText(*experiment, registry);
  options.allow_changed_plugins = request.flags.allow_changed_plugins;
  options.allow_changed_files = request.flags.allow_changed_files;
  options.moved_files = std::move(moved_files);
  options.command = request.command_line;
  return ExecuteRun(experiment, registry, options, request.flags.quiet);
}

}  // namespace

void AddResumeCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code) {
  const auto request = std::make_shared<ResumeRequest>();
  request->command_line = command_line;
  CLI::App* const command =
      app.add_subcommand("resume", "Finish a run or a sweep that was interrupted");
  ExpandHomeIn(*command->add_option("DIR", request->directory, "The directory of the run or sweep")
                    ->option_text(" ")
                    ->required());
  command
      ->add_option("--set", request->overrides,
                   "Says where a file is that was moved, e.g. --set=train_data.inputs=x.npy, "
                   "relative to the working directory; may be repeated")
      ->type_name("PATH=FILE")
      ->allow_extra_args(false);
  ExpandHomeIn(
      *command
           ->add_option("--plugin", request->plugin_libraries,
                        "A library with plugins, instead of those that were used until now; may be "
                        "repeated")
           ->type_name("FILE")
           ->allow_extra_args(false));
  request->flags.AddAllowedChanges(*command);
  request->flags.AddExecutionFlags(*command);
  RefuseShardFlag(*command,
                  "is for 'didact sweep': 'didact sweep SWEEP --out=DIR --shard=I/N' goes on with "
                  "the sweep in DIR, too");
  request->executor.AddTo(*command);
  const CLI::Option* const simd = command->get_option("--simd");
  command->callback([request, simd, &exit_code] {
    request->chooses_simd = simd->count() > 0;
    const absl::StatusOr<ExitCode> code = Resume(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
