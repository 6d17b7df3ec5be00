#include "framework/training/key_check.h"

#include <algorithm>

namespace didact {

KeyCheck::Position KeyCheck::EndOf(const Record& record) {
  return {record.numbers().size(), record.arrays().size()};
}

void KeyCheck::Begin(const Record& record) { positions_.assign(1, EndOf(record)); }

void KeyCheck::EndMetric(const Record& record) { positions_.push_back(EndOf(record)); }

std::optional<RepeatedKey> KeyCheck::FindRepeated(const Record& record) {
  keys_.clear();
  for (size_t metric = 0; metric + 1 < positions_.size(); ++metric) {
    const Position& begin = positions_[metric];
    const Position& end = positions_[metric + 1];
    for (size_t i = begin.numbers; i < end.numbers; ++i) {
      keys_.emplace_back(record.numbers()[i].first, metric);
    }
    for (size_t i = begin.arrays; i < end.arrays; ++i) {
      keys_.emplace_back(record.arrays()[i].first, metric);
    }
  }
  std::sort(keys_.begin(), keys_.end());
  const auto repeated = std::adjacent_find(
      keys_.begin(), keys_.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (repeated == keys_.end()) return std::nullopt;
  return RepeatedKey{repeated->first, repeated->second, std::next(repeated)->second};
}

}  // namespace didact
