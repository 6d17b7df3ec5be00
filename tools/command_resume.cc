// didact resume DIR: finishes a run or a sweep that was interrupted.

#include "tools/command_resume.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "framework/base/file.h"
#include "framework/base/status.h"
#include "framework/execution/extend_run.h"
#include "framework/experiment/config_file.h"
#include "framework/experiment/load.h"
#include "framework/experiment/load_sweep.h"
#include "framework/experiment/plugin_libraries.h"
#include "framework/kernels/simd_level.h"
#include "framework/plugin/loader.h"
#include "framework/results/extension_request.h"
#include "framework/results/provenance.h"
#include "framework/results/run_directory.h"
#include "tools/command.h"
#include "tools/command_sweep.h"
#include "tools/execute_run.h"
#include "tools/launch.h"
#include "tools/run_flags.h"

namespace didact {

absl::StatusOr<std::vector<std::string>> LibrariesToResume(
    const ResumeRequest& request, const EarlierProvenance& earlier,
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

absl::Status UseSimdOf(const EarlierProvenance& earlier, const ResumeRequest& request) {
  constexpr absl::string_view kWithoutFusedMultiplyAdd = "sse4.2";
  if (request.chooses_simd || earlier.simd.empty()) return absl::OkStatus();
  if (earlier.simd == kWithoutFusedMultiplyAdd) return SelectSimdLevel(kWithoutFusedMultiplyAdd);
  if (ActiveSimdLevel() != kWithoutFusedMultiplyAdd) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      request.directory, ": was computed with ", earlier.simd, ", which this processor lacks; ",
      kWithoutFusedMultiplyAdd,
      " gives other bits: to go on all the same, give --simd=", kWithoutFusedMultiplyAdd));
}

absl::StatusOr<std::vector<std::string>> LibrariesToResumeSweep(const ResumeRequest& request,
                                                                const ConfigFile& file) {
  const EarlierProvenance earlier = ReadProvenance(JoinPath(request.directory, "provenance.json"));
  DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, request));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> own, SweepPluginLibraries(file));
  DIDACT_ASSIGN_OR_RETURN(std::vector<std::string> libraries,
                          LibrariesToResume(request, earlier, {}));
  std::erase_if(libraries,
                [&own](const std::string& library) { return absl::c_linear_search(own, library); });
  return libraries;
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

absl::StatusOr<ExitCode> Resume(const ResumeRequest& request) {
  const std::string& directory = request.directory;
  if (PathExists(JoinPath(directory, "sweep.textproto"))) return ResumeSweep(request);
  DIDACT_RETURN_IF_ERROR(RunDirectory::CheckIsRun(directory));
  DIDACT_RETURN_IF_ERROR(RefuseLaunch("resume"));
  const RunDirectory run = RunDirectory::At(directory);
  const EarlierProvenance earlier = ReadProvenance(run.ProvenancePath());
  DIDACT_RETURN_IF_ERROR(UseSimdOf(earlier, request));
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file,
                          OpenConfigFile(CurrentRequestPath(directory, "experiment.textproto")));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> libraries,
                          LibrariesToResume(request, earlier, PluginLibraries(file)));
  DIDACT_ASSIGN_OR_RETURN(const Plugins plugins, LoadPlugins(libraries));
  DIDACT_ASSIGN_OR_RETURN(const Experiment experiment, LoadExperiment(file, {}, plugins.registry));
  if (IsBeingExtended(directory)) {
    const absl::Status extended = ExtendRun(
        directory, experiment, plugins.registry, FieldPath(file.path),
        [](const ExtensionSummary&) { return true; }, &StopOnSignals());
    if (!extended.ok()) return EndFailedExtension(directory, extended);
  }

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
