// Loads shared libraries of plugins that were built outside of Didact.
//
// A plugin library links the same libdidact.so and libprotobuf.so as the program that loads it, so
// that there is one of every type, table of descriptors and function; Debian's dynamic linker sees
// to that because both name them. It is loaded with its own names kept to itself (RTLD_LOCAL), but
// a name that the program or libdidact.so defines wins over the library's: plugins belong in a
// namespace, and their config messages in a package, of their own.
//
// A library is trusted: loading runs its code, with all rights of the process. What is checked,
// before any of it runs, are mistakes, not malice.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADER_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/plugin/registry.h"

namespace didact {

// The environment variable that names plugin libraries for every run of the tool.
inline constexpr char kPluginPathVariable[] = "DIDACT_PLUGIN_PATH";

// Loads the plugin library in file `path` and adds its plugins to `registry`; the library stays
// loaded as long as the process. A library that is in `registry` already (the same file, or a copy
// of it, whatever its path) changes nothing and is OK.
//
// The file is looked at before it is loaded: its ABI tag (framework/plugin/library/abi_tag.h) must equal
// ours, and it must not define a .proto file or a message that the process has already, since
// Protocol Buffers would end the process. That finds files and messages; enumeration values and
// extensions with equal names are not found, and end the process. Once it is loaded, and before it
// registers anything, it must not have been compiled to fuse multiplications and additions; nor may
// it change how the process rounds.
//
// An exception out of a static initializer of the library ends the process, after its path was printed to the standard
// error: no exception can cross the dynamic linker.
//
// Threads: excludes every use of `registry` and of the process's environment; call it before
// threads start.
// Errors:  `PATH: reason`, registry unchanged. NOT_FOUND, PERMISSION_DENIED: no such file, or not
// readable; INVALID_ARGUMENT: a directory, no shared library, no Didact plugin; FAILED_PRECONDITION:
// an ABI tag that differs (one line per difference, with what to rebuild with), a library that
// computes otherwise than Didact, or one that the dynamic linker refuses, e.g. because of an
// undefined symbol; ALREADY_EXISTS: a plugin, message
// or .proto file that exists already; otherwise the code of its registration function's own error.
absl::Status LoadPluginLibrary(const std::string& path, PluginRegistry& registry);

// The plugin libraries in a colon-separated list of files and directories: files as they are, and
// of a directory its entries named *.so, sorted. Empty entries do not count.
// Errors: NOT_FOUND and others, with the entry, for one that cannot be looked at.
absl::StatusOr<std::vector<std::string>> PluginLibrariesIn(absl::string_view list);

// The plugin libraries that DIDACT_PLUGIN_PATH names; none if it is not set. Errors begin with the
// name of the variable.
absl::StatusOr<std::vector<std::string>> PluginLibrariesFromEnvironment();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_LOADER_H_
