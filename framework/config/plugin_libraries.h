// The plugin libraries that a config names. They are found before the rest of the config is parsed,
// because its plugins are unknown until their libraries are loaded.

#ifndef DIDACT_FRAMEWORK_CONFIG_PLUGIN_LIBRARIES_H_
#define DIDACT_FRAMEWORK_CONFIG_PLUGIN_LIBRARIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// A library that a config names.
struct NamedLibrary {
  std::string file;  // absolute
  FieldPath field;   // the field that names it, with the config file as origin
};

// Returns the values of `plugin_library` in a config file, in order. Reads only tokens, because the
// messages of plugins are unknown until their libraries are loaded; LoadExperiment reports all
// other problems of the text later. Errors: the file cannot be read, or is not text.
absl::StatusOr<std::vector<NamedLibrary>> PluginLibraries(const std::string& path);
std::vector<NamedLibrary> PluginLibraries(const ConfigFile& file);

// Makes `experiment` name the libraries that it was loaded with, so that it can be run without
// naming them elsewhere. Libraries that it names and that `registry` does not have are removed, and
// those of `used` that it does not name are added.
void RecordPluginLibraries(absl::Span<const PluginLibraryInfo> used, const PluginRegistry& registry,
                           Experiment& experiment);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_PLUGIN_LIBRARIES_H_
