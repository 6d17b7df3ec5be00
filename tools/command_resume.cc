// didact resume DIR: finishes a run or a sweep that was interrupted.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "framework/base/file.h"
#include "framework/base/status.h"
#include "framework/experiment/config_file.h"
#include "framework/experiment/load.h"
#include "framework/experiment/load_sweep.h"
#include "framework/experiment/plugin_libraries.h"
#include "framework/kernels/simd_level.h"
#include "framework/plugin/loader.h"
#include "framework/results/provenance.h"
#include "framework/results/run_directory.h"
#include "tools/command.h"
#include "tools/command_sweep.h"
#include "tools/execute_run.h"
#include "tools/launch.h"
#include "tools/run_flags.h"

namespace didact {
namespace {

struct ResumeRequest {
  std::string directory;
  std::vector<std::string> plugin_libraries;
  RunFlags flags;
  ExecutorFlag executor;
  bool chooses_simd = false;
  std::vector<std::string> command_line;
};

// The libraries that the run was begun with, or the flags' instead, and those of its config, without
// those that are loaded anyway.
absl::StatusOr<std::vector<std::string>> Libraries(const ResumeRequest& request,
                                                   const EarlierProvenance& earlier,
                                                   const std::vector<std::string>& of_config) {
  DIDACT_ASSIGN_OR_RETURN(std::vector<std::string> known, PluginLibrariesFromEnvironment());
  std::vector<std::string> wanted = request.plugin_libraries;
  if (wanted.empty()) wanted = earlier.plugin_libraries;
  wanted.insert(wanted.end(), of_config.begin(), of_config.end());
  std::vector<std::string> libraries;
  for (const std::string& library : wanted) {
    std::string path = std::filesystem::absolute(library).string();
    const auto is_it = [&path](const std::string& other) {
      return std::filesystem::absolute(other).string() == path;
    };
    if (absl::c_any_of(known, is_it)) continue;
    known.push_back(path);
    libraries.push_back(std::move(path));
  }
  return libraries;
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

absl::StatusOr<std::vector<std::string>> LibrariesOfSweep(const ResumeRequest& request) {
  const EarlierProvenance earlier = ReadProvenance(JoinPath(request.directory, "provenance.json"));
  if (!request.chooses_simd) DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, request.directory));
  // Those of the config it adds itself.
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file,
                          OpenConfigFile(JoinPath(request.directory, "sweep.textproto")));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> own, SweepPluginLibraries(file));
  DIDACT_ASSIGN_OR_RETURN(std::vector<std::string> libraries, Libraries(request, earlier, {}));
  std::erase_if(libraries,
                [&own](const std::string& library) { return absl::c_linear_search(own, library); });
  return libraries;
}

absl::StatusOr<ExitCode> Resume(const ResumeRequest& request) {
  const std::string& directory = request.directory;
  if (PathExists(JoinPath(directory, "sweep.textproto"))) {
    return ResumeSweep(
        directory, [&request] { return LibrariesOfSweep(request); }, request.flags,
        request.executor, request.command_line);
  }
  DIDACT_RETURN_IF_ERROR(RunDirectory::CheckIsRun(directory));
  DIDACT_RETURN_IF_ERROR(RefuseLaunch("resume"));
  const RunDirectory run = RunDirectory::At(directory);
  const EarlierProvenance earlier = ReadProvenance(run.ProvenancePath());
  if (!request.chooses_simd) DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, directory));
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, OpenConfigFile(run.ExperimentPath()));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> libraries,
                          Libraries(request, earlier, PluginLibraries(file)));
  DIDACT_ASSIGN_OR_RETURN(const Plugins plugins, LoadPlugins(libraries));
  DIDACT_ASSIGN_OR_RETURN(const Experiment experiment, LoadExperiment(file, {}, plugins.registry));

  RunOptions options;
  options.directory = directory;
  options.resume = true;
  options.threads = request.flags.ThreadCount();
  options.path = FieldPath(run.ExperimentPath());
  options.command = request.command_line;
  options.plugin_libraries = plugins.libraries;
  return ExecuteRun(experiment, plugins.registry, options, request.flags.quiet);
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
      ->add_option("--plugin", request->plugin_libraries,
                   "A library with plugins, instead of those that the run was begun with; may be "
                   "repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
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
