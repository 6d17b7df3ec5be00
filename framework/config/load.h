// From a config file to an experiment that is complete and checked.

#ifndef DIDACT_FRAMEWORK_CONFIG_LOAD_H_
#define DIDACT_FRAMEWORK_CONFIG_LOAD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Reads the config at `path`, applies `overrides` (each `PATH=VALUE`, see override.h) in order,
// makes relative file names absolute (those in overrides too), from the config's folder, and
// resolves the result (resolve_experiment.h). The result is self-contained: printed by PrintText
// and loaded from any folder, it is the same experiment. The plugin libraries that the config names
// (plugin_libraries.h) must be in `registry` already; the result names them and any others whose
// plugins it uses.
//
// Errors: one problem per line, each with the file, or `--set` for an override, and the path to the
// field. All problems of the text at once; if there are none, all problems of the overrides; if
// there are none, all problems of the values.
absl::StatusOr<ResolvedExperiment> LoadExperiment(const std::string& path,
                                                  const std::vector<std::string>& overrides,
                                                  const PluginRegistry& registry);
absl::StatusOr<ResolvedExperiment> LoadExperiment(const ConfigFile& file,
                                                  const std::vector<std::string>& overrides,
                                                  const PluginRegistry& registry);

// Applies overrides to `experiment`, in order. Errors: those of all overrides at once; `experiment`
// may then be partly changed.
absl::Status ApplyOverrides(const std::vector<std::string>& overrides,
                            const PluginRegistry& registry, Experiment& experiment);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_LOAD_H_
