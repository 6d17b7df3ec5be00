#include "didact/framework/io/file_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

std::string LockPath() {
  return absl::StrCat(testing::TempDir(), "/",
                      testing::UnitTest::GetInstance()->current_test_info()->name(), ".lock");
}

TEST(FileLock, IsHeldByOneAtATimeAndLeavesNoFile) {
  const std::string path = LockPath();
  {
    const absl::StatusOr<FileLock> first = FileLock::Acquire(path);
    ASSERT_TRUE(first.ok()) << first.status();
    const absl::StatusOr<FileLock> second = FileLock::Acquire(path);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(second.status().message()),
                testing::StartsWith(absl::StrCat(path, ": is held by process ", getpid(), " on ")));
    EXPECT_EQ(FileLock::CheckFree(path), second.status());
  }
  EXPECT_FALSE(PathExists(path));
  EXPECT_TRUE(FileLock::CheckFree(path).ok());
  EXPECT_FALSE(PathExists(path));
  EXPECT_TRUE(FileLock::Acquire(path).ok());
}

TEST(FileLock, MovesWithItsOwner) {
  const std::string path = LockPath();
  std::optional<FileLock> kept;
  {
    absl::StatusOr<FileLock> lock = FileLock::Acquire(path);
    ASSERT_TRUE(lock.ok());
    kept.emplace(*std::move(lock));
  }
  EXPECT_FALSE(FileLock::CheckFree(path).ok());
  kept.reset();
  EXPECT_TRUE(FileLock::CheckFree(path).ok());
}

TEST(FileLock, DiesWithItsOwner) {
  const std::string path = LockPath();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    const absl::StatusOr<FileLock> lock = FileLock::Acquire(path);
    const char answer = lock.ok() ? 'y' : 'n';
    if (write(ready[1], &answer, 1) == 1) pause();
    _exit(1);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_THAT(std::string(FileLock::Acquire(path).status().message()),
              testing::HasSubstr(absl::StrCat("is held by process ", owner)));
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  EXPECT_TRUE(PathExists(path));
  const absl::StatusOr<FileLock> lock = FileLock::Acquire(path);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_THAT(*ReadFile(path), testing::StartsWith(absl::StrCat("process ", getpid(), " on ")));
}

TEST(FileLock, MayBeSharedUntilTheLastEnds) {
  using Sharing = FileLock::Sharing;
  const std::string path = LockPath();
  std::optional<FileLock> second;
  {
    const absl::StatusOr<FileLock> first = FileLock::Acquire(path, Sharing::kShared);
    ASSERT_TRUE(first.ok()) << first.status();
    absl::StatusOr<FileLock> other = FileLock::Acquire(path, Sharing::kShared);
    ASSERT_TRUE(other.ok()) << other.status();
    second.emplace(*std::move(other));
  }
  EXPECT_TRUE(PathExists(path));
  EXPECT_TRUE(FileLock::CheckFree(path, Sharing::kShared).ok());
  EXPECT_EQ(FileLock::CheckFree(path).message(), path + ": is held by another process");
  EXPECT_EQ(FileLock::Acquire(path).status(), FileLock::CheckFree(path));
  second.reset();
  EXPECT_FALSE(PathExists(path));
  const absl::StatusOr<FileLock> alone = FileLock::Acquire(path);
  EXPECT_TRUE(alone.ok());
  EXPECT_FALSE(FileLock::CheckFree(path, Sharing::kShared).ok());
  EXPECT_FALSE(FileLock::Acquire(path, Sharing::kShared).ok());
}

// Shared locks are released, which removes the file, while others are acquired.
TEST(FileLock, IsAlwaysGivenToThoseWhoShareIt) {
  const std::string path = LockPath();
  constexpr int kProcesses = 4;
  for (int i = 0; i < kProcesses; ++i) {
    if (fork() != 0) continue;
    for (int n = 0; n < 500; ++n) {
      if (!FileLock::Acquire(path, FileLock::Sharing::kShared).ok()) _exit(1);
    }
    _exit(0);
  }
  for (int i = 0; i < kProcesses; ++i) {
    int status = -1;
    ASSERT_GT(wait(&status), 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_FALSE(PathExists(path));
}

TEST(FileLock, SaysWhyItCannotBeMade) {
  EXPECT_EQ(FileLock::Acquire("/no/such/lock").status().message(),
            "/no/such/lock: cannot be created: No such file or directory");
  EXPECT_TRUE(FileLock::CheckFree("/no/such/lock").ok());
}

}  // namespace
}  // namespace didact
