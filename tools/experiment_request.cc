#include "tools/experiment_request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/load.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/sweep/load_sweep.h"

namespace didact {

void ExperimentRequest::AddFlags(CLI::App& command, const std::string& name,
                                 const std::string& description) {
  ExpandHomeIn(*command.add_option(name, config, description)->option_text(" ")->required());
  // One value per flag, so that the config may follow it.
  command
      .add_option(
          "--set", overrides,
          "Changes a field of the experiment, e.g. --set=seed.last=8; the index "
          "after the last element appends, e.g. --set='metric[1]=[didact/Loss] {}' (in quotes "
          "for the shell); may be repeated")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  ExpandHomeIn(*command
                    .add_option("--plugin", plugin_libraries,
                                "A library with plugins, to load first; may be repeated")
                    ->type_name("FILE")
                    ->allow_extra_args(false));
}

absl::StatusOr<ConfigFile> Open(const ExperimentRequest& request) {
  if (request.config.empty()) {
    return absl::InvalidArgumentError("CONFIG: must be a file name, got nothing");
  }
  return OpenConfigFile(request.config);
}

absl::StatusOr<LoadedExperiment> LoadRequestedExperiment(const ExperimentRequest& request,
                                                         const ConfigFile& file) {
  if (IsSweep(file)) {
    return absl::InvalidArgumentError(absl::StrCat(
        file.path, ": must be a didact.Experiment, got a didact.Sweep, which 'didact sweep' runs"));
  }
  DIDACT_ASSIGN_OR_RETURN(Plugins plugins,
                          LoadPlugins(request.plugin_libraries, PluginLibraries(file)));
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment,
                          LoadExperiment(file, request.overrides, plugins.registry));
  return LoadedExperiment{std::move(plugins), experiment};
}

absl::StatusOr<LoadedSweep> LoadRequestedSweep(const ExperimentRequest& request,
                                               const ConfigFile& file) {
  DIDACT_ASSIGN_OR_RETURN(const std::vector<NamedLibrary> own, SweepPluginLibraries(file));
  DIDACT_ASSIGN_OR_RETURN(Plugins plugins, LoadPlugins(request.plugin_libraries, own));
  auto kept = std::make_unique<const Plugins>(std::move(plugins));
  DIDACT_ASSIGN_OR_RETURN(SweepPlan plan, LoadSweep(file, request.overrides, kept->registry));
  return LoadedSweep{std::move(kept), std::move(plan)};
}

}  // namespace didact
