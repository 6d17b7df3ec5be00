#include "framework/execution/changed_plugins.h"

#include "absl/strings/str_cat.h"
#include "framework/base/problems.h"
#include "framework/plugin/used_libraries.h"

namespace didact {

absl::Status CheckChangedPlugins(const std::string& directory,
                                 const std::optional<std::vector<PluginLibraryInfo>>& before,
                                 absl::Span<const PluginLibraryInfo> now, bool allow,
                                 std::vector<std::string>& notes) {
  if (!before) return absl::OkStatus();
  Problems problems;
  for (const std::string& change : LibraryChanges(*before, now)) {
    if (allow) {
      notes.push_back(
          absl::StrCat("--allow-changed-plugins: what was there was computed ", change));
    } else {
      problems.Add(absl::FailedPreconditionError(absl::StrCat(
          directory, ": was computed ", change,
          ": results would mix; load what it was computed with by --plugin=FILE, or go on all the "
          "same with --allow-changed-plugins")));
    }
  }
  return problems.ToStatus();
}

}  // namespace didact
