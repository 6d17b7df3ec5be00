#include "didact/framework/execution/changed_files.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/execution/changed_plugins.h"

namespace didact {
namespace {

constexpr absl::string_view kFlag = "--allow-changed-files";

absl::Status RefuseUnknown(const std::string& directory, absl::Span<const DataFile> now, bool allow,
                           std::vector<std::string>& notes) {
  if (now.empty() || !HasTrials(directory)) return absl::OkStatus();
  const std::string unknown = absl::StrCat(
      "does not say which bytes the files had that it was computed from, as ", now[0].field, ": ",
      now[0].path, now.size() == 1 ? "" : absl::StrCat(" (and ", now.size() - 1, " more)"));
  if (allow) {
    notes.push_back(absl::StrCat(kFlag, ": provenance.json ", unknown));
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(directory, ": provenance.json ", unknown,
                   ": results could mix; if they are still the same, go on with ", kFlag));
}

}  // namespace

absl::Status CheckChangedFiles(const std::string& directory,
                               const std::optional<std::vector<DataFile>>& before,
                               absl::Span<const DataFile> now, bool same_path, bool allow,
                               std::vector<std::string>& notes) {
  if (!before) return RefuseUnknown(directory, now, allow, notes);
  Problems problems;
  for (const std::string& change : DataFileChanges(*before, now, same_path)) {
    if (allow) {
      notes.push_back(absl::StrCat(kFlag, ": ", change, " when what was there was computed"));
    } else {
      problems.Add(absl::FailedPreconditionError(absl::StrCat(
          directory, ": ", change,
          " when what is there was computed: results would mix; give the file that it was computed "
          "from, or go on all the same with ",
          kFlag)));
    }
  }
  return problems.ToStatus();
}

}  // namespace didact
