#include "didact/framework/config/load.h"

#include <utility>

#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/override.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/library/used_libraries.h"

namespace didact {

absl::StatusOr<ResolvedExperiment> LoadExperiment(const std::string& path,
                                                  const std::vector<std::string>& overrides,
                                                  const PluginRegistry& registry) {
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, OpenConfigFile(path));
  return LoadExperiment(file, overrides, registry);
}

absl::StatusOr<ResolvedExperiment> LoadExperiment(const ConfigFile& file,
                                                  const std::vector<std::string>& overrides,
                                                  const PluginRegistry& registry) {
  Experiment experiment;
  DIDACT_RETURN_IF_ERROR(ParseText(file.text, registry, FieldPath(file.path), experiment));
  DIDACT_RETURN_IF_ERROR(ApplyOverrides(overrides, registry, experiment));
  MakeFileNamesAbsolute(file.folder, registry, experiment);
  RecordPluginLibraries(UsedLibraries(experiment, registry), registry, experiment);
  return ResolvedExperiment::Create(std::move(experiment), registry, FieldPath(file.path));
}

absl::Status ApplyOverrides(const std::vector<std::string>& overrides,
                            const PluginRegistry& registry, Experiment& experiment) {
  Problems problems;
  for (const std::string& assignment : overrides) {
    problems.Add(ApplyOverride(assignment, registry, FieldPath("--set"), experiment));
  }
  return problems.ToStatus();
}

}  // namespace didact
