// What `didact resume` needs of `didact sweep`.

#ifndef DIDACT_TOOLS_COMMAND_SWEEP_H_
#define DIDACT_TOOLS_COMMAND_SWEEP_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/command.h"
#include "tools/launch.h"
#include "tools/run_flags.h"

namespace didact {

using PluginLibrariesFunction = std::function<absl::StatusOr<std::vector<std::string>>()>;

// Finishes the sweep in `directory`, whatever processes began it. Of `flags`, those about execution
// count. `plugin_libraries`: what to load besides the config's own; it may have other errors to
// report, too.
absl::StatusOr<ExitCode> ResumeSweep(const std::string& directory,
                                     const PluginLibrariesFunction& plugin_libraries,
                                     const RunFlags& flags, const ExecutorFlag& executor,
                                     const std::vector<std::string>& command_line);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_SWEEP_H_
