// SIMD levels for the tests of the kernels.

#ifndef DIDACT_TESTS_KERNELS_LEVELS_H_
#define DIDACT_TESTS_KERNELS_LEVELS_H_

#include <array>
#include <cmath>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/string_view.h"
#include "didact/framework/kernels/simd_level.h"

namespace didact {

inline constexpr std::array<absl::string_view, 3> kLevels = {"avx512", "avx2", "sse4.2"};

inline bool IsLevel(absl::string_view name) { return absl::c_linear_search(kLevels, name); }

// Returns the levels that this processor has. The last of them remains selected.
inline std::vector<absl::string_view> SupportedLevels() {
  std::vector<absl::string_view> levels;
  for (const absl::string_view level : kLevels) {
    if (SelectSimdLevel(level).ok()) levels.push_back(level);
  }
  return levels;
}

// Returns x * y + z with the rounding of the kernels of the selected level.
template <class T>
T MultiplyAdd(T x, T y, T z) {
  return ActiveSimdLevel() == "sse4.2" ? x * y + z : std::fma(x, y, z);
}

}  // namespace didact

#endif  // DIDACT_TESTS_KERNELS_LEVELS_H_
