// The plugin libraries of a config: found before anything else of it can be read, and recorded.

#ifndef DIDACT_FRAMEWORK_CONFIG_PLUGIN_LIBRARIES_H_
#define DIDACT_FRAMEWORK_CONFIG_PLUGIN_LIBRARIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/base/field_path.h"
#include "framework/config/config_file.h"
#include "framework/plugin/registry.h"
#include "protos/experiment.pb.h"

namespace didact {

// A library that a config asks for.
struct NamedLibrary {
  std::string file;  // absolute
  FieldPath field;   // which field of which file names it
};

// The values of `plugin_library` in a config file, in order. Reads tokens alone, since the messages
// of plugins are unknown until their libraries are loaded; whatever else is wrong with the text,
// LoadExperiment reports later. Errors: the file cannot be read, or is no text.
absl::StatusOr<std::vector<NamedLibrary>> PluginLibraries(const std::string& path);
std::vector<NamedLibrary> PluginLibraries(const ConfigFile& file);

// Makes `experiment` name the libraries that it was loaded with, so that it can be run without
// naming them anywhere else: of those it names, the ones that `registry` has, and those of `used`
// that are missing.
void RecordPluginLibraries(absl::Span<const PluginLibraryInfo> used, const PluginRegistry& registry,
                           Experiment& experiment);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_PLUGIN_LIBRARIES_H_
