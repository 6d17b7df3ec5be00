#include "didact/framework/results/sweep_lock.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SweepLockTest : public testing::Test {
 protected:
  SweepLockTest()
      : folder_(absl::StrCat(testing::TempDir(), "/",
                             testing::UnitTest::GetInstance()->current_test_info()->name())) {
    EXPECT_TRUE(CreateDirectories(folder_).ok());
  }

  std::vector<std::string> Names() const { return *ListDirectory(folder_); }

  // Returns the name of the lock for which this part is refused, or an empty text.
  std::string Refusal(const std::string& part) const {
    const absl::Status check = SweepLock::CheckFree(folder_, part);
    const absl::StatusOr<SweepLock> lock = SweepLock::Acquire(folder_, part);
    EXPECT_EQ(check, lock.status());
    if (lock.ok()) return "";
    EXPECT_EQ(check.code(), absl::StatusCode::kFailedPrecondition);
    std::string message(check.message());
    const std::string before =
        absl::StrCat(folder_, ": another process is working on it: ", folder_, "/");
    const std::string after = absl::StrCat(": is held by process ", getpid(), " on ");
    EXPECT_THAT(message, testing::StartsWith(before));
    message.erase(0, before.size());
    EXPECT_THAT(message, testing::HasSubstr(after));
    return message.substr(0, message.find(after));
  }

  std::string folder_;
};

TEST_F(SweepLockTest, TheWholeIsAlone) {
  const absl::StatusOr<SweepLock> whole = SweepLock::Acquire(folder_, "");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(Refusal(""), "lock");
  EXPECT_EQ(Refusal("shard-0-of-2"), "lock");
}

TEST_F(SweepLockTest, PartsOfOnePartitionShare) {
  const absl::StatusOr<SweepLock> first = SweepLock::Acquire(folder_, "shard-0-of-12");
  const absl::StatusOr<SweepLock> second = SweepLock::Acquire(folder_, "shard-11-of-12");
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(Refusal("shard-1-of-12"), "");
  EXPECT_EQ(Refusal("shard-0-of-12"), "lock.shard-0-of-12");
  EXPECT_THAT(Names(), ElementsAre("lock", "lock.shard-0-of-12", "lock.shard-11-of-12"));
}

TEST_F(SweepLockTest, APartKeepsTheWholeAndOtherPartitionsAway) {
  const absl::StatusOr<SweepLock> part = SweepLock::Acquire(folder_, "shard-1-of-2");
  ASSERT_TRUE(part.ok()) << part.status();
  EXPECT_EQ(Refusal(""), "lock.shard-1-of-2");
  EXPECT_EQ(Refusal("shard-1-of-3"), "lock.shard-1-of-2");
  EXPECT_EQ(Refusal("shard-1-of-12"), "lock.shard-1-of-2");
}

TEST_F(SweepLockTest, LeavesNothing) {
  {
    const absl::StatusOr<SweepLock> whole = SweepLock::Acquire(folder_, "");
  }
  EXPECT_THAT(Names(), IsEmpty());
  {
    const absl::StatusOr<SweepLock> first = SweepLock::Acquire(folder_, "shard-0-of-2");
    std::optional<absl::StatusOr<SweepLock>> second(SweepLock::Acquire(folder_, "shard-1-of-2"));
    second.reset();
    EXPECT_THAT(Names(), ElementsAre("lock", "lock.shard-0-of-2"));
  }
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(SweepLockTest, WhatDeadProcessesLeftIsInNobodysWay) {
  for (const char* name : {"/lock", "/lock.shard-0-of-2", "/lock.shard-0-of-3"}) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + name, "process 1 on some host").ok());
  }
  EXPECT_EQ(Refusal("shard-1-of-2"), "");
  EXPECT_EQ(Refusal("shard-0-of-2"), "");
  EXPECT_EQ(Refusal("shard-0-of-3"), "");
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/lock.shard-0-of-3", "").ok());
  const absl::StatusOr<SweepLock> whole = SweepLock::Acquire(folder_, "");
  EXPECT_TRUE(whole.ok());
  EXPECT_THAT(Names(), ElementsAre("lock"));
}

TEST_F(SweepLockTest, SaysWhyThereIsNone) {
  const absl::Status status = SweepLock::Acquire("/no/such", "").status();
  EXPECT_EQ(status.message(), "/no/such/lock: cannot be created: No such file or directory");
}

}  // namespace
}  // namespace didact
