#include "framework/kernels/simd_level.h"

#include <array>
#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "framework/kernels/active_kernels.h"
#include "framework/kernels/kernel_table.h"

namespace didact {
namespace {

struct Level {
  absl::string_view name;
  const KernelTables* tables;
  bool (*supported)();
};

bool SupportsAvx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

// Best first.
constexpr std::array<Level, 1> kLevels = {{
    {"avx2", &kKernelTablesAvx2, SupportsAvx2},
}};

// Atomic for the sake of threads that exist already when a test changes the level.
constinit std::atomic<const Level*> active_level = &kLevels.front();

}  // namespace

absl::Status SelectSimdLevel(absl::string_view name) {
  const bool automatic = name == "auto";
  std::string names = "auto";
  for (const Level& level : kLevels) {
    absl::StrAppend(&names, ", ", level.name);
    if (!automatic && name != level.name) continue;
    if (level.supported()) {
      active_level.store(&level, std::memory_order_relaxed);
      return absl::OkStatus();
    }
    if (!automatic) {
      return absl::FailedPreconditionError(
          absl::StrCat("simd: this processor does not support '", name, "'"));
    }
  }
  if (automatic) {
    return absl::FailedPreconditionError(
        absl::StrCat("simd: this processor supports none of the instruction sets of this program (",
                     names, ")"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("simd: must be one of ", names, ", got '", name, "'"));
}

absl::string_view ActiveSimdLevel() { return active_level.load(std::memory_order_relaxed)->name; }

const KernelTables& ActiveKernelTables() {
  return *active_level.load(std::memory_order_relaxed)->tables;
}

}  // namespace didact
