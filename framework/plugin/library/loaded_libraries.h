// Finds plugin libraries that are loaded in this process, through any registry.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADED_LIBRARIES_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADED_LIBRARIES_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "didact/framework/plugin/library/proto_symbols.h"

namespace didact {

// Returns the file of the first loaded plugin library for whose .proto files and messages `defines`
// returns true; empty if there is none, or if its file can no longer be read. Reads those files;
// meant for error messages.
std::string LoadedLibraryWhere(absl::FunctionRef<bool(const ProtoDefinitions&)> defines);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADED_LIBRARIES_H_
