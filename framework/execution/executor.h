// Distributes a list of work to the threads of one process, or of several processes.
//
// 1. A program creates an executor: MakeThreadExecutor, or MakeMpiExecutor in each MPI process.
// 2. The processes use Share and Agree to decide on the list. One of them is the root, which also
//    writes what is written once.
// 3. All of them call Execute, which calls `work` for each item in one of the processes.
//
// Example:
//
//   const std::unique_ptr<Executor> executor = MakeThreadExecutor(/*threads=*/4);
//   const std::vector<WorkItem> items = {{0, /*seconds=*/10.0}, {1, /*seconds=*/1.0}};
//   DIDACT_RETURN_IF_ERROR(executor->Execute(
//       items, stop, progress,
//       [](int64_t number, const std::atomic<bool>& stop) { Work(number, stop); }));

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXECUTOR_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXECUTOR_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/execution/progress.h"

namespace didact {

// An item of a list of work, with its estimated run time.
struct WorkItem {
  int64_t number = 0;
  double seconds = 0;
};

// Threads: one call at a time in each process; `work` is called from several threads.
// Processes: every process of one executor must make the same calls in the same order.
class Executor {
 public:
  // Does the item with this number; returns early when `stop` becomes true. Must not throw.
  using Work = absl::FunctionRef<void(int64_t number, const std::atomic<bool>& stop)>;

  virtual ~Executor() = default;

  // Number of items that this process does at the same time.
  virtual int threads() const = 0;

  virtual int processes() const = 0;

  // A name for the files that this process alone writes, e.g. "rank-3"; empty for the root.
  virtual std::string process_name() const = 0;

  // Returns true in the root: the process that writes what is written once, and that reports to the
  // user.
  virtual bool leads() const = 0;

  // Returns the same status in all processes: OK if all of them pass OK, otherwise the error of the
  // first process that does not. Errors, also of Share and Execute: UNAVAILABLE if the processes
  // cannot communicate any more; each of them then decides for itself what to do.
  virtual absl::Status Agree(const absl::Status& status) = 0;

  // Broadcasts the numbers of the root: replaces `numbers` in all other processes.
  virtual absl::Status Share(std::vector<int64_t>& numbers) = 0;

  // Calls work(number, ...) once for each of the root's items, in one of the processes, several at
  // a time, and returns when all calls in all processes have returned. The items of other processes
  // are ignored. Items begin approximately in the order of the list. When `stop` becomes true in
  // any process, it becomes true for `work` in all of them, and items that have not begun may be
  // skipped. The root's `progress` also receives the shares of the other processes.
  virtual absl::Status Execute(absl::Span<const WorkItem> items, const std::atomic<bool>& stop,
                               Progress& progress, Work work) = 0;
};

// Returns an executor of this process alone, with up to `threads` items at a time.
std::unique_ptr<Executor> MakeThreadExecutor(int threads);

// One of `count` parts of the work, numbered from 0, for processes that do not communicate.
struct Shard {
  int64_t index = 0;
  int64_t count = 1;

  bool is_whole() const { return count == 1; }
  // Returns "shard-2-of-8"; empty for the whole.
  std::string name() const;
};

inline constexpr int64_t kMaxShards = 1000000;

// Parses `I/N`, 0 <= I <= N. I = N means the same as I = 0, so that job arrays may count from 0 or
// from 1.
// Errors: INVALID_ARGUMENT, `must be I/N, ...`.
absl::StatusOr<Shard> ParseShard(absl::string_view text);

// Returns the part of the items that belongs to the shard: every N-th, in order. If the items are
// sorted by cost, all shards get about the same cost.
std::vector<int64_t> PartOf(absl::Span<const int64_t> items, const Shard& shard);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXECUTOR_H_
