// Items of work that a process has drawn and its threads have not begun yet.

#ifndef DIDACT_FRAMEWORK_EXECUTION_ITEM_QUEUE_H_
#define DIDACT_FRAMEWORK_EXECUTION_ITEM_QUEUE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "absl/types/span.h"

namespace didact {

// Between the threads that work and one that draws for them, which asks Wanted, draws, and says what
// it got with Add. All methods may be called from any thread.
class ItemQueue {
 public:
  // The next item, waited for; none once there are no more.
  std::optional<int64_t> Next();

  // Whether more should be drawn now, and for how many idle threads: 0 means ahead of time. None:
  // there is enough, a draw is under way, or there are no more.
  std::optional<int64_t> Wanted();

  // What the draw that Wanted asked for has got.
  void Add(absl::Span<const int64_t> items);

  // No more will be added. Items that are there may still be taken.
  void Close();

  // A thread that works has ended: whoever waits below looks up.
  void Wake();

  // Waits until Wanted may have another answer, or for `time`.
  void WaitFor(std::chrono::microseconds time);

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::condition_variable changed_;
  std::deque<int64_t> items_;
  int64_t idle_ = 0;
  bool asked_ = false;  // a draw is under way
  bool closed_ = false;
  bool woken_ = false;
  // Half of the last batch: when so few are left, the next is drawn. 0: items come one by one.
  size_t low_ = 0;
  int64_t asked_for_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_ITEM_QUEUE_H_
