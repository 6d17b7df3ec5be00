// What `didact extend` shares with `didact resume`: a directory to go on with, and what it was begun
// with.

#ifndef DIDACT_TOOLS_COMMAND_RESUME_H_
#define DIDACT_TOOLS_COMMAND_RESUME_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/experiment/config_file.h"
#include "framework/results/provenance.h"
#include "tools/command.h"
#include "tools/launch.h"
#include "tools/run_flags.h"

namespace didact {

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
absl::StatusOr<std::vector<std::string>> LibrariesToResume(
    const ResumeRequest& request, const EarlierProvenance& earlier,
    const std::vector<std::string>& of_config);

// The same for a sweep of this file, but without those of the file, which it adds itself. Selects
// the instruction set, too.
absl::StatusOr<std::vector<std::string>> LibrariesToResumeSweep(const ResumeRequest& request,
                                                                const ConfigFile& file);

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
