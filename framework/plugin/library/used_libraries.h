// Which plugin libraries a config needs, and whether they are still the same.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_USED_LIBRARIES_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_USED_LIBRARIES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// The libraries of `registry` that the plugins in `config` come from, plugins within plugins too,
// in the order of loading. Plugins that are unknown, or whose configs do not parse, do not count.
std::vector<PluginLibraryInfo> UsedLibraries(const google::protobuf::Message& config,
                                             const PluginRegistry& registry);

// How the libraries `now` differ from those `before`, by name, version and SHA-256 alone: paths and
// order mean nothing. An entry for each library that differs, naming both,
//
//   with plugin library swish 1.0 (/old/libswish.so, SHA-256 0a1b...), now with plugin library swish 1.1 (...)
//
// and none if they are the same.
std::vector<std::string> LibraryChanges(absl::Span<const PluginLibraryInfo> before,
                                        absl::Span<const PluginLibraryInfo> now);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_USED_LIBRARIES_H_
