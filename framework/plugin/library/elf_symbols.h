// Reads the exported symbols of a shared library from its file without loading it. Loading runs the
// library's static initializers, which is too late to find that they were compiled for another
// processor or another version of Protocol Buffers.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ELF_SYMBOLS_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ELF_SYMBOLS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// A symbol that a library exports.
struct ElfSymbol {
  absl::string_view name;
  // The symbol's initialized data in the file, before relocation, so that pointers in it have no
  // meaning yet. Empty for symbols without data in the file.
  absl::string_view bytes;
};

// Returns the symbols that a shared library exports, in the order of its dynamic symbol table.
// `file` is the whole file; the result points into it. Safe for any bytes.
//
// Errors: INVALID_ARGUMENT if the file is not a shared library for this machine (64-bit
// little-endian x86), is truncated or inconsistent.
absl::StatusOr<std::vector<ElfSymbol>> ExportedElfSymbols(absl::string_view file);

// Returns true if the file is a program, which is started and not loaded; false for anything that
// is not a whole ELF file. Safe for any bytes.
bool IsElfProgram(absl::string_view file);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ELF_SYMBOLS_H_
