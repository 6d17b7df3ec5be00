#include "didact/framework/plugin/this_program.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/status/statusor.h"
#include "didact/framework/base/sha256.h"
#include "didact/framework/io/file.h"

namespace didact {
namespace {

// Opens the file even after it was replaced or removed.
constexpr char kFile[] = "/proc/self/exe";
constexpr int64_t kMaxProgramBytes = int64_t{1} << 32;

PluginLibraryInfo Inspect() {
  PluginLibraryInfo program;
  std::error_code error;
  program.canonical_path = std::filesystem::read_symlink(kFile, error).string();
  program.path = program.canonical_path;
  program.name = BaseName(program.path);
  const absl::StatusOr<std::string> bytes = ReadFile(kFile, kMaxProgramBytes);
  if (!bytes.ok()) return program;
  const absl::StatusOr<std::string> sha256 = Sha256(*bytes);
  if (sha256.ok()) program.sha256 = *sha256;
  return program;
}

}  // namespace

const PluginLibraryInfo& ThisProgram() {
  static const auto* const program = new PluginLibraryInfo(Inspect());
  return *program;
}

}  // namespace didact
