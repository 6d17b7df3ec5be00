// From a sweep file to a plan of experiments.

#ifndef DIDACT_FRAMEWORK_SWEEP_LOAD_SWEEP_H_
#define DIDACT_FRAMEWORK_SWEEP_LOAD_SWEEP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// Returns true if the text is a didact.Sweep and not a didact.Experiment. A leading comment `#
// proto-message: NAME` decides; without one, the text is a sweep if it has a field at the top level
// that only didact.Sweep has.
bool IsSweep(const ConfigFile& file);

// Returns the plugin libraries that a sweep and its base name
// (framework/config/plugin_libraries.h). LoadSweep reports all other problems of the texts later.
// Errors: the base's file cannot be read.
absl::StatusOr<std::vector<NamedLibrary>> SweepPluginLibraries(const ConfigFile& file);

// Parses the sweep and its base, applies `overrides` to the base (`folder=...` to the sweep), and
// makes and checks every experiment. Plugin libraries must be in `registry` already, which must
// outlive the plan.
// Errors: one problem per line, with file, line and column. Problems are reported in four stages,
// each only if there are none in the stages before: texts, overrides, axes and points, experiments.
absl::StatusOr<SweepPlan> LoadSweep(const ConfigFile& file,
                                    const std::vector<std::string>& overrides,
                                    const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_LOAD_SWEEP_H_
