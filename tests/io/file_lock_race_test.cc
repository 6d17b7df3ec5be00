// Processes acquire and release a lock as fast as they can: those that need it exclusively never
// hold it together with another, and all of them acquire it repeatedly.

#include <array>
#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/file_lock.h"
#include "gtest/gtest.h"
#include "tests/io/racing_processes.h"

namespace didact {
namespace {

constexpr int kProcesses = 6;

// The processes that hold the lock, and violations that they have seen.
struct Inside {
  std::atomic<int> alone = 0;
  std::atomic<int> sharing = 0;
  std::atomic<int> meetings = 0;
  std::array<std::atomic<int>, kProcesses> taken = {};

  void Alone() {
    ++alone;
    if (alone != 1 || sharing != 0) ++meetings;
    PauseAtRandom();
    if (alone != 1 || sharing != 0) ++meetings;
    --alone;
  }
  void Sharing() {
    ++sharing;
    if (alone != 0) ++meetings;
    PauseAtRandom();
    if (alone != 0) ++meetings;
    --sharing;
  }
};

// Each process acquires the lock `rounds` times; the last `sharing` processes share it.
void Race(int sharing, int rounds) {
  const std::string path = testing::TempDir() + "/race.lock";
  auto& inside = MakeShared<Inside>();
  RaceProcesses(kProcesses, [&](int process) {
    const bool shares = process >= kProcesses - sharing;
    const auto how = shares ? FileLock::Sharing::kShared : FileLock::Sharing::kAlone;
    while (inside.taken[process] < rounds) {
      const absl::StatusOr<FileLock> lock = FileLock::Acquire(path, how);
      if (!lock.ok() && absl::IsFailedPrecondition(lock.status())) continue;
      ASSERT_TRUE(lock.ok()) << lock.status();
      ++inside.taken[process];
      shares ? inside.Sharing() : inside.Alone();
    }
  });
  EXPECT_EQ(inside.meetings, 0);
  for (const std::atomic<int>& taken : inside.taken) EXPECT_EQ(taken, rounds);
  EXPECT_FALSE(PathExists(path)) << "the last one has left its file behind";
}

TEST(FileLockRace, ThoseWhoWantItAloneNeverMeet) { Race(/*sharing=*/0, 200); }

TEST(FileLockRace, ThoseWhoWantItAloneNeverMeetThoseWhoShareIt) { Race(/*sharing=*/4, 200); }

}  // namespace
}  // namespace didact
