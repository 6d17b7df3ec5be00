#include "framework/experiment/no_such_field.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace didact {
namespace {

// Letters to insert, delete or replace between two words (Levenshtein 1966).
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

std::string NoSuchField(const google::protobuf::Descriptor& type, absl::string_view name) {
  std::string text =
      absl::StrCat("Message type \"", type.full_name(), "\" has no field named \"", name, "\"");
  std::vector<std::string> names;
  for (int f = 0; f < type.field_count(); ++f) names.push_back(type.field(f)->name());
  if (names.empty()) return absl::StrCat(text, "; it has no fields");
  // A name twice as long as any field's is nobody's slip, and could be megabytes long.
  constexpr size_t kMaxLength = 100;
  int nearest_distance = 2 + static_cast<int>(name.size()) / 4;
  const std::string* nearest = nullptr;
  for (const std::string& candidate : names) {
    if (name.size() > kMaxLength) break;
    const int distance = EditDistance(name, candidate);
    if (distance < nearest_distance) {
      nearest_distance = distance;
      nearest = &candidate;
    }
  }
  if (nearest != nullptr)
    absl::StrAppend(&text, "; did you mean \"", *nearest, "\"? It has: ");
  else
    absl::StrAppend(&text, "; it has: ");
  return absl::StrCat(text, absl::StrJoin(names, ", "));
}

}  // namespace didact
