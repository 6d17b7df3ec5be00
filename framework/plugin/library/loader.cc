#include "didact/framework/plugin/library/loader.h"

#include <dlfcn.h>
#include <immintrin.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/sha256.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/exception_status.h"
#include "didact/framework/plugin/library/abi_tag.h"
#include "didact/framework/plugin/library/elf_symbols.h"
#include "didact/framework/plugin/library/loaded_libraries.h"
#include "didact/framework/plugin/library/manifest.h"
#include "didact/framework/plugin/library/proto_symbols.h"
#include "google/protobuf/descriptor.h"

namespace didact {
namespace {

// Far above the size of any plugin, and far below what would exhaust the machine's memory.
constexpr int64_t kMaxLibraryBytes = int64_t{1} << 30;

// Returns the path without symbolic links, which identifies a library.
absl::StatusOr<std::string> CanonicalPath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(path, error);
  if (!error) return canonical.string();
  if (error == std::errc::permission_denied) return absl::PermissionDeniedError(error.message());
  return absl::NotFoundError(error.message());
}

// Returns a path that is valid from any working directory.
std::string AbsolutePath(const std::string& path) {
  const std::filesystem::path absolute = std::filesystem::absolute(path);
  // After a symbolic link, `..` may lead elsewhere than its text suggests.
  return absl::c_linear_search(absolute, "..") ? absolute.string()
                                               : absolute.lexically_normal().string();
}

// Returns the error without the path, which callers add as the user wrote it.
absl::Status WithoutPath(const absl::Status& status) {
  return absl::Status(status.code(), ProblemsOf(status).front().text);
}

absl::Status CheckTag(absl::Span<const ElfSymbol> symbols) {
  const ElfSymbol* tag = nullptr;
  bool has_manifest = false;
  for (const ElfSymbol& symbol : symbols) {
    if (symbol.name == kPluginAbiTagSymbol) tag = &symbol;
    if (symbol.name == kPluginManifestSymbol) has_manifest = true;
  }
  if (tag == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "is not a Didact plugin: it has no symbol ", kPluginAbiTagSymbol,
        "; DIDACT_PLUGIN_LIBRARY (didact/framework/plugin/library/manifest.h) defines it"));
  }
  static constexpr PluginAbiTag kWanted = CurrentAbiTag();
  DIDACT_RETURN_IF_ERROR(CheckAbiTag(tag->bytes, kWanted));
  if (!has_manifest) {
    return absl::InvalidArgumentError(absl::StrCat(
        "is not a Didact plugin: it has no symbol ", kPluginManifestSymbol,
        "; DIDACT_PLUGIN_LIBRARY (didact/framework/plugin/library/manifest.h) defines it"));
  }
  return absl::OkStatus();
}

