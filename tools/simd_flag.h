// The flag --simd=LEVEL of commands that compute.

#ifndef DIDACT_TOOLS_SIMD_FLAG_H_
#define DIDACT_TOOLS_SIMD_FLAG_H_

#include "CLI/App.hpp"

namespace didact {

// Adds the flag to a command. Parsing it selects the level (simd_level.h); a level that is unknown,
// or that the processor lacks, is an error of the command line.
void AddSimdFlag(CLI::App& command);

}  // namespace didact

#endif  // DIDACT_TOOLS_SIMD_FLAG_H_
