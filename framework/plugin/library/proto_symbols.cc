#include "didact/framework/plugin/library/proto_symbols.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace didact {
namespace {

// Decodes a file name that protoc encoded as an identifier: letters and digits are unchanged, every
// other character is `_` and two hexadecimal digits.
std::optional<std::string> DecodeFileName(absl::string_view identifier) {
  std::string name;
  while (!identifier.empty()) {
    if (identifier[0] != '_') {
      name += identifier[0];
      identifier.remove_prefix(1);
      continue;
    }
    uint32_t character = 0;
    if (identifier.size() < 3 || !absl::ascii_isxdigit(identifier[1]) ||
        !absl::ascii_isxdigit(identifier[2]) ||
        !absl::SimpleHexAtoi(identifier.substr(1, 2), &character)) {
      return std::nullopt;
    }
    name += static_cast<char>(character);
    identifier.remove_prefix(3);
  }
  return name;
}

// Returns the parts of the mangled name of a variable in namespaces: {"a", "b"} for _ZN1a1bE; empty
// for any other mangled name. A variable in no namespace is not mangled: {"b"} for b.
std::vector<absl::string_view> QualifiedName(absl::string_view symbol) {
  if (!absl::ConsumePrefix(&symbol, "_ZN")) return {symbol};
  std::vector<absl::string_view> parts;
  while (symbol != "E") {
    const size_t digits = symbol.find_first_not_of("0123456789");
    size_t length = 0;
    if (digits == absl::string_view::npos || !absl::SimpleAtoi(symbol.substr(0, digits), &length) ||
        length == 0 || length > symbol.size() - digits) {
      return {};
    }
    parts.push_back(symbol.substr(digits, length));
    symbol.remove_prefix(digits + length);
  }
  return parts;
}

}  // namespace

ProtoDefinitions ProtoDefinitionsAmong(absl::Span<const ElfSymbol> symbols) {
  ProtoDefinitions found;
  for (const ElfSymbol& symbol : symbols) {
    absl::string_view name = symbol.name;
    if (absl::ConsumePrefix(&name, "descriptor_table_")) {
      if (auto file = DecodeFileName(name)) found.files.push_back(*std::move(file));
      continue;
    }
    std::vector<absl::string_view> parts = QualifiedName(name);
    if (parts.empty() || !absl::ConsumePrefix(&parts.back(), "_") ||
        !absl::ConsumeSuffix(&parts.back(), "_default_instance_")) {
      continue;
    }
    found.messages.push_back(absl::StrJoin(parts, "."));
  }
  return found;
}

}  // namespace didact
