// Tests whether the model of a disk shows the faults that it should reveal.

#include "tests/faults/disk_model.h"

#include <fcntl.h>

#include <initializer_list>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

WriteOperation Open(const std::string& path, int file, int flags) {
  return {WriteKind::kOpen, file, flags, path, ""};
}
WriteOperation Write(int file, int64_t offset, const std::string& data) {
  return {WriteKind::kWrite, file, offset, "", data};
}
WriteOperation Flush(int file) { return {WriteKind::kFlush, file, 0, "", ""}; }
WriteOperation Rename(const std::string& from, const std::string& to) {
  return {WriteKind::kRename, 0, 0, from, to};
}
WriteOperation Remove(const std::string& path) { return {WriteKind::kRemove, 0, 0, path, ""}; }
WriteOperation MakeDirectory(const std::string& path) {
  return {WriteKind::kMakeDirectory, 0, 0, path, ""};
}

class DiskModelTest : public testing::Test {
 protected:
  // Returns a disk with one file after these calls.
  static DiskModel After(std::initializer_list<WriteOperation> operations) {
    DiskModel disk(DiskImage{{"a", "old"}});
    for (const WriteOperation& operation : operations) {
      EXPECT_EQ(disk.Apply(operation), absl::OkStatus());
    }
    return disk;
  }
  static DiskImage Left(const DiskModel& disk, Kept kept, unsigned seed = 0) {
    std::mt19937_64 random(seed);
    return disk.Survivors(kept, random);
  }
  // Returns all states of a file that may exist after a power failure.
  static std::set<std::optional<std::string>> Chosen(const DiskModel& disk,
                                                     const std::string& path) {
    std::set<std::optional<std::string>> found;
    for (unsigned seed = 0; seed < 400; ++seed) {
      const DiskImage image = Left(disk, Kept::kSome, seed);
      const auto file = image.find(path);
      found.insert(file == image.end() ? std::nullopt : file->second);
    }
    return found;
  }
};

TEST_F(DiskModelTest, WhatIsReplacedWithoutAFlushMayBeEmptyOrZeros) {
  const DiskModel disk = After({Open("b", 1, O_CREAT), Write(1, 0, "new"), Rename("b", "a")});
  EXPECT_THAT(Left(disk, Kept::kNothing), ElementsAre(Pair("a", "old")));
  EXPECT_THAT(Left(disk, Kept::kEverything), ElementsAre(Pair("a", "new")));
  EXPECT_THAT(Left(disk, Kept::kNames), ElementsAre(Pair("a", "")));
  EXPECT_THAT(Left(disk, Kept::kNamesAndLengths), ElementsAre(Pair("a", std::string(3, '\0'))));
  EXPECT_THAT(Left(disk, Kept::kBytes), ElementsAre(Pair("a", "old")));
}

TEST_F(DiskModelTest, WhatIsFlushedAndReplacedIsOldOrNew) {
  const DiskModel disk =
      After({Open("b", 1, O_CREAT), Write(1, 0, "new"), Flush(1), Rename("b", "a")});
  for (const Kept kept : {Kept::kNames, Kept::kNamesAndLengths, Kept::kEverything}) {
    EXPECT_THAT(Left(disk, kept), ElementsAre(Pair("a", "new")));
  }
  EXPECT_EQ(Chosen(disk, "a"), (std::set<std::optional<std::string>>{"old", "new"}));
}

TEST_F(DiskModelTest, ANameStaysOnceItsFolderIsFlushed) {
  const DiskModel disk = After({Open("b", 1, O_CREAT), Write(1, 0, "new"), Flush(1),
                                Rename("b", "a"), Open("", 2, O_DIRECTORY), Flush(2)});
  EXPECT_EQ(Chosen(disk, "a"), (std::set<std::optional<std::string>>{"new"}));
  EXPECT_EQ(Chosen(disk, "b"), (std::set<std::optional<std::string>>{std::nullopt}));
}

TEST_F(DiskModelTest, AFlushedFileInAFolderThatWasNotFlushedMayBeGone) {
  const DiskModel disk = After({MakeDirectory("d"), Open("d/b", 1, O_CREAT), Write(1, 0, "new"),
                                Flush(1), Open("d", 2, O_DIRECTORY), Flush(2)});
  EXPECT_THAT(Left(disk, Kept::kNothing), ElementsAre(Pair("a", "old")));
  EXPECT_EQ(Chosen(disk, "d/b"), (std::set<std::optional<std::string>>{std::nullopt, "new"}));
}

