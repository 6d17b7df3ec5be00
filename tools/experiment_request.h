// Shared by commands that take a config: the config's flags, and loading an experiment or a sweep.

#ifndef DIDACT_TOOLS_EXPERIMENT_REQUEST_H_
#define DIDACT_TOOLS_EXPERIMENT_REQUEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/sweep/sweep_plan.h"
#include "didact/protos/experiment.pb.h"
#include "tools/command.h"

namespace didact {

// A config and its changes from the command line.
struct ExperimentRequest {
  std::string config;
  std::vector<std::string> overrides;  // PATH=VALUE
  std::vector<std::string> plugin_libraries;

  // Adds the config as an argument called `name`, and the flags --set and --plugin, to a command.
  void AddFlags(CLI::App& command, const std::string& name, const std::string& description);
};

// An experiment, and the plugins with which it was resolved.
struct LoadedExperiment {
  Plugins plugins;
  ResolvedExperiment experiment;
};

// A resolved sweep, and the plugins with which it was resolved.
struct LoadedSweep {
  std::unique_ptr<const Plugins> plugins;  // used by the plan
  SweepPlan plan;
};

// Reads the config's text. Errors: those of reading a file.
absl::StatusOr<ConfigFile> Open(const ExperimentRequest& request);

// Loads the plugin libraries (environment, flags, then the config's own), then the config, which
// must be an experiment.
absl::StatusOr<LoadedExperiment> LoadRequestedExperiment(const ExperimentRequest& request,
                                                         const ConfigFile& file);

// Like LoadRequestedExperiment, for a config that must be a sweep.
absl::StatusOr<LoadedSweep> LoadRequestedSweep(const ExperimentRequest& request,
                                               const ConfigFile& file);

}  // namespace didact

#endif  // DIDACT_TOOLS_EXPERIMENT_REQUEST_H_
