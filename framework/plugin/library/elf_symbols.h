// What a shared library exports, read from its file without loading it: loading runs the library's
// static initialisers, which is too late to find out that they were compiled for another processor
// or another version of Protocol Buffers.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ELF_SYMBOLS_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ELF_SYMBOLS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// A symbol that a library defines for others.
struct ElfSymbol {
  absl::string_view name;
  // The file's bytes for a symbol with initialised data; before relocation, so that pointers among
  // them mean nothing yet. Empty for symbols without bytes in the file.
  absl::string_view bytes;
};

// The symbols that a shared library exports, in the order of its dynamic symbol table. `file` is
// the whole file; the result points into it. Safe for any bytes.
//
// Errors: INVALID_ARGUMENT when the file is no shared library for this machine (64-bit
// little-endian x86), is cut short or contradicts itself.
absl::StatusOr<std::vector<ElfSymbol>> ExportedElfSymbols(absl::string_view file);

// Whether the file is a program, which is started and not loaded; false for anything that is no whole
// ELF file. Safe for any bytes.
bool IsElfProgram(absl::string_view file);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ELF_SYMBOLS_H_
