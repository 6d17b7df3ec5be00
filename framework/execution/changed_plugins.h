// Prevents results of different plugin libraries from being mixed.

#ifndef DIDACT_FRAMEWORK_EXECUTION_CHANGED_PLUGINS_H_
#define DIDACT_FRAMEWORK_EXECUTION_CHANGED_PLUGINS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/registry.h"

namespace didact {

// Returns true if a trial of the run or the sweep in `directory` has begun.
bool HasTrials(const std::string& directory);

// Checks that a run or a sweep in `directory`, computed with the libraries `before` (std::nullopt:
// unknown), may continue with the libraries `now`. With `allow` it may continue in any case, and a
// line for each difference is added to `notes`.
// Errors: FAILED_PRECONDITION with a line for each difference, which names both libraries; also if
// there are results and the libraries with which they were computed are unknown.
absl::Status CheckChangedPlugins(const std::string& directory,
                                 const std::optional<std::vector<PluginLibraryInfo>>& before,
                                 absl::Span<const PluginLibraryInfo> now, bool allow,
                                 std::vector<std::string>& notes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_CHANGED_PLUGINS_H_
