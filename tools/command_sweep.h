// The functions of `didact sweep` that `didact resume` and `didact extend` use.

#ifndef DIDACT_TOOLS_COMMAND_SWEEP_H_
#define DIDACT_TOOLS_COMMAND_SWEEP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/execution/extension_summary.h"
#include "tools/command.h"
#include "tools/command_resume.h"

namespace didact {

// Finishes the sweep in the directory, begun by any processes, and first its extension if a process
// was killed during it. Its overrides may give new paths of files. Only those flags matter that
// concern execution.
absl::StatusOr<ExitCode> ResumeSweep(const ResumeRequest& request);

// Extends the sweep in the directory to the larger one of the file `config`, or to the same sweep
// if that is empty, with the request's overrides of the base, and trains the rest unless `trains`
// is false. Does nothing if `confirm` returns false.
absl::StatusOr<ExitCode> ExtendSweepAndRun(const ResumeRequest& request, const std::string& config,
                                           bool trains, const ConfirmExtension& confirm);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_SWEEP_H_
