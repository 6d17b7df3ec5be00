// From a config file to an experiment that is complete and checked.

#ifndef DIDACT_FRAMEWORK_CONFIG_LOAD_H_
#define DIDACT_FRAMEWORK_CONFIG_LOAD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/config/config_file.h"
#include "framework/config/resolve_experiment.h"
#include "framework/plugin/registry.h"
#include "protos/experiment.pb.h"

namespace didact {

// Reads the config at `path`, applies `overrides` (each `PATH=VALUE`, see override.h) in order,
// makes relative file names, those in overrides too, absolute from the config's folder, and
// resolves it all (resolve_experiment.h). The result names everything it needs: printed by PrintText and
// loaded from anywhere, it is the same experiment. Plugin libraries that the config asks for
// (plugin_libraries.h) must be in `registry` already; the result names them, and those whose plugins
// it uses besides.
//
// Errors: one problem per line, each with the file, or `--set` for an override, and the path to the
// field. All problems of the text at once; if there are none, all of the overrides; if there are
// none, all of the values.
absl::StatusOr<ResolvedExperiment> LoadExperiment(const std::string& path,
                                                  const std::vector<std::string>& overrides,
                                                  const PluginRegistry& registry);
absl::StatusOr<ResolvedExperiment> LoadExperiment(const ConfigFile& file,
                                                  const std::vector<std::string>& overrides,
                                                  const PluginRegistry& registry);

// Changes `experiment` by overrides, in order. Errors: those of all overrides at once; `experiment`
// may then be half changed.
absl::Status ApplyOverrides(const std::vector<std::string>& overrides,
                            const PluginRegistry& registry, Experiment& experiment);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_LOAD_H_
