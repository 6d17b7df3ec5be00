#include "tools/experiment_request.h"

#include <utility>

#include "framework/base/status.h"
#include "framework/experiment/load.h"
#include "framework/experiment/plugin_libraries.h"

namespace didact {

void ExperimentRequest::AddFlags(CLI::App& command) {
  command
      .add_option("CONFIG", config, "The experiment: a didact.Experiment in protobuf text format")
      ->option_text(" ")
      ->required();
  // One value per flag, so that the config may stand behind it.
  command
      .add_option(
          "--set", overrides,
          "Changes a field of the config, e.g. --set=student.width_multiplier=2; may be repeated")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--plugin", plugin_libraries,
                  "A library with plugins, to load first; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

absl::StatusOr<LoadedExperiment> Load(const ExperimentRequest& request) {
  if (request.config.empty()) {
    return absl::InvalidArgumentError("CONFIG: must be a file name, got nothing");
  }
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> own, PluginLibraries(request.config));
  std::vector<std::string> libraries = request.plugin_libraries;
  libraries.insert(libraries.end(), own.begin(), own.end());
  LoadedExperiment loaded;
  DIDACT_ASSIGN_OR_RETURN(loaded.plugins, LoadPlugins(libraries));
  DIDACT_ASSIGN_OR_RETURN(loaded.experiment, LoadExperiment(request.config, request.overrides,
                                                            loaded.plugins.registry));
  return loaded;
}

}  // namespace didact
