#include "didact/framework/execution/item_counter.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<WorkItem> Items(int64_t count, double seconds) {
  std::vector<WorkItem> items;
  for (int64_t i = 0; i < count; ++i) items.push_back({100 + i, seconds});
  return items;
}

TEST(ItemCounter, LongItemsGoOneToEachIdleThread) {
  const std::vector<WorkItem> items = Items(100, 60);
  ItemCounter counter(items, /*processes=*/2);
  EXPECT_THAT(counter.Draw(/*idle=*/2, /*threads=*/4), ElementsAre(100, 101));
  EXPECT_THAT(counter.Draw(1, 4), ElementsAre(102));
  EXPECT_THAT(counter.Draw(0, 4), IsEmpty());
  EXPECT_FALSE(counter.exhausted());
}

TEST(ItemCounter, ShortItemsGoInBatches) {
  const std::vector<WorkItem> items = Items(100000, 0.0099);
  ItemCounter counter(items, 4);
  EXPECT_EQ(counter.Draw(1, 1).size(), 10);
  EXPECT_EQ(counter.Draw(1, 3).size(), 30);
  EXPECT_EQ(counter.Draw(0, 1).size(), 10);
}

TEST(ItemCounter, ItemsThatShouldCostNothingStillDo) {
  const std::vector<WorkItem> items = Items(100000, 0);
  ItemCounter counter(items, 4);
  EXPECT_NEAR(static_cast<double>(counter.Draw(1, 1).size()), 100, 1);
  EXPECT_EQ(counter.Draw(1, 10000).size(), ItemCounter::kMaxDraw);
}

TEST(ItemCounter, ABatchEndsBeforeALongItem) {
  std::vector<WorkItem> items = Items(100, 0.01);
  items[3].seconds = 10;
  ItemCounter counter(items, 1);
  EXPECT_THAT(counter.Draw(1, 1), ElementsAre(100, 101, 102));
  EXPECT_THAT(counter.Draw(1, 1), ElementsAre(103));
}

TEST(ItemCounter, LeavesSomeForOtherProcesses) {
  const std::vector<WorkItem> items = Items(6, 60);
  ItemCounter counter(items, 3);
  EXPECT_THAT(counter.Draw(4, 4), ElementsAre(100));
  EXPECT_THAT(counter.Draw(4, 4), ElementsAre(101));
}

TEST(ItemCounter, GivesEveryItemOnceInOrder) {
  for (const double seconds : {0.0, 0.003, 60.0}) {
    const std::vector<WorkItem> items = Items(1000, seconds);
    ItemCounter counter(items, 7);
    std::vector<int64_t> drawn;
    for (int draws = 0; !counter.exhausted() && draws < 5000; ++draws) {
      // A draw in advance may return nothing; a draw for an idle thread always returns an item.
      for (const int64_t item : counter.Draw(draws % 3, 3)) drawn.push_back(item);
    }
    ASSERT_EQ(drawn.size(), 1000);
    EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
    EXPECT_EQ(drawn.back(), 1099);
    EXPECT_THAT(counter.Draw(1, 1), IsEmpty());
  }
}

TEST(ItemCounter, GivesNothingOnceClosed) {
  const std::vector<WorkItem> items = Items(10, 1);
  ItemCounter counter(items, 1);
  counter.Close();
  EXPECT_TRUE(counter.exhausted());
  EXPECT_THAT(counter.Draw(1, 1), IsEmpty());
}

TEST(ItemCounter, OfAnEmptyListIsExhausted) {
  ItemCounter counter({}, 3);
  EXPECT_TRUE(counter.exhausted());
  EXPECT_THAT(counter.Draw(1, 1), IsEmpty());
}

}  // namespace
}  // namespace didact
