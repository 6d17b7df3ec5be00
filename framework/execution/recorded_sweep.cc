#include "didact/framework/execution/recorded_sweep.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/protos/sweep.pb.h"

namespace didact {

absl::StatusOr<RecordedSweep> ReadRecordedSweep(const std::string& directory, const SweepPlan& plan,
                                                const std::string& wanted_text,
                                                const PluginRegistry& registry,
                                                bool allow_moved_files) {
  RecordedSweep recorded;
  recorded.text = wanted_text;
  const std::string path = SweepDirectory::At(directory).SweepPath();
  if (!PathExists(path)) return recorded;
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  if (text == wanted_text) return recorded;
  Sweep before;
  // A file that cannot be parsed counts as a different sweep.
  if (!ParseText(text, registry, FieldPath(path), before).ok()) return recorded;
  Sweep now = plan.sweep();
  before.mutable_base()->clear_plugin_library();
  now.mutable_base()->clear_plugin_library();
  recorded.comparison = CompareConfigs(before, now, registry);
  const bool is_same = recorded.comparison.differences.empty() &&
                       (recorded.comparison.file_names.empty() || allow_moved_files);
  if (is_same) recorded.text = text;
  return recorded;
}

absl::Status RefuseOtherSweep(const std::string& directory, const ConfigComparison& comparison,
                              bool resume) {
  if (resume && !comparison.differences.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--set: may change names of files alone, since the sweep in ", directory,
                     " goes on, got ", comparison.differences));
  }
  if (comparison.file_names.empty()) {
    return absl::AlreadyExistsError(
        absl::StrCat(directory, ": holds another sweep; extend it with 'didact extend ", directory,
                     "', choose another folder with --out=DIR, or replace it with --force"));
  }
  std::string names;
  std::string flags;
  for (const FileNameChange& change : comparison.file_names) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", change.field, " was ", change.before,
                    " and is ", change.now);
    absl::StrAppend(&flags, " --set=", absl::StripPrefix(change.field, "base."), "=", change.now);
  }
  return absl::AlreadyExistsError(absl::StrCat(
      directory, ": holds this sweep with other files: ", names,
      "; if they have only been moved, go on with 'didact resume ", directory, flags,
      "', otherwise choose another folder with --out=DIR, or replace it with --force"));
}

}  // namespace didact
