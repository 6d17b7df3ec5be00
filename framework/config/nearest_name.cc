#include "didact/framework/config/nearest_name.h"

#include <algorithm>
#include <numeric>

namespace didact {
namespace {

// Returns the number of letters to insert, delete or replace between two words (Levenshtein 1966).
int EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const int replaced = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
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
