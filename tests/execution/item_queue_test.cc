#include "didact/framework/execution/item_queue.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace didact {
namespace {

constexpr std::chrono::seconds kLong(30);

// Polls until a thread is waiting for items.
int64_t WaitForWanted(ItemQueue& queue) {
  while (true) {
    if (const std::optional<int64_t> wanted = queue.Wanted()) return *wanted;
    queue.WaitFor(kLong);
  }
}

TEST(ItemQueue, GivesItemsInOrderAndThenNone) {
  ItemQueue queue;
  queue.Add({3, 1, 2});
  queue.Close();
  EXPECT_EQ(queue.Next(), 3);
  EXPECT_EQ(queue.Next(), 1);
  EXPECT_EQ(queue.Next(), 2);
  EXPECT_EQ(queue.Next(), std::nullopt);
  EXPECT_EQ(queue.Wanted(), std::nullopt);
}

TEST(ItemQueue, WantsAnItemForEachThreadThatWaits) {
  ItemQueue queue;
  EXPECT_EQ(queue.Wanted(), std::nullopt);
  std::atomic<int64_t> got = 0;
  std::thread thread([&] { got = queue.Next().value_or(-1); });
  EXPECT_EQ(WaitForWanted(queue), 1);
  // There is no second request while the draw is in progress.
  EXPECT_EQ(queue.Wanted(), std::nullopt);
  queue.Add({7});
  thread.join();
  EXPECT_EQ(got, 7);
  EXPECT_EQ(queue.Wanted(), std::nullopt);
}

TEST(ItemQueue, ABatchIsFollowedByOneAheadOfTime) {
  ItemQueue queue;
  std::thread thread([&] { queue.Next(); });
  EXPECT_EQ(WaitForWanted(queue), 1);
  queue.Add({0, 1, 2, 3});
  thread.join();
  EXPECT_EQ(queue.Wanted(), std::nullopt);
  queue.Next();
  EXPECT_EQ(queue.Wanted(), 0);
  // No items were available in advance, so no further request is made in advance.
  queue.Add({});
  EXPECT_EQ(queue.Wanted(), std::nullopt);
}

TEST(ItemQueue, ClosingLetsWaitingThreadsGo) {
  ItemQueue queue;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(queue.Next(), std::nullopt); });
  }
  WaitForWanted(queue);
  queue.Close();
  for (std::thread& thread : threads) thread.join();
}

TEST(ItemQueue, ThreadsGetEveryItemOnce) {
  ItemQueue queue;
  constexpr int64_t kItems = 20000;
  std::atomic<int64_t> count = 0;
  std::atomic<int64_t> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (const std::optional<int64_t> item = queue.Next()) {
        ++count;
        sum += *item;
      }
    });
  }
  int64_t next = 0;
  while (next < kItems) {
    const int64_t wanted = WaitForWanted(queue);
    std::vector<int64_t> items;
    const int64_t size = std::min<int64_t>(wanted + next % 7, kItems - next);
    for (int64_t i = 0; i < size; ++i) items.push_back(next++);
    queue.Add(items);
  }
  queue.Close();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, kItems);
  EXPECT_EQ(sum, kItems * (kItems - 1) / 2);
}

}  // namespace
}  // namespace didact
