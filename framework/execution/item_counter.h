// Decides which process gets which items of a list of work.

#ifndef DIDACT_FRAMEWORK_EXECUTION_ITEM_COUNTER_H_
#define DIDACT_FRAMEWORK_EXECUTION_ITEM_COUNTER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/execution/executor.h"

namespace didact {

// Gives out the items of a list in order. Short items are given out in batches, so that processes
// ask less often: about every kBatchSeconds by the items' estimated cost. Batches become smaller
// towards the end of the list, so that all processes end at about the same time (guided
// self-scheduling: Polychronopoulos and Kuck, IEEE Transactions on Computers C-36, 1987). Threads:
// one at a time.
class ItemCounter {
 public:
  static constexpr double kBatchSeconds = 0.1;
  // Least cost of an item, whatever its estimate, because files are written.
  static constexpr double kLeastSeconds = 0.001;
  static constexpr int64_t kMaxDraw = 4096;

  // `items` must outlive this.
  ItemCounter(absl::Span<const WorkItem> items, int processes)
      : items_(items), processes_(processes) {}

  // Returns the numbers of the next items for a process of `threads` threads, of which `idle` wait
  // for work. If `idle` > 0, that is at least one item for each idle thread, except near the end of
  // the list, where a process gets at most half of its share of the remaining items, rounded up. If
  // `idle` is 0, the items are drawn ahead of time, and there may be none.
  std::vector<int64_t> Draw(int64_t idle, int64_t threads);

  // Gives out no more items.
  void Close() { next_ = items_.size(); }

  bool exhausted() const { return next_ == items_.size(); }

 private:
  absl::Span<const WorkItem> items_;
  int64_t processes_;
  size_t next_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_ITEM_COUNTER_H_
