#include "didact/framework/kernels/simd_level.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/kernels/active_kernels.h"
#include "didact/framework/kernels/kernel_table.h"

namespace didact {
namespace {

// Largest number of bytes of B and C of a small product. Larger products gain more from the tiles
// of AVX-512, which are twice as large in both directions and load less.
constexpr int64_t kSmallProduct = int64_t{512} << 10;

// For processors on which vectors of 512 bits take twice the time of those of 256 bits: computes
// small products with the latter if these leave fewer lanes empty. In double that gains too little
// (README.md).
void GemmByHalves(const GemmArguments<float>& arguments) {
  constexpr int64_t kLanes = 16;
  const int64_t last = arguments.columns % kLanes;  // columns in the last vector
  const bool saves_lanes = last != 0 && last <= kLanes / 2;
  const int64_t elements = arguments.columns * (arguments.rows + arguments.depth);
  const bool small = elements * static_cast<int64_t>(sizeof(float)) <= kSmallProduct;
  // Only AVX-512 has enough registers for transposed tiles.
  const bool narrow = saves_lanes && small && !arguments.b_transposed;
  (narrow ? kKernelTablesAvx2 : kKernelTablesAvx512).for_float.gemm(arguments);
}

const KernelTables& Avx512Tables() { return kKernelTablesAvx512; }
const KernelTables& Avx2Tables() { return kKernelTablesAvx2; }
const KernelTables& Sse42Tables() { return kKernelTablesSse42; }

const KernelTables& Avx512ByHalvesTables() {
  static const KernelTables tables = [] {
    KernelTables mixed = kKernelTablesAvx512;
    mixed.for_float.gemm = GemmByHalves;
    return mixed;
  }();
  return tables;
}

struct Level {
  absl::string_view name;
  const KernelTables& (*tables)();
  bool (*supported)();
  bool automatic_only = false;
};

// The levels of the x86-64 psABI, which the files of kernels are compiled for.
bool SupportsV2() { return __builtin_cpu_supports("x86-64-v2"); }
bool SupportsV3() { return __builtin_cpu_supports("x86-64-v3"); }
bool SupportsV4() { return __builtin_cpu_supports("x86-64-v4"); }

// Returns true if vectors of 512 bits are computed in two halves: on those processors of AMD's
// family 19h that have AVX-512 (Zen 4). The limits that the bench measures show it.
bool SupportsV4ByHalves() { return SupportsV4() && __builtin_cpu_is("amdfam19h"); }

// Best first. The first two give the same bits and have the same name.
constexpr std::array<Level, 4> kLevels = {{
    {"avx512", Avx512ByHalvesTables, SupportsV4ByHalves, /*automatic_only=*/true},
    {"avx512", Avx512Tables, SupportsV4},
    {"avx2", Avx2Tables, SupportsV3},
    {"sse4.2", Sse42Tables, SupportsV2},
}};

// Null before the first use. Atomic because several threads may use kernels first (all select the
// same level), and because tests change the level while other threads exist.
constinit std::atomic<const Level*> active_level = nullptr;

const Level& ActiveLevel() {
  const Level* level = active_level.load(std::memory_order_relaxed);
  if (level != nullptr) [[likely]]
    return *level;
  const Level* const best = std::find_if(kLevels.begin(), kLevels.end() - 1,
                                         [](const Level& l) { return l.supported(); });
  // Keeps a level that SelectSimdLevel has selected in the meantime.
  return active_level.compare_exchange_strong(level, best, std::memory_order_relaxed) ? *best
                                                                                      : *level;
}

}  // namespace

absl::Status SelectSimdLevel(absl::string_view name) {
  const bool automatic = name == "auto";
  std::string names = "auto";
  for (const Level& level : kLevels) {
    if (!automatic && level.automatic_only) continue;
    if (!level.automatic_only) absl::StrAppend(&names, ", ", level.name);
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

absl::string_view LeastSimdLevelOfSameBits(absl::string_view level) {
  constexpr absl::string_view kWithoutFusedMultiplyAdd = "sse4.2";
  return level == kWithoutFusedMultiplyAdd ? kWithoutFusedMultiplyAdd : "avx2";
}

bool GiveSameBits(absl::string_view level, absl::string_view other) {
  return LeastSimdLevelOfSameBits(level) == LeastSimdLevelOfSameBits(other);
}

const KernelTables& ActiveKernelTables() { return ActiveLevel().tables(); }

}  // namespace didact
