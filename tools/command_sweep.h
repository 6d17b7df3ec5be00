// What `didact resume` needs of `didact sweep`.

#ifndef DIDACT_TOOLS_COMMAND_SWEEP_H_
#define DIDACT_TOOLS_COMMAND_SWEEP_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/command.h"
#include "tools/experiment_request.h"
#include "tools/launch.h"
#include "tools/run_flags.h"

namespace didact {

using LoadSweepFunction = std::function<absl::StatusOr<LoadedSweep>()>;

// Finishes the sweep in `directory`, whatever processes began it. `load` makes it from what is
// there; it may name files elsewhere than until now if `may_move_files`. Of `flags`, those about
// execution count.
absl::StatusOr<ExitCode> ResumeSweep(const std::string& directory, const LoadSweepFunction& load,
                                     bool may_move_files, const RunFlags& flags,
                                     const ExecutorFlag& executor,
                                     const std::vector<std::string>& command_line);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_SWEEP_H_
