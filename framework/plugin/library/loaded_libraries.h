// Looks at the plugin libraries that are loaded in this process, through whichever registry.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADED_LIBRARIES_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADED_LIBRARIES_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "framework/plugin/library/proto_symbols.h"

namespace didact {

// The file of the first loaded plugin library for whose .proto files and messages `defines` is true; empty if there is
// none, or its file cannot be read any more. Reads those files: for error messages.
std::string LoadedLibraryWhere(absl::FunctionRef<bool(const ProtoDefinitions&)> defines);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADED_LIBRARIES_H_
