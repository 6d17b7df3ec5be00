#include "didact/framework/execution/changed_plugins.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/used_libraries.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/results/sweep_directory.h"

namespace didact {

namespace {

absl::Status RefuseUnknown(const std::string& directory, absl::Span<const PluginLibraryInfo> now,
                           bool allow, std::vector<std::string>& notes) {
  if (now.empty() || !HasTrials(directory)) return absl::OkStatus();
  constexpr absl::string_view kUnknown =
      "provenance.json does not say with which plugin libraries it was computed";
  if (allow) {
    notes.push_back(absl::StrCat("--allow-changed-plugins: ", kUnknown));
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(directory, ": ", kUnknown, ", now with ", now[0].name, " ", now[0].version, " (",
                   now[0].path, ")",
                   ": results could mix; if it is still the same, go on with "
                   "--allow-changed-plugins"));
}

}  // namespace

bool HasTrials(const std::string& directory) {
  for (const std::string& folder : {RunDirectory::At(directory).TrialsPath(),
                                    SweepDirectory::At(directory).ExperimentsPath()}) {
    const absl::StatusOr<std::vector<std::string>> names = ListDirectory(folder);
    if (names.ok() && !names->empty()) return true;
  }
  return false;
}

absl::Status CheckChangedPlugins(const std::string& directory,
                                 const std::optional<std::vector<PluginLibraryInfo>>& before,
                                 absl::Span<const PluginLibraryInfo> now, bool allow,
                                 std::vector<std::string>& notes) {
  if (!before) return RefuseUnknown(directory, now, allow, notes);
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
