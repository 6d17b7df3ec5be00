#include "didact/framework/config/missing_files.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/problem.h"

namespace didact {

absl::Status ExplainMissingFiles(const absl::Status& problems, const FieldPath& path,
                                 const Experiment& experiment, const PluginRegistry& registry,
                                 absl::FunctionRef<std::string(const FileName& file)> remedy) {
  if (problems.ok()) return problems;
  Experiment without_libraries = experiment;
  without_libraries.clear_plugin_library();
  std::vector<Problem> list = ProblemsOf(problems);
  for (const FileName& file : FileNamesIn(without_libraries, registry)) {
    if (!IsMissing(file)) continue;
    const FieldPath field = path.Field(file.field);
    bool is_explained = false;
    for (Problem& problem : list) {
      if (problem.path != field) continue;
      absl::StrAppend(&problem.text, "; ", remedy(file));
      is_explained = true;
    }
    if (is_explained) continue;
    list.push_back({field, absl::StrCat(file.name, ": does not exist; ", remedy(file)), ""});
  }
  return StatusOf(problems.code(), list);
}

std::string HowToSayWhereItIs(const std::string& directory, const std::string& field) {
  return absl::StrCat("if it was moved, say where it is now: didact resume ", directory,
                      " --set=", field, field == "folder" ? "=DIR" : "=FILE");
}

}  // namespace didact
