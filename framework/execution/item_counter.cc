#include "didact/framework/execution/item_counter.h"

#include <algorithm>

namespace didact {

std::vector<int64_t> ItemCounter::Draw(int64_t idle, int64_t threads) {
  const auto left = static_cast<int64_t>(items_.size() - next_);
  // Half of an equal share of what is left, rounded up.
  const int64_t part = (left + 2 * processes_ - 1) / (2 * processes_);
  const int64_t most = std::min(kMaxDraw, part);
  std::vector<int64_t> drawn;
  double room = kBatchSeconds * static_cast<double>(threads);
  while (static_cast<int64_t>(drawn.size()) < most) {
    const WorkItem& item = items_[next_];
    room -= std::max(item.seconds, kLeastSeconds);
    if (room < 0 && static_cast<int64_t>(drawn.size()) >= idle) break;
    drawn.push_back(item.number);
    ++next_;
  }
  return drawn;
}

}  // namespace didact
