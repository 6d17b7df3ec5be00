#include "framework/experiment/load.h"

#include "framework/base/problems.h"
#include "framework/base/status.h"
#include "framework/experiment/config_file.h"
#include "framework/experiment/file_names.h"
#include "framework/experiment/override.h"
#include "framework/experiment/text_format.h"
#include "framework/experiment/validate.h"

namespace didact {

absl::StatusOr<Experiment> LoadExperiment(const std::string& path,
                                          const std::vector<std::string>& overrides,
                                          const PluginRegistry& registry) {
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadConfigFile(path));
  DIDACT_ASSIGN_OR_RETURN(const std::string folder, AbsoluteFolderOf(path));
  Experiment experiment;
  DIDACT_RETURN_IF_ERROR(ParseText(text, registry, FieldPath(path), experiment));
  Problems problems;
  for (const std::string& assignment : overrides) {
    const absl::StatusOr<Override> change = ParseOverride(assignment);
    problems.Add(change.ok() ? ApplyOverride(*change, registry, FieldPath("--set"), experiment)
                             : Annotate(change.status(), "--set"));
  }
  DIDACT_RETURN_IF_ERROR(problems.ToStatus());
  MakeFileNamesAbsolute(folder, registry, experiment);
  DIDACT_RETURN_IF_ERROR(ResolveExperiment(experiment, registry, FieldPath(path)));
  return experiment;
}

}  // namespace didact
