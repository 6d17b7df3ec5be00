// The flag --simd=LEVEL, which commands that compute have in common.

#ifndef DIDACT_TOOLS_SIMD_FLAG_H_
#define DIDACT_TOOLS_SIMD_FLAG_H_

#include "CLI/App.hpp"

namespace didact {

// Adds the flag to a command. Parsing it puts the level in force (simd_level.h); a level that there
// is not, or that the processor lacks, is an error of the command line.
void AddSimdFlag(CLI::App& command);

}  // namespace didact

#endif  // DIDACT_TOOLS_SIMD_FLAG_H_
