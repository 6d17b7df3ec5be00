// Functions of `didact sweep` that `didact resume` and `didact extend` use.

#ifndef DIDACT_TOOLS_COMMAND_SWEEP_H_
#define DIDACT_TOOLS_COMMAND_SWEEP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/execution/extension_summary.h"
#include "tools/command.h"
#include "tools/command_resume.h"

namespace didact {

// Finishes the sweep in the directory, regardless of which processes began it; first finishes an
// extension that was interrupted. The request's overrides may only change names of files. Of its
// flags, only those about execution count.
absl::StatusOr<ExitCode> ResumeSweep(const ResumeRequest& request);

// Extends the sweep in the directory to that of the file `config` (or to itself if `config` is
// empty), with the request's overrides applied to the base, and trains the rest if `trains`. Does
// nothing if `confirm` returns false.
absl::StatusOr<ExitCode> ExtendSweepAndRun(const ResumeRequest& request, const std::string& config,
                                           bool trains, const ConfirmExtension& confirm);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_SWEEP_H_
