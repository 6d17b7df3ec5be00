#include "didact/framework/plugin/library/loaded_libraries.h"

#include <dlfcn.h>
#include <link.h>

#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/elf_symbols.h"
#include "didact/framework/plugin/library/manifest.h"

namespace didact {
namespace {

int AddName(dl_phdr_info* object, size_t, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(object->dlpi_name);
  return 0;
}

bool IsPluginLibrary(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
  if (library == nullptr) return false;
  const bool has_manifest = dlsym(library, kPluginManifestSymbol) != nullptr;
  dlclose(library);
  return has_manifest;
}

}  // namespace

std::string LoadedLibraryWhere(absl::FunctionRef<bool(const ProtoDefinitions&)> defines) {
  std::vector<std::string> paths;
  dl_iterate_phdr(&AddName, &paths);
  for (const std::string& path : paths) {
    // The entry of the program itself has no name.
    if (path.empty() || !IsPluginLibrary(path)) continue;
    const absl::StatusOr<std::string> file = ReadFile(path);
    if (!file.ok()) continue;
    const absl::StatusOr<std::vector<ElfSymbol>> symbols = ExportedElfSymbols(*file);
    if (symbols.ok() && defines(ProtoDefinitionsAmong(*symbols))) return path;
  }
  return "";
}

}  // namespace didact
