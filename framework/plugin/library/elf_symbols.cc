#include "didact/framework/plugin/library/elf_symbols.h"

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

absl::Status Malformed(absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("is not a whole ELF file: ", problem));
}

// Returns a part of the file, or std::nullopt if the file ends before it.
std::optional<absl::string_view> Slice(absl::string_view file, uint64_t offset, uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  return file.substr(offset, size);
}

// Reads a table of fixed-size structures at `offset`.
template <class Entry>
absl::StatusOr<std::vector<Entry>> ReadTable(absl::string_view file, absl::string_view what,
                                             uint64_t offset, uint64_t count) {
  // Compared before the multiplication, so that the product cannot overflow.
  if (count > file.size() / sizeof(Entry)) {
    return Malformed(absl::StrCat("its ", what, " has ", count, " entries of ", sizeof(Entry),
                                  " bytes, the file has ", file.size()));
  }
  const auto bytes = Slice(file, offset, count * sizeof(Entry));
  if (!bytes) {
    return Malformed(
        absl::StrCat("its ", what, " lies at byte ", offset, ", the file has ", file.size()));
  }
  std::vector<Entry> table(count);
  if (count != 0) std::memcpy(table.data(), bytes->data(), bytes->size());
  return table;
}

absl::StatusOr<Elf64_Ehdr> ReadHeader(absl::string_view file) {
  if (file.substr(0, SELFMAG) != absl::string_view(ELFMAG, SELFMAG)) {
    return absl::InvalidArgumentError("is not an ELF file (a shared library)");
  }
  Elf64_Ehdr header;
  if (file.size() < sizeof(header)) return Malformed("its header is cut short");
  std::memcpy(&header, file.data(), sizeof(header));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != EM_X86_64) {
    return absl::InvalidArgumentError("is an ELF file for another machine than 64-bit x86");
  }
  return header;
}

absl::Status CheckEntrySizes(const Elf64_Ehdr& header) {
  if (header.e_shentsize == sizeof(Elf64_Shdr) && header.e_phentsize == sizeof(Elf64_Phdr)) {
    return absl::OkStatus();
  }
  return Malformed("its header tables have entries of an unknown size");
}

// Returns the bytes of a symbol in the file; empty if there are none.
absl::string_view SymbolBytes(absl::string_view file, const std::vector<Elf64_Shdr>& sections,
                              const Elf64_Sym& symbol) {
  if (symbol.st_shndx >= sections.size()) return {};
  const Elf64_Shdr& section = sections[symbol.st_shndx];
  if (section.sh_type != SHT_PROGBITS || symbol.st_value < section.sh_addr) return {};
  const uint64_t start = symbol.st_value - section.sh_addr;
  const auto contents = Slice(file, section.sh_offset, section.sh_size);
  if (!contents) return {};
  return Slice(*contents, start, symbol.st_size).value_or(absl::string_view());
}

}  // namespace

absl::StatusOr<std::vector<ElfSymbol>> ExportedElfSymbols(absl::string_view file) {
  DIDACT_ASSIGN_OR_RETURN(const Elf64_Ehdr header, ReadHeader(file));
  if (header.e_type != ET_DYN) {
    return absl::InvalidArgumentError("is an ELF file, but not a shared library");
  }
  DIDACT_RETURN_IF_ERROR(CheckEntrySizes(header));

  // The dynamic linker maps segments without checking the length of the file; accessing the missing
  // part of a truncated file would end the process.
  DIDACT_ASSIGN_OR_RETURN(
      const std::vector<Elf64_Phdr> segments,
      ReadTable<Elf64_Phdr>(file, "program header table", header.e_phoff, header.e_phnum));
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD && !Slice(file, segment.p_offset, segment.p_filesz)) {
      return Malformed(absl::StrCat("a segment of ", segment.p_filesz, " bytes lies at byte ",
                                    segment.p_offset, ", the file has ", file.size()));
    }
  }

  DIDACT_ASSIGN_OR_RETURN(
      const std::vector<Elf64_Shdr> sections,
      ReadTable<Elf64_Shdr>(file, "section header table", header.e_shoff, header.e_shnum));
  std::vector<ElfSymbol> exported;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_DYNSYM) continue;
    if (section.sh_entsize != sizeof(Elf64_Sym) || section.sh_link >= sections.size()) {
      return Malformed("its dynamic symbol table has no names or symbols of an unknown size");
    }
    const Elf64_Shdr& names_section = sections[section.sh_link];
    const auto names = Slice(file, names_section.sh_offset, names_section.sh_size);
    if (!names) return Malformed("its table of names is cut short");
    DIDACT_ASSIGN_OR_RETURN(const std::vector<Elf64_Sym> symbols,
                            ReadTable<Elf64_Sym>(file, "dynamic symbol table", section.sh_offset,
                                                 section.sh_size / sizeof(Elf64_Sym)));
    for (const Elf64_Sym& symbol : symbols) {
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names->size()) continue;
      const absl::string_view name = names->substr(symbol.st_name);
      exported.push_back({name.substr(0, name.find('\0')), SymbolBytes(file, sections, symbol)});
    }
  }
  return exported;
}

bool IsElfProgram(absl::string_view file) {
  const absl::StatusOr<Elf64_Ehdr> header = ReadHeader(file);
  if (!header.ok() || !CheckEntrySizes(*header).ok()) return false;
  if (header->e_type == ET_EXEC) return true;
  const absl::StatusOr<std::vector<Elf64_Phdr>> segments =
      ReadTable<Elf64_Phdr>(file, "program header table", header->e_phoff, header->e_phnum);
  // A position-independent program has the file type of a library, but names its dynamic linker.
  return segments.ok() && absl::c_any_of(*segments, [](const Elf64_Phdr& segment) {
           return segment.p_type == PT_INTERP;
         });
}

}  // namespace didact
