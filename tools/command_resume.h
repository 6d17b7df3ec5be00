// Shared by `didact resume` and `didact extend`: reading a directory, and the settings with which
// it was begun.

#ifndef DIDACT_TOOLS_COMMAND_RESUME_H_
#define DIDACT_TOOLS_COMMAND_RESUME_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/results/provenance.h"
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

// Returns the built-in plugins and those of the libraries from flags or, if there are none, from
// `of_config`. Errors: those of LoadPlugins; if a file is missing, with the flag that sets its new
// place.
absl::StatusOr<Plugins> LoadPluginsToResume(const ResumeRequest& request,
                                            absl::Span<const NamedLibrary> of_config);

// Reads the config of a run or a sweep in a directory. All file names in it are absolute, so
// relative names can only come from --set.
absl::StatusOr<ConfigFile> OpenRecorded(const std::string& path);

// Loads the sweep of `file` with the request's overrides. Plugins come from the libraries of flags
// or, if there are none, from those that the file and `of_directory` name. Also selects the
// instruction set.
absl::StatusOr<LoadedSweep> LoadSweepToResume(const ResumeRequest& request, const ConfigFile& file,
                                              absl::Span<const NamedLibrary> of_directory);

// Selects the instruction set with which the run was begun, so that all its trials are computed
// with the same bits, unless the user selects another. Errors: FAILED_PRECONDITION if the processor
// lacks it.
absl::Status UseSimdOf(const EarlierProvenance& earlier, const ResumeRequest& request);

// Handles an error of ExtendRun or ExtendSweep in `directory`: returns it if nothing has been
// changed; otherwise calls ReportUnfinishedExtension.
absl::StatusOr<ExitCode> EndFailedExtension(const std::string& directory,
                                            const absl::Status& status);

// Reports an error that occurred after the directory had begun to be extended, and the command that
// finishes the extension.
ExitCode ReportUnfinishedExtension(const std::string& directory, const absl::Status& status);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_RESUME_H_