// Checks that the process has none of the .proto files and messages that the library would add.
absl::Status CheckProtos(absl::Span<const ElfSymbol> symbols) {
  const ProtoDefinitions definitions = ProtoDefinitionsAmong(symbols);
  const google::protobuf::DescriptorPool& pool =
      *google::protobuf::DescriptorPool::generated_pool();
  for (const std::string& file : definitions.files) {
    if (pool.FindFileByName(file) == nullptr) continue;
    const std::string owner = LoadedLibraryWhere([&file](const ProtoDefinitions& loaded) {
      return absl::c_linear_search(loaded.files, file);
    });
    return absl::AlreadyExistsError(absl::StrCat(
        "contains ", file, ", which ",
        owner.empty() ? "this program contains already; is it a copy of a plugin that is compiled "
                        "into the program"
                      : absl::StrCat(owner, ", loaded before, contains, too; is it a copy of that"),
        "? Otherwise give the .proto file another name"));
  }
  for (const std::string& message : definitions.messages) {
    if (const auto* file = pool.FindFileContainingSymbol(message)) {
      const std::string owner = LoadedLibraryWhere([&message](const ProtoDefinitions& loaded) {
        return absl::c_linear_search(loaded.messages, message);
      });
      return absl::AlreadyExistsError(
          absl::StrCat("defines the message ", message, ", which ", file->name(),
                       owner.empty() ? "" : absl::StrCat(" in ", owner, ", loaded before,"),
                       " defines already; give the message a package of its own"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadLibrary(const std::string& path) {
  absl::StatusOr<std::string> file = ReadFile(path, kMaxLibraryBytes);
  if (!file.ok()) return WithoutPath(file.status());
  return file;
}

// Checks everything that can be checked without running the code of the library `file` at `path`.
absl::Status Inspect(absl::string_view file, const std::string& path) {
  const absl::StatusOr<std::vector<ElfSymbol>> symbols = ExportedElfSymbols(file);
  const absl::Status status = symbols.ok() ? CheckTag(*symbols) : symbols.status();
  if (absl::IsInvalidArgument(status) && IsElfProgram(file)) {
    return absl::InvalidArgumentError(
        "is a program, not a plugin library: plugins that it registers are known to this program "
        "alone, which must run what needs them");
  }
  DIDACT_RETURN_IF_ERROR(status);
  const bool is_loaded = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD) != nullptr;
  return is_loaded ? absl::OkStatus() : CheckProtos(*symbols);
}

// An exception of a static initializer cannot cross the dynamic linker and ends the process. While
// an object of this class exists, the library's path is printed before that. One thread at a time.
class TerminationNotice {
 public:
  // `path`, of the library, must outlive the object.
  explicit TerminationNotice(const std::string& path) {
    path_ = path.c_str();
    previous_ = std::set_terminate(&Terminate);
  }
  TerminationNotice(const TerminationNotice&) = delete;
  TerminationNotice& operator=(const TerminationNotice&) = delete;
  ~TerminationNotice() { std::set_terminate(previous_); }

 private:
  [[noreturn]] static void Terminate() {
    const std::string words =
        std::current_exception() == nullptr ? "std::terminate was called" : CaughtWords();
    std::fprintf(stderr,
                 "didact: %s: cannot be loaded: it ended the process in a static initializer: %s\n",
                 path_, words.c_str());
    if (previous_ != nullptr) previous_();
    std::abort();
  }

  static inline const char* path_ = "";
  static inline std::terminate_handler previous_ = nullptr;
};

absl::StatusOr<const PluginManifest*> Open(const std::string& path) {
  const TerminationNotice notice(path);
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    absl::string_view reason = dlerror();
    absl::ConsumePrefix(&reason, absl::StrCat(path, ": "));
    return absl::FailedPreconditionError(absl::StrCat("cannot be loaded: ", reason));
  }
  const auto* manifest = static_cast<const PluginManifest*>(dlsym(library, kPluginManifestSymbol));
  if (manifest == nullptr || manifest->name == nullptr || manifest->version == nullptr ||
      manifest->register_plugins == nullptr || manifest->multiply_add == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "is not a Didact plugin: its ", kPluginManifestSymbol,
        " must have a name, a version, a registration function and a multiply_add, got a null "
        "pointer; DIDACT_PLUGIN_LIBRARY (didact/framework/plugin/library/manifest.h) defines it"));
  }
  return manifest;
}

// Checks that the library rounds products before it adds to them.
absl::Status CheckContraction(const PluginManifest& manifest) {
  // The square of the factor is 1 + 2^-29 + 2^-60, which a double rounds to 1 + 2^-29.
  constexpr double kFactor = 1 + 0x1p-30;
  constexpr double kRoundedProduct = 1 + 0x1p-29;
  if (manifest.multiply_add(kFactor, kFactor, -kRoundedProduct) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "fuses multiplications and additions, which gives other results: compile with "
      "-ffp-contract=off");
}

// The rounding mode of this thread, and whether it treats denormal numbers as zero; threads that it
// starts inherit both. Restored by the destructor.
class FloatingPointMode {
 public:
  FloatingPointMode() = default;
  FloatingPointMode(const FloatingPointMode&) = delete;
  FloatingPointMode& operator=(const FloatingPointMode&) = delete;
  ~FloatingPointMode() { _mm_setcsr(before_); }

  absl::Status CheckUnchanged() const {
    if ((_mm_getcsr() & ~kExceptionFlags) == (before_ & ~kExceptionFlags)) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "changes how the whole process rounds, or takes denormal numbers for zero: link without "
        "-ffast-math, -Ofast, -funsafe-math-optimizations and -mdaz-ftz, and leave fesetround and "
        "MXCSR alone when it is loaded");
  }

 private:
  static constexpr unsigned kExceptionFlags = _MM_EXCEPT_MASK;
  const unsigned before_ = _mm_getcsr();
};

