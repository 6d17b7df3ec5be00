// What commands that take a config share: the config's flags and how they become an experiment.

#ifndef DIDACT_TOOLS_EXPERIMENT_REQUEST_H_
#define DIDACT_TOOLS_EXPERIMENT_REQUEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "protos/experiment.pb.h"
#include "tools/command.h"

namespace didact {

// A config and what the command line changes about it.
struct ExperimentRequest {
  std::string config;
  std::vector<std::string> overrides;  // PATH=VALUE
  std::vector<std::string> plugin_libraries;

  // Adds the argument CONFIG and the flags --set and --plugin to a command.
  void AddFlags(CLI::App& command);
};

// A resolved experiment, and the plugins that it was resolved with.
struct LoadedExperiment {
  Plugins plugins;
  Experiment experiment;
};

// Loads the plugin libraries (environment, flags, then the config's own), then the config.
absl::StatusOr<LoadedExperiment> Load(const ExperimentRequest& request);

}  // namespace didact

#endif  // DIDACT_TOOLS_EXPERIMENT_REQUEST_H_
