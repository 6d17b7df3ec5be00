// Loads shared libraries of plugins that were built outside of Didact.
//
// A plugin library links the same libdidact.so and libprotobuf.so as the program that loads it, so
// that there is only one of every type, descriptor table and function. It is loaded with
// RTLD_LOCAL, so that other libraries do not see its names; but a name that the program or
// libdidact.so defines takes precedence over the library's. Plugins therefore need their own
// namespace, and their config messages their own package.
//
// A library is trusted: loading runs its code with all rights of the process. The checks before
// that find mistakes, not malice.
//
// 1. LoadPluginLibrary reads the file and checks it without running any of its code.
// 2. It loads the library with RTLD_NOW, so that undefined symbols are found now instead of in the
//    middle of a run, and checks how its code rounds. The library is never unloaded, because
//    unloading code whose types are registered is not sound.
// 3. It calls the library's registration function with an empty registry, which is merged into the
//    caller's if everything was right.
//
// Example:
//
//   PluginRegistry registry;
//   DIDACT_RETURN_IF_ERROR(RegisterBuiltinPlugins(registry));
//   DIDACT_RETURN_IF_ERROR(LoadPluginLibrary("libmine.so", registry));

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADER_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/registry.h"

namespace didact {

// The environment variable that names plugin libraries for every run of the tool.
inline constexpr char kPluginPathVariable[] = "DIDACT_PLUGIN_PATH";

// Loads the plugin library in file `path` and adds its plugins to `registry`; the library stays
// loaded until the process ends. Returns OK without a change for a library that is in `registry`
// already (the same file, or a copy of it under any path).
//
// The file is checked before it is loaded: its ABI tag (framework/plugin/library/abi_tag.h) must
// equal ours, and it must not define a .proto file or a message that the process has already, since
// Protocol Buffers would end the process. Enumeration values and extensions with equal names are
// not detected, and end the process. After loading, and before registration, the library must show
// that it was not compiled to fuse multiplications and additions; and it must not change how the
// process rounds.
//
// An exception of a static initializer of the library ends the process, since no exception can
// cross the dynamic linker; its path is printed to standard error before.
//
// Threads: excludes every use of `registry` and of the process's environment; call it before
// threads start.
// Errors: `PATH: reason`; the registry is then unchanged. NOT_FOUND, PERMISSION_DENIED: no such
// file, or not readable; INVALID_ARGUMENT: a directory, not a shared library, or not a Didact
// plugin; FAILED_PRECONDITION: an ABI tag that differs (one line per difference, with what to
// rebuild with), a library that computes otherwise than Didact, or one that the dynamic linker
// refuses, e.g. because of an undefined symbol; ALREADY_EXISTS: a plugin, message or .proto file
// that exists already; otherwise the code of its registration function's error.
absl::Status LoadPluginLibrary(const std::string& path, PluginRegistry& registry);

// Returns the plugin libraries at a path: a file as it is, and for a directory its entries named
// *.so, sorted. A home folder is expanded (ExpandHome).
// Errors: NOT_FOUND and others, with the path, if it cannot be read.
absl::StatusOr<std::vector<std::string>> PluginLibrariesAt(absl::string_view path);

// Loads the plugin libraries that DIDACT_PLUGIN_PATH names; none if it is not set. The variable
// serves all runs of the tool, most of which need few of its libraries, so that one that cannot be
// loaded is no error: it is recorded (PluginRegistry::AddUnloadable), and the others are loaded.
void LoadPluginLibrariesFromEnvironment(PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADER_H_
