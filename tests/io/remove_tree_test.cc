#include "didact/framework/io/remove_tree.h"

#include <string>

#include "absl/status/status.h"
#include "didact/framework/io/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::ElementsAre;

class RemoveTreeTest : public testing::Test {
 protected:
  RemoveTreeTest()
      : folder_(ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name())) {
    EXPECT_TRUE(CreateDirectories(folder_ + "/tree/branch").ok());
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/tree/branch/leaf", "green").ok());
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/stone", "grey").ok());
  }

  std::string folder_;
};

TEST_F(RemoveTreeTest, RemovesEverythingInItAndNothingBesideIt) {
  EXPECT_TRUE(RemoveTree(folder_ + "/tree").ok());
  EXPECT_THAT(*ListDirectory(folder_), ElementsAre("stone"));
}

TEST_F(RemoveTreeTest, AcceptsThatItIsNotThere) { EXPECT_TRUE(RemoveTree(folder_ + "/bush").ok()); }

TEST_F(RemoveTreeTest, SaysWhyItCannot) {
  EXPECT_THAT(RemoveTree(folder_ + "/stone/tree"),
              FailsWith(absl::StatusCode::kFailedPrecondition,
                        folder_ + "/stone/tree: cannot be removed: Not a directory"));
}

TEST_F(RemoveTreeTest, WhatAKilledProcessLeavesIsTemporary) {
  ASSERT_TRUE(RenameFile(folder_ + "/tree", folder_ + "/tree.tmp-4711-0").ok());
  EXPECT_TRUE(RemoveTemporaries(folder_).ok());
  EXPECT_THAT(*ListDirectory(folder_), ElementsAre("stone"));
}

}  // namespace
}  // namespace didact
