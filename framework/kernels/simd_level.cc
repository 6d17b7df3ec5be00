#include "framework/kernels/simd_level.h"

#include <algorithm>
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

// The levels of the x86-64 psABI, which the files of kernels are compiled for.
bool SupportsV2() { return __builtin_cpu_supports("x86-64-v2"); }
bool SupportsV3() { return __builtin_cpu_supports("x86-64-v3"); }
bool SupportsV4() { return __builtin_cpu_supports("x86-64-v4"); }

// Best first.
constexpr std::array<Level, 3> kLevels = {{
    {"avx512", &kKernelTablesAvx512, SupportsV4},
    {"avx2", &kKernelTablesAvx2, SupportsV3},
    {"sse4.2", &kKernelTablesSse42, SupportsV2},
}};

// Null before the first use. Atomic because that may come from several threads at once, all of
// which find the same, and for the sake of threads that exist already when a test changes the
// level.
constinit std::atomic<const Level*> active_level = nullptr;

const Level& ActiveLevel() {
  const Level* level = active_level.load(std::memory_order_relaxed);
  if (level != nullptr) [[likely]]
    return *level;
  const Level* const best = std::find_if(kLevels.begin(), kLevels.end() - 1,
                                         [](const Level& l) { return l.supported(); });
  // Not if SelectSimdLevel has chosen one in the meantime.
  return active_level.compare_exchange_strong(level, best, std::memory_order_relaxed) ? *best
                                                                                      : *level;
}

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

absl::string_view ActiveSimdLevel() { return ActiveLevel().name; }

const KernelTables& ActiveKernelTables() { return *ActiveLevel().tables; }

}  // namespace didact
