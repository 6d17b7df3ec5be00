// Which .proto files and messages a shared library brings along, told from the names that
// generated code exports. Protocol Buffers ends the process when a library that is being loaded
// defines a file or a message that is there already; so this is found out before.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_PROTO_SYMBOLS_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_PROTO_SYMBOLS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/plugin/library/elf_symbols.h"

namespace didact {

// What generated code of Protocol Buffers 3.21 defines.
struct ProtoDefinitions {
  std::vector<std::string> files;     // "protos/training.proto"
  std::vector<std::string> messages;  // "didact.Training"; nested ones as "didact.Outer_Inner"
};

// The definitions among exported symbols. A library whose generated code is compiled with hidden
// visibility shows none.
ProtoDefinitions ProtoDefinitionsAmong(absl::Span<const ElfSymbol> symbols);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_PROTO_SYMBOLS_H_
