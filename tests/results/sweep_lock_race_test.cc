// Processes lock and release a sweep directory as fast as they can: a lock of the whole is never
// held together with another, parts are held together only with other parts of the same partition,
// and no part is held twice.

#include <array>
#include <atomic>
#include <cstddef>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/sweep_lock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/io/racing_processes.h"

namespace didact {
namespace {

struct Part {
  const char* name;  // empty for the whole
  int partition;
};
constexpr std::array<Part, 5> kParts = {
    {{"", 1}, {"shard-0-of-2", 2}, {"shard-1-of-2", 2}, {"shard-0-of-3", 3}, {"shard-2-of-3", 3}}};

// The number of processes that hold each part, the number of times that each part was locked, and
// violations.
struct Inside {
  std::array<std::atomic<int>, kParts.size()> parts = {};
  std::array<std::atomic<int>, kParts.size()> taken = {};
  std::atomic<int> meetings = 0;

  void Visit(size_t part) {
    ++parts[part];
    ++taken[part];
    Look(part);
    PauseAtRandom();
    Look(part);
    --parts[part];
  }
  void Look(size_t part) {
    for (size_t other = 0; other < kParts.size(); ++other) {
      const int allowed = other == part                                       ? 1
                          : kParts[other].partition == kParts[part].partition ? 1
                                                                              : 0;
      if (parts[other] > allowed) ++meetings;
    }
  }
};

TEST(SweepLockRace, OnlyPartsOfOnePartitionMeet) {
  constexpr int kProcesses = 6;
  constexpr int kRounds = 400;
  const std::string folder = testing::TempDir() + "/race";
  ASSERT_TRUE(CreateDirectories(folder).ok());
  auto& inside = MakeShared<Inside>();
  RaceProcesses(kProcesses, [&](int process) {
    std::minstd_rand random(static_cast<unsigned>(process) + 1);
    for (int round = 0; round < kRounds; ++round) {
      const size_t part = random() % kParts.size();
      const absl::StatusOr<SweepLock> lock = SweepLock::Acquire(folder, kParts[part].name);
      if (!lock.ok() && absl::IsFailedPrecondition(lock.status())) continue;
      ASSERT_TRUE(lock.ok()) << lock.status();
      inside.Visit(part);
    }
  });
  EXPECT_EQ(inside.meetings, 0);
  for (size_t part = 0; part < kParts.size(); ++part) {
    EXPECT_GT(inside.taken[part], 0) << kParts[part].name;
  }
  EXPECT_THAT(*ListDirectory(folder), testing::IsEmpty());
}

}  // namespace
}  // namespace didact
