// What `didact resume` needs of `didact sweep`.

#ifndef DIDACT_TOOLS_COMMAND_SWEEP_H_
#define DIDACT_TOOLS_COMMAND_SWEEP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/command.h"
#include "tools/run_flags.h"

namespace didact {

// Finishes the sweep in `directory`, whatever processes began it. Of `flags`, those about execution
// count.
absl::StatusOr<ExitCode> ResumeSweep(const std::string& directory,
                                     const std::vector<std::string>& plugin_libraries,
                                     const RunFlags& flags,
                                     const std::vector<std::string>& command_line);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_SWEEP_H_
