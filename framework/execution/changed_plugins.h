// Keeps results of different plugin libraries apart.

#ifndef DIDACT_FRAMEWORK_EXECUTION_CHANGED_PLUGINS_H_
#define DIDACT_FRAMEWORK_EXECUTION_CHANGED_PLUGINS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "framework/plugin/registry.h"

namespace didact {

// True if a trial of the run or the sweep in `directory` has begun.
bool HasTrials(const std::string& directory);

// Whether a run or a sweep in `directory` that was computed with the libraries `before` (nothing:
// unknown) may go on with the libraries `now`. With `allow` it may in any case, and `notes` gets a
// line for each difference.
// Errors: FAILED_PRECONDITION with a line for each difference, which names both libraries; or because
// there are results and it is not known what they were computed with.
absl::Status CheckChangedPlugins(const std::string& directory,
                                 const std::optional<std::vector<PluginLibraryInfo>>& before,
                                 absl::Span<const PluginLibraryInfo> now, bool allow,
                                 std::vector<std::string>& notes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_CHANGED_PLUGINS_H_
