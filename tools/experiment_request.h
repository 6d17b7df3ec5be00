// What commands that take a config share: the config's flags and how they become an experiment
// or a sweep.

#ifndef DIDACT_TOOLS_EXPERIMENT_REQUEST_H_
#define DIDACT_TOOLS_EXPERIMENT_REQUEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/config/config_file.h"
#include "framework/sweep/sweep_plan.h"
#include "protos/experiment.pb.h"
#include "tools/command.h"

namespace didact {

// A config and what the command line changes about it.
struct ExperimentRequest {
  std::string config;
  std::vector<std::string> overrides;  // PATH=VALUE
  std::vector<std::string> plugin_libraries;

  // Adds the config as an argument called `name`, and the flags --set and --plugin, to a command.
  void AddFlags(CLI::App& command, const std::string& name, const std::string& description);
};

// An experiment, and the plugins that it was resolved with.
struct LoadedExperiment {
  Plugins plugins;
  ResolvedExperiment experiment;
};

// The same for a sweep.
struct LoadedSweep {
  std::unique_ptr<const Plugins> plugins;  // where the plan finds them
  SweepPlan plan;
};

// Reads the config's text. Errors: those of the file.
absl::StatusOr<ConfigFile> Open(const ExperimentRequest& request);

// Loads the plugin libraries (environment, flags, then the config's own), then the config, which
// must be an experiment.
absl::StatusOr<LoadedExperiment> Load(const ExperimentRequest& request, const ConfigFile& file);

// The same for a sweep.
absl::StatusOr<LoadedSweep> LoadSweep(const ExperimentRequest& request, const ConfigFile& file);

}  // namespace didact

#endif  // DIDACT_TOOLS_EXPERIMENT_REQUEST_H_
