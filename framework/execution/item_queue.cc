#include "didact/framework/execution/item_queue.h"

namespace didact {

std::optional<int64_t> ItemQueue::Next() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (items_.empty() && !closed_) {
    ++idle_;
    woken_ = true;
    changed_.notify_one();
    added_.wait(lock, [this] { return !items_.empty() || closed_; });
    --idle_;
  }
  if (items_.empty()) return std::nullopt;
  const int64_t item = items_.front();
  items_.pop_front();
  if (items_.size() == low_) {
    woken_ = true;
    changed_.notify_one();
  }
  return item;
}

std::optional<int64_t> ItemQueue::Wanted() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (asked_ || closed_) return std::nullopt;
  // Threads that have been notified of items but have not taken them yet still count as idle.
  const int64_t waiting = idle_ - static_cast<int64_t>(items_.size());
  const bool ahead = low_ > 0 && items_.size() <= low_;
  if (waiting <= 0 && !ahead) return std::nullopt;
  asked_ = true;
  asked_for_ = waiting > 0 ? waiting : 0;
  return asked_for_;
}

void ItemQueue::Add(absl::Span<const int64_t> items) {
  const std::lock_guard<std::mutex> lock(mutex_);
  asked_ = false;
  items_.insert(items_.end(), items.begin(), items.end());
  const bool batch = static_cast<int64_t>(items.size()) > asked_for_;
  low_ = batch ? items.size() / 2 : 0;
  added_.notify_all();
}

void ItemQueue::Close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  added_.notify_all();
}

void ItemQueue::Wake() {
  const std::lock_guard<std::mutex> lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void ItemQueue::WaitFor(std::chrono::microseconds time) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, time, [this] { return woken_; });
  woken_ = false;
}

}  // namespace didact
