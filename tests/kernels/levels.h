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

// The levels that this processor has. Leaves the last of them in force.
inline std::vector<absl::string_view> SupportedLevels() {
  std::vector<absl::string_view> levels;
  for (const absl::string_view level : kLevels) {
    if (SelectSimdLevel(level).ok()) levels.push_back(level);
  }
  return levels;
}

// x * y + z, rounded as the kernels of the level in force round it.
template <class T>
T MultiplyAdd(T x, T y, T z) {
  return ActiveSimdLevel() == "sse4.2" ? x * y + z : std::fma(x, y, z);
}

}  // namespace didact

#endif  // DIDACT_TESTS_KERNELS_LEVELS_H_
