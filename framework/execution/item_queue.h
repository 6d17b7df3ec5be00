// The items of work that a process has drawn and that its threads have not begun.

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

// A queue between working threads and one thread that draws items for them.
//
// 1. A working thread calls Next, which waits for an item.
// 2. The drawing thread calls WaitFor and Wanted in turn. When Wanted returns a number, it draws
//    items for that many idle threads and passes them to Add.
// 3. When there are no more items, it calls Close; Next then returns std::nullopt once the queue is
//    empty.
//
// Threads: all methods may be called concurrently.
class ItemQueue {
 public:
  // Waits for the next item and returns it; returns std::nullopt once the queue is closed and
  // empty.
  std::optional<int64_t> Next();

  // Returns the number of idle threads for which items should be drawn now; 0 means ahead of time.
  // Returns std::nullopt if there are enough items, if a draw is under way, or if the queue is
  // closed.
  std::optional<int64_t> Wanted();

  // Adds the items, perhaps none, from the draw that Wanted asked for.
  void Add(absl::Span<const int64_t> items);

  // States that no more items will be added. Items in the queue can still be taken.
  void Close();

  // Ends the present or the next WaitFor, for example because a working thread has ended.
  void Wake();

  // Waits until Wanted may return something else, or for `time`.
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
  // Half of the last batch; the next is drawn when only this many items are left. 0: items are
  // drawn one by one.
  size_t low_ = 0;
  int64_t asked_for_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_ITEM_QUEUE_H_
