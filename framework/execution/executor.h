// Who does which part of a list of work: threads of one process, or several processes.

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
#include "framework/execution/progress.h"

namespace didact {

// A piece of work and what it is estimated to cost.
struct WorkItem {
  int64_t number = 0;
  double seconds = 0;
};

// Every process of one executor makes the same calls in the same order.
class Executor {
 public:
  // Does the item of this number, or leaves when `stop` is true. Must not throw.
  using Work = absl::FunctionRef<void(int64_t number, const std::atomic<bool>& stop)>;

  virtual ~Executor() = default;

  // Items at a time in this process.
  virtual int threads() const = 0;

  virtual int processes() const = 0;

  // What this process' own files are called; empty if it leads.
  virtual std::string process_name() const = 0;

  // Whether this process is the one that writes what is written once, and speaks to the user.
  virtual bool leads() const = 0;

  // Returns in all processes: OK if all of them gave that, otherwise what the first that did not
  // gave. Errors of its own: UNAVAILABLE, as of Share and Execute: the processes cannot reach each
  // other any more, and what they do from then on is up to each of them.
  virtual absl::Status Agree(const absl::Status& status) = 0;

  // Gives all processes the numbers of the one that leads.
  virtual absl::Status Share(std::vector<int64_t>& numbers) = 0;

  // Calls work(number, ...) once for each of the leading process' items, in one of the processes,
  // several at a time, and returns when all calls in all processes have returned. Items begin about
  // in the order of the list. Once `stop` is true in any process, it is for work in all of them, and
  // items that have not begun may be left out. The leading process' `progress` is told of the
  // others'.
  virtual absl::Status Execute(absl::Span<const WorkItem> items, const std::atomic<bool>& stop,
                               Progress& progress, Work work) = 0;
};

// This process alone, with up to `threads` items at a time.
std::unique_ptr<Executor> MakeThreadExecutor(int threads);

// A part of the work, for whoever starts processes that do not know of each other: one of `count`
// parts, from 0.
struct Shard {
  int64_t index = 0;
  int64_t count = 1;

  bool is_whole() const { return count == 1; }
  // "shard-2-of-8"; empty for the whole.
  std::string name() const;
};

inline constexpr int64_t kMaxShards = 1000000;

// Reads `I/N`, 0 <= I <= N: I = N means the same as 0, so that arrays of jobs may count from 0 to
// N - 1 or from 1 to N.
// Errors: INVALID_ARGUMENT, `must be I/N, ...`.
absl::StatusOr<Shard> ParseShard(absl::string_view text);

// The shard's part of the items, every N-th, in their order: of items sorted by cost all shards get
// about the same.
std::vector<int64_t> PartOf(absl::Span<const int64_t> items, const Shard& shard);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXECUTOR_H_
