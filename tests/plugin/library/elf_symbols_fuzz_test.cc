// Damaged plugin libraries must be refused or read, and must never crash the process: a plugin path
// may name any file.

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/abi_tag.h"
#include "didact/framework/plugin/library/elf_symbols.h"
#include "didact/framework/plugin/library/proto_symbols.h"
#include "gtest/gtest.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/reader_fuzz.h"

namespace didact {
namespace {

constexpr uint64_t kInputs = 5000;  // of each test

std::string Library() {
  absl::StatusOr<std::string> bytes = ReadFile("tests/plugin/library/libsmall.so");
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

// Performs all steps of the loader before it loads a library.
absl::Status Inspect(const std::string& file) {
  static_cast<void>(IsElfProgram(file));
  const absl::StatusOr<std::vector<ElfSymbol>> symbols = ExportedElfSymbols(file);
  if (!symbols.ok()) return Annotate(symbols.status(), kFuzzFileName);
  ProtoDefinitionsAmong(*symbols);
  static constexpr PluginAbiTag kWanted = CurrentAbiTag();
  for (const ElfSymbol& symbol : *symbols) {
    if (symbol.name != kPluginAbiTagSymbol) continue;
    DIDACT_RETURN_IF_ERROR(Annotate(CheckAbiTag(symbol.bytes, kWanted), kFuzzFileName));
  }
  return absl::OkStatus();
}

TEST(ElfSymbolsFuzz, BrokenLibrariesAreRefusedOrRead) {
  FuzzReader(Mutation({Library()}), kInputs, Inspect);
}

// Random changes of a whole library would mostly affect code. Here they affect the parts that are
// read.

TEST(ElfSymbolsFuzz, BrokenHeadersAreRefusedOrRead) {
  const std::string library = Library();
  constexpr size_t kHeader = 600;  // with the program header table
  FuzzReader(Mutation({library.substr(0, kHeader)}), kInputs, Inspect,
             [&library](std::string input) { return input + library.substr(kHeader); });
}

TEST(ElfSymbolsFuzz, BrokenSectionTablesAreRefusedOrRead) {
  const std::string library = Library();
  uint64_t sections = 0;  // e_shoff
  std::memcpy(&sections, library.data() + 40, sizeof(sections));
  FuzzReader(Mutation({library.substr(sections)}), kInputs, Inspect,
             [&](std::string input) { return library.substr(0, sections) + input; });
}

TEST(ElfSymbolsFuzz, BrokenSymbolsAndNamesAreRefusedOrRead) {
  const std::string library = Library();
  // The dynamic symbol table and its names precede the code.
  const size_t first = 600;
  const size_t last = library.find("didact_plugin_manifest") + 100;
  ASSERT_LT(last, library.size());
  FuzzReader(
      Mutation({library.substr(first, last - first)}), kInputs, Inspect,
      [&](std::string input) { return library.substr(0, first) + input + library.substr(last); });
}

TEST(AbiTagFuzz, BrokenTagsAreRefusedOrRead) {
  static constexpr PluginAbiTag kWanted = CurrentAbiTag();
  FuzzReader(
      Mutation({std::string(reinterpret_cast<const char*>(&kWanted), sizeof(kWanted))}), kInputs,
      [](const std::string& tag) { return Annotate(CheckAbiTag(tag, kWanted), kFuzzFileName); });
}

}  // namespace
}  // namespace didact
