#include "didact/framework/plugin/library/elf_symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/proto_symbols.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Read(const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadFile(path);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

TEST(ElfSymbols, AreReadWithTheirBytes) {
  const std::string file = Read("tests/plugin/library/libgood.so");
  const auto symbols = ExportedElfSymbols(file);
  ASSERT_TRUE(symbols.ok()) << symbols.status();
  absl::string_view tag;
  for (const ElfSymbol& symbol : *symbols) {
    if (symbol.name == "didact_plugin_abi_tag") tag = symbol.bytes;
  }
  EXPECT_EQ(tag.substr(0, 14), absl::string_view("didact plugin\0", 14));
}

TEST(ElfProgram, IsTellableFromALibrary) {
  EXPECT_TRUE(IsElfProgram(Read("/proc/self/exe")));
  const std::string library = Read("tests/plugin/library/libgood.so");
  EXPECT_FALSE(IsElfProgram(library));
  EXPECT_FALSE(IsElfProgram(absl::string_view(library).substr(0, 100)));
  EXPECT_FALSE(IsElfProgram("#!/bin/bash\n"));
  EXPECT_FALSE(IsElfProgram(""));
}

TEST(ElfSymbols, LeaveOutWhatALibraryOnlyUses) {
  const std::string file = Read("tests/plugin/library/libgood.so");
  const auto symbols = ExportedElfSymbols(file);
  ASSERT_TRUE(symbols.ok()) << symbols.status();
  EXPECT_THAT(*symbols, Not(Contains(Field(&ElfSymbol::name, "setenv"))));
  EXPECT_THAT(*symbols, Contains(Field(&ElfSymbol::name, "didact_plugin_manifest")));
}

// The dynamic linker would map bytes beyond the end of the file, and accessing them ends the
// process.
TEST(ElfSymbols, AreNotReadOfALibraryWhoseSegmentEndsBehindTheFile) {
  const std::string whole = Read("tests/plugin/library/libgood.so");
  Elf64_Ehdr header;
  ASSERT_GE(whole.size(), sizeof(header));
  std::memcpy(&header, whole.data(), sizeof(header));
  int loaded = 0;
  for (int i = 0; i < header.e_phnum; ++i) {
    const size_t place = header.e_phoff + i * sizeof(Elf64_Phdr);
    Elf64_Phdr segment;
    std::memcpy(&segment, whole.data() + place, sizeof(segment));
    if (segment.p_type != PT_LOAD) continue;
    ++loaded;
    const auto with_bytes = [&](uint64_t bytes) {
      std::string file = whole;
      segment.p_filesz = bytes;
      std::memcpy(file.data() + place, &segment, sizeof(segment));
      return ExportedElfSymbols(file).status();
    };
    const uint64_t rest = whole.size() - segment.p_offset;
    EXPECT_TRUE(with_bytes(rest).ok());
    EXPECT_EQ(with_bytes(rest + 1),
              absl::InvalidArgumentError(absl::StrCat(
                  "is not a whole ELF file: a segment of ", rest + 1, " bytes lies at byte ",
                  segment.p_offset, ", the file has ", whole.size())));
  }
  EXPECT_GT(loaded, 0);
}

// Returns true if one of two functions of the framework is defined. Their mangled names continue
// with the argument types.
bool DefinesFramework(absl::Span<const ElfSymbol> symbols) {
  return std::any_of(symbols.begin(), symbols.end(), [](const ElfSymbol& symbol) {
    return absl::StartsWith(symbol.name, "_ZN6didact12UnpackConfigE") ||
           absl::StartsWith(symbol.name, "_ZN6didact14PluginRegistry5MergeE");
  });
}

// A second copy would have its own registries and descriptor tables.
TEST(PluginLibrary, HoldsNoCopyOfTheFramework) {
  const std::string plugin = Read("tests/plugin/library/libgood.so");
  const auto plugin_symbols = ExportedElfSymbols(plugin);
  ASSERT_TRUE(plugin_symbols.ok()) << plugin_symbols.status();
  EXPECT_FALSE(DefinesFramework(*plugin_symbols));

  const std::string framework = Read("libdidact.so");
  const auto framework_symbols = ExportedElfSymbols(framework);
  ASSERT_TRUE(framework_symbols.ok()) << framework_symbols.status();
  EXPECT_TRUE(DefinesFramework(*framework_symbols));
  EXPECT_THAT(ProtoDefinitionsAmong(*framework_symbols).files,
              Contains("didact/protos/experiment.proto"));
}

TEST(ProtoSymbols, NameTheFilesAndMessagesOfALibrary) {
  const std::string file = Read("tests/plugin/library/libgood.so");
  const auto symbols = ExportedElfSymbols(file);
  ASSERT_TRUE(symbols.ok()) << symbols.status();
  const ProtoDefinitions definitions = ProtoDefinitionsAmong(*symbols);
  EXPECT_THAT(definitions.files, ElementsAre("tests/plugin/library/bend.proto"));
  EXPECT_THAT(definitions.messages, ElementsAre("didact.loader_test.Bend"));
}

TEST(ProtoSymbols, AreReadInEverySpelling) {
  const std::vector<ElfSymbol> symbols = {
      {"descriptor_table_a_2db_2fc_5fd_2eproto", ""},
      {"_Global_default_instance_", ""},
      {"_ZN1a24_Inner_default_instance_E", ""},
      {"_ZN3one3two30_Outer_Inner_default_instance_E", ""},
  };
  const ProtoDefinitions definitions = ProtoDefinitionsAmong(symbols);
  EXPECT_THAT(definitions.files, ElementsAre("a-b/c_d.proto"));
  EXPECT_THAT(definitions.messages, ElementsAre("Global", "a.Inner", "one.two.Outer_Inner"));
}

TEST(ProtoSymbols, AreNotSeenInOtherNames) {
  const std::vector<ElfSymbol> symbols = {
      {"descriptor_table_a_2", ""},
      {"descriptor_table_a_zz", ""},
      {"_ZN", ""},
      {"_ZNE", ""},
      {"_ZN99aE", ""},
      {"_ZN0E", ""},
      {"_ZN99999999999999999999aE", ""},
      {"_ZN1aEv", ""},
      {"_ZNSt6vectorE", ""},
      {"", ""},
  };
  const ProtoDefinitions definitions = ProtoDefinitionsAmong(symbols);
  EXPECT_THAT(definitions.files, IsEmpty());
  EXPECT_THAT(definitions.messages, IsEmpty());
}

}  // namespace
}  // namespace didact
