// Which items of a list of work go to which process next: the counter that processes share.

#ifndef DIDACT_FRAMEWORK_EXECUTION_ITEM_COUNTER_H_
#define DIDACT_FRAMEWORK_EXECUTION_ITEM_COUNTER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "framework/execution/executor.h"

namespace didact {

// Deals out a list in its order. Short items are dealt in batches, so that processes come back less
// often: about every kBatchSeconds by the items' estimated cost, and more often towards the end of
// the list, so that all end at about the same time (guided self-scheduling: Polychronopoulos and
// Kuck, IEEE Transactions on Computers C-36, 1987).
class ItemCounter {
 public:
  static constexpr double kBatchSeconds = 0.1;
  // What an item costs at least, whatever was estimated: files are written.
  static constexpr double kLeastSeconds = 0.001;
  static constexpr int64_t kMaxDraw = 4096;

  // `items` must outlive this.
  ItemCounter(absl::Span<const WorkItem> items, int processes)
      : items_(items), processes_(processes) {}

  // The numbers of the next items for a process of `threads` threads, of which `idle` wait: at least
  // one for each of those, as long as there are enough left for the other processes too, and one if
  // any is left. With no idle thread, what may be dealt ahead, which may be none.
  std::vector<int64_t> Draw(int64_t idle, int64_t threads);

  // Deals out no more.
  void Close() { next_ = items_.size(); }

  bool exhausted() const { return next_ == items_.size(); }

 private:
  absl::Span<const WorkItem> items_;
  int64_t processes_;
  size_t next_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_ITEM_COUNTER_H_
