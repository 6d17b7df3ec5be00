// What `didact extend` shares with `didact resume`: a directory to go on with, and what it was begun
// with.

#ifndef DIDACT_TOOLS_COMMAND_RESUME_H_
#define DIDACT_TOOLS_COMMAND_RESUME_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/config/config_file.h"
#include "framework/config/plugin_libraries.h"
#include "framework/results/provenance.h"
#include "tools/command.h"
#include "tools/experiment_request.h"
#include "tools/launch.h"
#include "tools/run_flags.h"

namespace didact {

struct ResumeRequest {
  std::string directory;
  std::vector<std::string> overrides;  // PATH=VALUE
  std::vector<std::string> plugin_libraries;
  RunFlags flags;
  ExecutorFlag executor;
  bool chooses_simd = false;
  std::vector<std::string> command_line;
};

// The built-in plugins with the libraries of the flags, or else those that `of_config` names.
// Errors: those of LoadPlugins; where a file is missing, with how to say where it is now.
absl::StatusOr<Plugins> LoadPluginsToResume(const ResumeRequest& request,
                                            absl::Span<const NamedLibrary> of_config);

// The config of a run or a sweep in a directory. All names of files in it are absolute, so that
// relative ones are those of --set.
absl::StatusOr<ConfigFile> OpenRecorded(const std::string& path);

// The sweep of `file` with the request's overrides. Plugins come from the libraries of the flags, or
// else from those that the file and `of_directory` name. Selects the instruction set, too.
absl::StatusOr<LoadedSweep> LoadSweepToResume(const ResumeRequest& request, const ConfigFile& file,
                                              absl::Span<const NamedLibrary> of_directory);

// Selects the instruction set that the run was begun with, since all its trials are computed with
// the same bits, unless the user says otherwise. Errors: FAILED_PRECONDITION when the processor
// lacks it.
absl::Status UseSimdOf(const EarlierProvenance& earlier, const ResumeRequest& request);

// What a command makes of an error of ExtendRun or ExtendSweep in `directory`: returns it where
// nothing has been changed, otherwise as ReportUnfinishedExtension.
absl::StatusOr<ExitCode> EndFailedExtension(const std::string& directory,
                                            const absl::Status& status);

// Reports an error that came when the directory had begun to be that of a larger run or sweep, and
// which command goes on with it.
ExitCode ReportUnfinishedExtension(const std::string& directory, const absl::Status& status);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_RESUME_H_
