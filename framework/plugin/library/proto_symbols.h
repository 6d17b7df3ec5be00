// Finds the .proto files and messages that a shared library defines, from the names that generated
// code exports. Protocol Buffers ends the process if a library that is being loaded defines a file
// or a message that exists already, so this is checked before.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_PROTO_SYMBOLS_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_PROTO_SYMBOLS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/library/elf_symbols.h"

namespace didact {

// Definitions of the generated code of Protocol Buffers 3.21.
struct ProtoDefinitions {
  std::vector<std::string> files;     // "didact/protos/training.proto"
  std::vector<std::string> messages;  // "didact.Training"; nested ones as "didact.Outer_Inner"
};

// Returns the definitions among exported symbols. A library whose generated code is compiled with
// hidden visibility shows none.
ProtoDefinitions ProtoDefinitionsAmong(absl::Span<const ElfSymbol> symbols);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_PROTO_SYMBOLS_H_
