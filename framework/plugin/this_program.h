// The program itself as a plugin library.

#ifndef DIDACT_FRAMEWORK_PLUGIN_THIS_PROGRAM_H_
#define DIDACT_FRAMEWORK_PLUGIN_THIS_PROGRAM_H_

#include "didact/framework/plugin/registry.h"

namespace didact {

// Returns the origin of plugins that the program itself registers: its file, the file's name, and
// its SHA-256, which is computed at the first call; no version. Threads: safe.
const PluginLibraryInfo& ThisProgram();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_THIS_PROGRAM_H_
