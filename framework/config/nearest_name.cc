#include "didact/framework/config/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace didact {
namespace {

// Returns the number of letters to insert, delete, replace or exchange with their neighbour between
// two words, none of them twice (optimal string alignment).
int EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<int> before(b.size() + 1);
  std::vector<int> above(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    std::vector<int> row = {above[0] + 1};
    for (size_t j = 0; j < b.size(); ++j) {
      const int replaced = above[j] + (a[i] != b[j] ? 1 : 0);
      row.push_back(std::min({replaced, row[j] + 1, above[j + 1] + 1}));
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) {
        row.back() = std::min(row.back(), before[j - 1] + 1);
      }
    }
    before = std::move(above);
    above = std::move(row);
  }
  return above.back();
}

}  // namespace

std::string NearestName(absl::string_view name, const std::vector<std::string>& names) {
  // A name twice as long as any other is not a misspelling, and could be megabytes long.
  constexpr size_t kMaxLength = 100;
  if (name.size() > kMaxLength) return "";
  int nearest_distance = 2 + static_cast<int>(name.size()) / 4;
  std::string nearest;
  for (const std::string& candidate : names) {
    const int distance = EditDistance(name, candidate);
    if (distance < nearest_distance) {
      nearest_distance = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace didact
