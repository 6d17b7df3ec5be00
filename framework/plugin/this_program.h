// The program itself, in the place of a plugin library.

#ifndef DIDACT_FRAMEWORK_PLUGIN_THIS_PROGRAM_H_
#define DIDACT_FRAMEWORK_PLUGIN_THIS_PROGRAM_H_

#include "framework/plugin/registry.h"

namespace didact {

// Where plugins come from that the program registers itself: its file, the file's name, and its
// SHA-256, which is computed at the first call; no version. Threads: safe.
const PluginLibraryInfo& ThisProgram();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_THIS_PROGRAM_H_
