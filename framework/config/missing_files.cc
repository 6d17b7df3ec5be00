#include "framework/config/missing_files.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace didact {

absl::Status ExplainMissingFiles(const absl::Status& problems, const FieldPath& path,
                                 const Experiment& experiment, const PluginRegistry& registry,
                                 absl::FunctionRef<std::string(const FileName& file)> remedy) {
  if (problems.ok()) return problems;
  Experiment without_libraries = experiment;
  without_libraries.clear_plugin_library();
  std::vector<std::string> lines = absl::StrSplit(problems.message(), '\n');
  for (const FileName& file : FileNamesIn(without_libraries, registry)) {
    if (!IsMissing(file)) continue;
    bool is_explained = false;
    for (std::string& line : lines) {
      if (!absl::StrContains(line, absl::StrCat(file.field, ": "))) continue;
      absl::StrAppend(&line, "; ", remedy(file));
      is_explained = true;
    }
    if (is_explained) continue;
    lines.push_back(absl::StrCat(path.Field(file.field).ToString(), ": ", file.name,
                                 ": does not exist; ", remedy(file)));
  }
  return absl::Status(problems.code(), absl::StrJoin(lines, "\n"));
}

std::string HowToSayWhereItIs(const std::string& directory, const std::string& field) {
  return absl::StrCat("if it was moved, say where it is now: didact resume ", directory,
                      " --set=", field, field == "folder" ? "=DIR" : "=FILE");
}

}  // namespace didact
