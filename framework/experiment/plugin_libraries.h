// Finds the plugin libraries that a config asks for before anything else of it can be read.

#ifndef DIDACT_FRAMEWORK_EXPERIMENT_PLUGIN_LIBRARIES_H_
#define DIDACT_FRAMEWORK_EXPERIMENT_PLUGIN_LIBRARIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/experiment/config_file.h"

namespace didact {

// The values of `plugin_library` in a config file, in order, as absolute file names. Reads tokens
// alone, since the messages of plugins are unknown until their libraries are loaded; whatever else
// is wrong with the text, LoadExperiment reports later. Errors: the file cannot be read, or is no
// text.
absl::StatusOr<std::vector<std::string>> PluginLibraries(const std::string& path);
std::vector<std::string> PluginLibraries(const ConfigFile& file);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPERIMENT_PLUGIN_LIBRARIES_H_
