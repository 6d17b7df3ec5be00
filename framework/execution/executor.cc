#include "didact/framework/execution/executor.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "didact/framework/execution/thread_arena.h"

namespace didact {
namespace {

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(int threads) : threads_(threads) {}

  int threads() const override { return threads_; }
  int processes() const override { return 1; }
  std::string process_name() const override { return ""; }
  bool leads() const override { return true; }
  absl::Status Agree(const absl::Status& status) override { return status; }
  absl::Status Share(std::vector<int64_t>&) override { return absl::OkStatus(); }

  absl::Status Execute(absl::Span<const WorkItem> items, const std::atomic<bool>& stop, Progress&,
                       Work work) override {
    RunTasks(static_cast<int64_t>(items.size()), threads_,
             [&](int64_t i) { work(items[i].number, stop); });
    return absl::OkStatus();
  }

 private:
  int threads_;
};

}  // namespace

std::unique_ptr<Executor> MakeThreadExecutor(int threads) {
  return std::make_unique<ThreadExecutor>(threads);
}

std::string Shard::name() const {
  return is_whole() ? "" : absl::StrCat("shard-", index, "-of-", count);
}

absl::StatusOr<Shard> ParseShard(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  Shard shard;
  if (absl::SimpleAtoi(parts.first, &shard.index) && absl::SimpleAtoi(parts.second, &shard.count) &&
      shard.count >= 1 && shard.count <= kMaxShards && shard.index >= 0 &&
      shard.index <= shard.count) {
    shard.index %= shard.count;
    return shard;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "must be I/N, the I-th of N parts, with I from 0 to N - 1 or from 1 to N and N at most ",
      kMaxShards, ", got \"", text.substr(0, 100), "\""));
}

std::vector<int64_t> PartOf(absl::Span<const int64_t> items, const Shard& shard) {
  std::vector<int64_t> part;
  for (size_t i = shard.index; i < items.size(); i += shard.count) part.push_back(items[i]);
  return part;
}

}  // namespace didact
