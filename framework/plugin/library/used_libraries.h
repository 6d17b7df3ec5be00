// Finds the plugin libraries that a config uses, and compares them with earlier ones.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_USED_LIBRARIES_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_USED_LIBRARIES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// Returns the libraries of `registry` that the plugins in `config` come from, including plugins
// within plugins, in the order of loading. Plugins that are unknown, or whose configs do not parse,
// are ignored.
std::vector<PluginLibraryInfo> UsedLibraries(const google::protobuf::Message& config,
                                             const PluginRegistry& registry);

// Describes how the libraries `now` differ from those `before`, by name, version and SHA-256; paths
// and order are ignored. Returns one entry for each library that differs, naming both,
//
//   with plugin library swish 1.0 (/old/libswish.so, SHA-256 0a1b...), now with plugin library
//   swish 1.1 (...)
//
// and none if they are the same.
std::vector<std::string> LibraryChanges(absl::Span<const PluginLibraryInfo> before,
                                        absl::Span<const PluginLibraryInfo> now);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_USED_LIBRARIES_H_
