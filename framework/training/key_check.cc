#include "didact/framework/training/key_check.h"

#include <algorithm>

namespace didact {

KeyCheck::Position KeyCheck::EndOf(const Record& record) {
  return {record.numbers().size(), record.arrays().size()};
}

void KeyCheck::Begin(const Record& record) { positions_.assign(1, EndOf(record)); }

void KeyCheck::EndMetric(const Record& record) { positions_.push_back(EndOf(record)); }

void KeyCheck::ForEach(
    const Record& record,
    absl::FunctionRef<void(size_t metric, absl::string_view key, const RecordArray* array)> visit)
    const {
  for (size_t metric = 0; metric + 1 < positions_.size(); ++metric) {
    const Position& begin = positions_[metric];
    const Position& end = positions_[metric + 1];
    for (size_t i = begin.numbers; i < end.numbers; ++i) {
      visit(metric, record.numbers()[i].first, nullptr);
    }
    for (size_t i = begin.arrays; i < end.arrays; ++i) {
      const auto& [key, array] = record.arrays()[i];
      visit(metric, key, &array);
    }
  }
}

std::optional<RepeatedKey> KeyCheck::FindRepeated(const Record& record) {
  keys_.clear();
  ForEach(record, [this](size_t metric, absl::string_view key, const RecordArray*) {
    keys_.emplace_back(key, metric);
  });
  std::sort(keys_.begin(), keys_.end());
  const auto repeated = std::adjacent_find(
      keys_.begin(), keys_.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (repeated == keys_.end()) return std::nullopt;
  return RepeatedKey{repeated->first, repeated->second, std::next(repeated)->second};
}

}  // namespace didact
