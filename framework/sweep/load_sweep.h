// From a sweep file to a plan of experiments.

#ifndef DIDACT_FRAMEWORK_SWEEP_LOAD_SWEEP_H_
#define DIDACT_FRAMEWORK_SWEEP_LOAD_SWEEP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/config/config_file.h"
#include "framework/config/plugin_libraries.h"
#include "framework/plugin/registry.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

// Whether the text is meant as a didact.Sweep and not as a didact.Experiment: its comments say so
// before the first field, `# proto-message: didact.Sweep`, or else it has a field at the top that
// only a sweep has.
bool IsSweep(const ConfigFile& file);

// The plugin libraries that a sweep and its base ask for (plugin_libraries.h). Whatever else is wrong with the texts, LoadSweep reports later. Errors: the base's file
// cannot be read.
absl::StatusOr<std::vector<NamedLibrary>> SweepPluginLibraries(const ConfigFile& file);

// Parses the sweep and its base, applies `overrides` to the base (`folder=...` to the sweep), and
// makes and checks every experiment. Plugin libraries must be in `registry` already, which must
// outlive the plan.
// Errors: one problem per line, with file, line and column; those of the texts, or if there are
// none, of the overrides, or if there are none, of axes and points, or if there are none, of the
// experiments.
absl::StatusOr<SweepPlan> LoadSweep(const ConfigFile& file,
                                    const std::vector<std::string>& overrides,
                                    const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_LOAD_SWEEP_H_
