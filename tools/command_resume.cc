// didact resume DIR: finishes a run or a sweep that was interrupted.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "framework/base/file.h"
#include "framework/base/status.h"
#include "framework/experiment/compare_configs.h"
#include "framework/experiment/config_file.h"
#include "framework/experiment/file_names.h"
#include "framework/experiment/load.h"
#include "framework/experiment/load_sweep.h"
#include "framework/experiment/plugin_libraries.h"
#include "framework/experiment/text_format.h"
#include "framework/kernels/simd_level.h"
#include "framework/results/provenance.h"
#include "framework/results/run_directory.h"
#include "tools/command.h"
#include "tools/command_sweep.h"
#include "tools/execute_run.h"
#include "tools/experiment_request.h"
#include "tools/launch.h"
#include "tools/run_flags.h"

namespace didact {
namespace {

struct ResumeRequest {
  std::string directory;
  std::vector<std::string> overrides;  // PATH=VALUE
  std::vector<std::string> plugin_libraries;
  RunFlags flags;
  ExecutorFlag executor;
  bool chooses_simd = false;
  std::vector<std::string> command_line;
};

// The libraries of the flags, or else those that the run or the sweep names.
absl::StatusOr<Plugins> LoadPluginsOf(const ResumeRequest& request,
                                      const std::vector<NamedLibrary>& of_config) {
  if (!request.plugin_libraries.empty()) return LoadPlugins(request.plugin_libraries);
  absl::StatusOr<Plugins> plugins = LoadPlugins({}, of_config);
  if (plugins.ok()) return plugins;
  std::string flags;
  bool is_missing = false;
  for (const NamedLibrary& library : of_config) {
    const bool is_there = PathExists(library.file);
    absl::StrAppend(&flags, " --plugin=", is_there ? library.file : "FILE");
    is_missing = is_missing || !is_there;
  }
  if (!is_missing) return plugins;
  return absl::Status(plugins.status().code(),
                      absl::StrCat(plugins.status().message(),
                                   "; if it was moved, say where it is now: didact resume ",
                                   request.directory, flags));
}

// The config of a run or a sweep. All names of files in it are absolute, so that relative ones are
// those of --set.
absl::StatusOr<ConfigFile> OpenRecorded(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(ConfigFile file, OpenConfigFile(path));
  DIDACT_ASSIGN_OR_RETURN(file.folder, AbsoluteFolderOf(""));
  return file;
}

// All trials of a run are computed with the same bits, unless the user says otherwise.
absl::Status UseSimdOf(const EarlierProvenance& earlier, const std::string& directory) {
  constexpr absl::string_view kWithoutFusedMultiplyAdd = "sse4.2";
  if (earlier.simd.empty()) return absl::OkStatus();
  if (earlier.simd == kWithoutFusedMultiplyAdd) return SelectSimdLevel(kWithoutFusedMultiplyAdd);
  if (ActiveSimdLevel() != kWithoutFusedMultiplyAdd) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      directory, ": was computed with ", earlier.simd, ", which this processor lacks; ",
      kWithoutFusedMultiplyAdd,
      " gives other bits: to go on all the same, give --simd=", kWithoutFusedMultiplyAdd));
}

absl::StatusOr<LoadedSweep> LoadRecordedSweep(const ResumeRequest& request) {
  const EarlierProvenance earlier = ReadProvenance(JoinPath(request.directory, "provenance.json"));
  if (!request.chooses_simd) DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, request.directory));
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file,
                          OpenRecorded(JoinPath(request.directory, "sweep.textproto")));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<NamedLibrary> own, SweepPluginLibraries(file));
  DIDACT_ASSIGN_OR_RETURN(Plugins plugins, LoadPluginsOf(request, own));
  auto kept = std::make_unique<const Plugins>(std::move(plugins));
  DIDACT_ASSIGN_OR_RETURN(SweepPlan plan, LoadSweep(file, request.overrides, kept->registry));
  return LoadedSweep{std::move(kept), std::move(plan)};
}

// What --set changes about the files that `experiment` names; an error if it changes anything else.
absl::StatusOr<std::vector<std::string>> MovedFiles(const ResumeRequest& request,
                                                    const ConfigFile& file,
                                                    const Experiment& experiment,
                                                    const PluginRegistry& registry) {
  std::vector<std::string> moved;
  if (request.overrides.empty()) return moved;
  DIDACT_ASSIGN_OR_RETURN(const Experiment before, LoadExperiment(file, {}, registry));
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
  if (PathExists(JoinPath(directory, "sweep.textproto"))) {
    return ResumeSweep(
        directory, [&request] { return LoadRecordedSweep(request); }, !request.overrides.empty(),
        request.flags, request.executor, request.command_line);
  }
  DIDACT_RETURN_IF_ERROR(RunDirectory::CheckIsRun(directory));
  DIDACT_RETURN_IF_ERROR(RefuseLaunch("resume"));
  const RunDirectory run = RunDirectory::At(directory);
  const EarlierProvenance earlier = ReadProvenance(run.ProvenancePath());
  if (!request.chooses_simd) DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, directory));
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, OpenRecorded(run.ExperimentPath()));
  DIDACT_ASSIGN_OR_RETURN(const Plugins plugins, LoadPluginsOf(request, PluginLibraries(file)));
  const PluginRegistry& registry = plugins.registry;
  DIDACT_ASSIGN_OR_RETURN(const Experiment experiment,
                          LoadExperiment(file, request.overrides, registry));

  RunOptions options;
  options.directory = directory;
  options.resume = true;
  options.threads = request.flags.ThreadCount();
  options.path = FieldPath(run.ExperimentPath());
  options.experiment_text = PrintText(experiment, registry);
  options.allow_changed_plugins = request.flags.allow_changed_plugins;
  DIDACT_ASSIGN_OR_RETURN(options.moved_files, MovedFiles(request, file, experiment, registry));
  options.command = request.command_line;
  return ExecuteRun(experiment, registry, options, request.flags.quiet);
}

}  // namespace

void AddResumeCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code) {
  const auto request = std::make_shared<ResumeRequest>();
  request->command_line = command_line;
  CLI::App* const command =
      app.add_subcommand("resume", "Finish a run or a sweep that was interrupted");
  command->add_option("DIR", request->directory, "The directory of the run or sweep")
      ->option_text(" ")
      ->required();
  command
      ->add_option("--set", request->overrides,
                   "Says where a file is that was moved, e.g. --set=train_data.inputs=x.npy, "
                   "relative to the working directory; may be repeated")
      ->type_name("PATH=FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--plugin", request->plugin_libraries,
                   "A library with plugins, instead of those that were used until now; may be "
                   "repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  request->flags.AddAllowChangedPlugins(*command);
  request->flags.AddExecutionFlags(*command);
  request->executor.AddTo(*command);
  const CLI::Option* const simd = command->get_option("--simd");
  command->callback([request, simd, &exit_code] {
    request->chooses_simd = simd->count() > 0;
    const absl::StatusOr<ExitCode> code = Resume(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
