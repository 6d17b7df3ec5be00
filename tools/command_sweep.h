// What `didact resume` and `didact extend` need of `didact sweep`.

#ifndef DIDACT_TOOLS_COMMAND_SWEEP_H_
#define DIDACT_TOOLS_COMMAND_SWEEP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/execution/extension_summary.h"
#include "tools/command.h"
#include "tools/command_resume.h"

namespace didact {

// Finishes the sweep in the directory, whatever processes began it, and its extension, if a process
// was killed that extended it. Its overrides may name files elsewhere than until now. Of the flags,
// those about execution count.
absl::StatusOr<ExitCode> ResumeSweep(const ResumeRequest& request);

// Makes the sweep in the directory the larger one of the file `config`, or the same if it is empty,
// whose base is changed by the request's overrides, and trains the rest, unless `trains` is false.
// Nothing is done if `confirm` returns false.
absl::StatusOr<ExitCode> ExtendSweepAndRun(const ResumeRequest& request, const std::string& config,
                                           bool trains, const ConfirmExtension& confirm);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_SWEEP_H_