TEST_F(DiskModelTest, WhatIsRemovedMayBeThereAgain) {
  const DiskModel disk = After({Remove("a")});
  EXPECT_THAT(Left(disk, Kept::kNothing), ElementsAre(Pair("a", "old")));
  EXPECT_THAT(Left(disk, Kept::kNames), IsEmpty());
}

TEST_F(DiskModelTest, ALaterChangeOfAFolderMayBeThereWithoutAnEarlierOne) {
  const DiskModel disk = After({Remove("a"), MakeDirectory("d")});
  std::set<std::string> found;
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::string names;
    for (const auto& [path, bytes] : Left(disk, Kept::kSome, seed)) names += path;
    found.insert(names);
  }
  EXPECT_THAT(found, ElementsAre("", "a", "ad", "d"));
}

TEST_F(DiskModelTest, OneChangeOfAFolderMayBeThereAloneOrMissingAlone) {
  const DiskModel disk = After({MakeDirectory("d"), Remove("a"), MakeDirectory("e")});
  EXPECT_THAT(Left(disk, Kept::kNewestName), ElementsAre(Pair("a", "old"), Pair("e", testing::_)));
  EXPECT_THAT(Left(disk, Kept::kAllButOldestName), ElementsAre(Pair("e", testing::_)));
  EXPECT_THAT(Left(disk, Kept::kAllButNextToNewestName),
              ElementsAre(Pair("a", "old"), Pair("d", testing::_), Pair("e", testing::_)));
}

TEST_F(DiskModelTest, ProcessesHaveNumbersOfFilesOfTheirOwn) {
  WriteOperation other_open = Open("b", 1, O_CREAT);
  WriteOperation other_write = Write(1, 0, "new");
  other_open.process = other_write.process = 1;
  const DiskModel disk =
      After({Open("a", 1, O_APPEND), other_open, other_write, Write(1, 3, "er")});
  EXPECT_THAT(Left(disk, Kept::kEverything), ElementsAre(Pair("a", "older"), Pair("b", "new")));
}

TEST_F(DiskModelTest, AnAppendedLineMayBeThereInPartOrAsZeros) {
  const DiskModel disk = After({Open("a", 1, O_APPEND), Write(1, 3, "+12")});
  EXPECT_EQ(Chosen(disk, "a"), (std::set<std::optional<std::string>>{
                                   "old", "old+", "old+1", "old+12", std::string("old\0", 4),
                                   std::string("old\0\0", 5), std::string("old\0\0\0", 6)}));
  EXPECT_THAT(Left(disk, Kept::kNames), ElementsAre(Pair("a", "old")));
}

TEST_F(DiskModelTest, SectorsOfALongFileMayBeThereInAnyOrder) {
  const std::string sector(512, 'x');
  const DiskModel disk = After({Open("a", 1, O_TRUNC), Write(1, 0, sector + sector)});
  bool second_alone = false;
  for (const std::optional<std::string>& bytes : Chosen(disk, "a")) {
    second_alone = second_alone || *bytes == "old" + std::string(509, '\0') + sector;
  }
  EXPECT_TRUE(second_alone);
}

TEST_F(DiskModelTest, WhatIsRenamedBetweenFoldersIsInOneOfThem) {
  const DiskModel disk =
      After({MakeDirectory("d"), Open("", 1, O_DIRECTORY), Flush(1), Rename("a", "d/a")});
  std::set<std::string> found;
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::string names;
    for (const auto& [path, bytes] : Left(disk, Kept::kSome, seed)) names += path + " ";
    found.insert(names);
  }
  EXPECT_THAT(found, ElementsAre("a d ", "d d/a "));
}

TEST_F(DiskModelTest, RefusesWhatCannotHaveBeen) {
  DiskModel disk(DiskImage{{"a", "old"}});
  EXPECT_FALSE(disk.Apply(Rename("a", "d/a")).ok());
  EXPECT_FALSE(disk.Apply(Remove("b")).ok());
  EXPECT_FALSE(disk.Apply(Open("b", 1, O_WRONLY)).ok());
  EXPECT_FALSE(disk.Apply(Write(1, 0, "x")).ok());
}

}  // namespace
}  // namespace didact