// Calls foreign code, whose exceptions must not propagate.
absl::Status CallRegister(const PluginManifest& manifest, PluginRegistry& registry) {
  try {
    const absl::Status status = manifest.register_plugins(registry);
    // CANCELLED means that the cancellation flag is set (framework/base/stop.h).
    if (!absl::IsCancelled(status) && (status.ok() || !status.message().empty())) return status;
    return absl::InternalError(ReturnedWords(status, "its registration function"));
  } catch (...) {
    return absl::InternalError(
        absl::StrCat("its registration function threw an exception: ", CaughtWords()));
  }
}

absl::Status Load(const std::string& path, PluginRegistry& registry) {
  DIDACT_ASSIGN_OR_RETURN(const std::string canonical, CanonicalPath(path));
  for (const PluginLibraryInfo& library : registry.libraries()) {
    if (library.canonical_path == canonical) return absl::OkStatus();
  }
  DIDACT_ASSIGN_OR_RETURN(const std::string file, ReadLibrary(canonical));
  DIDACT_ASSIGN_OR_RETURN(std::string sha256, Sha256(file));
  for (const PluginLibraryInfo& library : registry.libraries()) {
    if (library.sha256 == sha256) return absl::OkStatus();
  }
  DIDACT_RETURN_IF_ERROR(Inspect(file, canonical));
  const FloatingPointMode mode;
  DIDACT_ASSIGN_OR_RETURN(const PluginManifest* const manifest, Open(canonical));
  DIDACT_RETURN_IF_ERROR(CheckContraction(*manifest));
  PluginRegistry scratch;
  DIDACT_RETURN_IF_ERROR(CallRegister(*manifest, scratch));
  DIDACT_RETURN_IF_ERROR(mode.CheckUnchanged());
  scratch.AddLibrary(
      {AbsolutePath(path), canonical, manifest->name, manifest->version, std::move(sha256)});
  return registry.Merge(std::move(scratch));
}

}  // namespace

absl::Status LoadPluginLibrary(const std::string& path, PluginRegistry& registry) {
  return Annotate(Load(path, registry), path);
}

absl::StatusOr<std::vector<std::string>> PluginLibrariesAt(absl::string_view path) {
  const std::string expanded = ExpandHome(path);
  if (!IsDirectory(expanded)) {
    if (PathExists(expanded)) return std::vector<std::string>{expanded};
    return absl::NotFoundError(absl::StrCat(expanded, ": does not exist"));
  }
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(expanded));
  std::vector<std::string> libraries;
  for (const std::string& name : names) {
    if (absl::EndsWith(name, ".so")) libraries.push_back(JoinPath(expanded, name));
  }
  return libraries;
}

void LoadPluginLibrariesFromEnvironment(PluginRegistry& registry) {
  const char* const list = std::getenv(kPluginPathVariable);
  if (list == nullptr) return;
  const auto add_failure = [&registry](const absl::Status& status) {
    if (status.ok()) return;
    registry.AddUnloadable(absl::StrCat(kPluginPathVariable, ": ",
                                        absl::StrReplaceAll(status.message(), {{"\n", ", "}})));
  };
  for (const absl::string_view path : absl::StrSplit(list, ':', absl::SkipEmpty())) {
    const absl::StatusOr<std::vector<std::string>> libraries = PluginLibrariesAt(path);
    add_failure(libraries.status());
    if (!libraries.ok()) continue;
    for (const std::string& library : *libraries) {
      add_failure(LoadPluginLibrary(library, registry));
    }
  }
}

}  // namespace didact
