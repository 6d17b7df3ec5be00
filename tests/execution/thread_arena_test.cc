#include "didact/framework/execution/thread_arena.h"

#include <xmmintrin.h>

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(RunTasks, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 7}) {
    std::vector<std::atomic<int>> runs(100);
    RunTasks(100, threads, [&runs](int64_t i) { ++runs[i]; });
    for (const std::atomic<int>& count : runs) EXPECT_EQ(count, 1);
  }
}

TEST(RunTasks, NothingToDoIsFine) {
  RunTasks(0, 4, [](int64_t) { FAIL(); });
}

TEST(RunTasks, OneThreadGoesInOrder) {
  std::vector<int64_t> order;
  RunTasks(5, 1, [&order](int64_t i) { order.push_back(i); });
  EXPECT_EQ(order, (std::vector<int64_t>{0, 1, 2, 3, 4}));
}

TEST(RunTasks, TwoThreadsWorkAtTheSameTime) {
  // Each of the two tasks waits until the other has begun.
  std::atomic<int> begun = 0;
  RunTasks(2, 2, [&begun](int64_t) {
    ++begun;
    while (begun < 2) std::this_thread::yield();
  });
  EXPECT_EQ(begun, 2);
}

TEST(RunTasks, MoreThreadsThanCoresAreGiven) {
  const int threads = AvailableCores() + 3;
  std::atomic<int> begun = 0;
  testing::internal::CaptureStderr();
  RunTasks(threads, threads, [&begun, threads](int64_t) {
    ++begun;
    while (begun < threads) std::this_thread::yield();
  });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(begun, threads);
}

TEST(ArenaWorkers, AreAsManyAsThreads) {
  for (const int threads : {1, 2, 5}) {
    RunTasks(1, threads, [threads](int64_t) { EXPECT_EQ(ArenaWorkers().count(), threads); });
  }
}

TEST(ArenaWorkers, RunEveryPartOnce) {
  for (const int threads : {1, 3}) {
    std::vector<std::atomic<int>> runs(50);
    RunTasks(1, threads,
             [&runs](int64_t) { ArenaWorkers().Run(50, [&runs](int64_t part) { ++runs[part]; }); });
    for (const std::atomic<int>& count : runs) EXPECT_EQ(count, 1);
  }
}

TEST(ArenaWorkers, AnIdleThreadHelpsTheOnlyTask) {
  // Each of the two parts waits until the other has begun.
  RunTasks(1, 2, [](int64_t) {
    std::atomic<int> begun = 0;
    ArenaWorkers().Run(2, [&begun](int64_t) {
      ++begun;
      while (begun < 2) std::this_thread::yield();
    });
    EXPECT_EQ(begun, 2);
  });
}

TEST(ArenaWorkers, ATaskThatWaitsForItsPartsBeginsNoOtherTask) {
  // If a part ran on a thread within another task, its depth would be 2.
  static thread_local int tasks_on_this_thread = 0;
  std::atomic<bool> nested = false;
  RunTasks(64, 3, [&nested](int64_t) {
    if (++tasks_on_this_thread > 1) nested = true;
    for (int i = 0; i < 20; ++i) {
      ArenaWorkers().Run(6, [](int64_t) { std::this_thread::yield(); });
    }
    --tasks_on_this_thread;
  });
  EXPECT_FALSE(nested);
}

TEST(ArenaWorkers, ComputeWithStandardFloatingPointControl) {
  constexpr unsigned kFlushToZero = 0x8000;
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | kFlushToZero);
  std::atomic<int> flushing = 0;
  const auto check = [&flushing] { flushing += (_mm_getcsr() & kFlushToZero) != 0 ? 1 : 0; };
  RunTasks(20, 3, [&](int64_t) {
    check();
    ArenaWorkers().Run(20, [&](int64_t) { check(); });
  });
  ArenaWorkers().Run(20, [&](int64_t) { check(); });
  EXPECT_NE(_mm_getcsr() & kFlushToZero, 0);
  _mm_setcsr(before);
  EXPECT_EQ(flushing, 0);
}

}  // namespace
}  // namespace didact
