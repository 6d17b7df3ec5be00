#include "didact/framework/execution/executor.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAre;

TEST(ThreadExecutor, RunsEveryItemOnce) {
  std::vector<int64_t> numbers(50);
  std::iota(numbers.rbegin(), numbers.rend(), 100);
  std::vector<WorkItem> items;
  for (const int64_t number : numbers) items.push_back({number, 0});
  const std::atomic<bool> stop = false;
  Progress progress;
  for (const int threads : {1, 3}) {
    std::mutex mutex;
    std::vector<int64_t> done;
    const auto executor = MakeThreadExecutor(threads);
    EXPECT_EQ(executor->threads(), threads);
    EXPECT_TRUE(executor
                    ->Execute(items, stop, progress,
                              [&](int64_t number, const std::atomic<bool>&) {
                                const std::lock_guard<std::mutex> lock(mutex);
                                done.push_back(number);
                              })
                    .ok());
    if (threads == 1) {
      EXPECT_EQ(done, numbers);
    }
    EXPECT_THAT(done, testing::UnorderedElementsAreArray(numbers));
  }
}

TEST(ThreadExecutor, IsTheOnlyProcess) {
  const auto executor = MakeThreadExecutor(2);
  EXPECT_TRUE(executor->leads());
  EXPECT_EQ(executor->processes(), 1);
  EXPECT_EQ(executor->Agree(absl::NotFoundError("gone")), absl::NotFoundError("gone"));
  EXPECT_EQ(executor->process_name(), "");
}

TEST(ParseShard, CountsFromZeroOrFromOne) {
  EXPECT_EQ(ParseShard("0/4")->name(), "shard-0-of-4");
  EXPECT_EQ(ParseShard("3/4")->name(), "shard-3-of-4");
  EXPECT_EQ(ParseShard("4/4")->name(), "shard-0-of-4");
  EXPECT_EQ(ParseShard("0/1")->name(), "");
  EXPECT_EQ(ParseShard("1/1")->name(), "");
}

TEST(ParseShard, RefusesWhatIsNoPart) {
  for (const char* text : {"", "1", "/", "1/", "/2", "-1/2", "3/2", "0/0", "1/2/3", "a/b", "0/-1",
                           "0/1000001", "0.5/2", "1/99999999999999999999"}) {
    EXPECT_EQ(ParseShard(text).status().message(),
              std::string("must be I/N, the I-th of N parts, with I from 0 to N - 1 or from 1 to N "
                          "and N at most 1000000, got \"") +
                  text + "\"");
  }
}

TEST(PartOf, ShardsShareAllItemsAndNoneTwice) {
  const std::vector<int64_t> items = {9, 7, 5, 3, 1};
  EXPECT_THAT(PartOf(items, *ParseShard("0/2")), ElementsAre(9, 5, 1));
  EXPECT_THAT(PartOf(items, *ParseShard("1/2")), ElementsAre(7, 3));
  EXPECT_THAT(PartOf(items, *ParseShard("2/2")), ElementsAre(9, 5, 1));
  EXPECT_THAT(PartOf(items, *ParseShard("6/7")), ElementsAre());
  EXPECT_EQ(PartOf(items, Shard()), items);
}

}  // namespace
}  // namespace didact
