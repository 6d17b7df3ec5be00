#include "didact/framework/io/file.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/file_reader.h"
#include "didact/framework/io/temporary_name.h"
#include "tests/base/same_bytes.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::StrEq;

// Returns an empty folder of this name.
std::string ScratchFolder(const std::string& name) {
  const std::string path = ScratchPath(name);
  EXPECT_THAT(CreateDirectories(path), IsOk());
  const std::vector<std::string> entries = *ListDirectory(path);
  for (const std::string& entry : entries) {
    EXPECT_THAT(RemoveFile(JoinPath(path, entry)), IsOk());
  }
  return path;
}

TEST(ReadFile, ReturnsAllBytes) {
  std::string bytes;
  for (int i = 0; i < 200000; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 256));
  EXPECT_TRUE(SameBytes(*ReadFile(ScratchFile("bytes", bytes)), bytes));
  EXPECT_EQ(*ReadFile(ScratchFile("empty", "")), "");
}

TEST(ReadFile, NamesTheFileAndTheSystemsReason) {
  const std::string path = ScratchPath("missing");
  EXPECT_THAT(ReadFile(path).status(),
              FailsWith(absl::StatusCode::kNotFound,
                        StrEq(path + ": cannot be opened: No such file or directory")));
}

TEST(ReadFile, RefusesADirectory) {
  EXPECT_THAT(ReadFile(testing::TempDir()).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        EndsWith(": is a directory, a file is wanted")));
}

TEST(ReadFile, RefusesADevice) {
  EXPECT_THAT(ReadFile("/dev/zero").status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("/dev/zero: is a device or socket, a file is wanted")));
}

TEST(ReadFile, RefusesMoreThanTheLimitAndAcceptsAllOfIt) {
  const std::string path = ScratchFile("ten", "0123456789");
  EXPECT_EQ(*ReadFile(path, 10), "0123456789");
  EXPECT_THAT(ReadFile(path, 9).status(),
              FailsWith(absl::StatusCode::kOutOfRange, StartsWith(path + ": byte 9: ")));
}

// The refusal must not wait for a writer.
TEST(ReadFile, RefusesAPipe) {
  const std::string path = JoinPath(ScratchFolder("unwritten"), "pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const auto is_refused = FailsWith(absl::StatusCode::kInvalidArgument,
                                    StrEq(path + ": is a pipe, a regular file is wanted"));
  EXPECT_THAT(ReadFile(path).status(), is_refused);
  EXPECT_THAT(FileReader::Open(path).status(), is_refused);
}

TEST(ReadFileOrPipe, ReadsAPipeToItsEnd) {
  const std::string path = JoinPath(ScratchFolder("pipes"), "pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string bytes(300000, 'p');
  std::thread writer([&] {
    absl::StatusOr<LineWriter> pipe = LineWriter::Open(path, LineWriter::Existing::kKeep);
    ASSERT_THAT(pipe.status(), IsOk());
    EXPECT_THAT(pipe->Append(bytes), IsOk());
  });
  const absl::StatusOr<std::string> read = ReadFileOrPipe(path, kDefaultMaxFileBytes);
  writer.join();
  EXPECT_TRUE(SameBytes(*read, bytes + "\n"));
}

TEST(FileReader, ReadsAtAPlaceWithoutMovingOn) {
  absl::StatusOr<FileReader> reader = FileReader::Open(ScratchFile("digits", "0123456789"));
  ASSERT_THAT(reader.status(), IsOk());
  EXPECT_EQ(reader->size(), 10);
  EXPECT_EQ(*reader->ReadAt(7, 2), "78");
  EXPECT_EQ(*reader->ReadAt(7, 20), "789");
  char first = 0;
  EXPECT_EQ(*reader->Read(&first, 1), 1);
  EXPECT_EQ(first, '0');
}

TEST(WriteFileAtomically, ReplacesTheContentsAndLeavesNothingBeside) {
  const std::string folder = ScratchFolder("atomic");
  const std::string path = JoinPath(folder, "file");
  ASSERT_THAT(WriteFileAtomically(path, "first"), IsOk());
  ASSERT_THAT(WriteFileAtomically(path, std::string("second\0third", 12)), IsOk());
  EXPECT_EQ(*ReadFile(path), std::string("second\0third", 12));
  EXPECT_THAT(*ListDirectory(folder), ElementsAre("file"));
}

TEST(WriteFileAtomically, LeavesAnOpenReaderItsOldContents) {
  const std::string path = ScratchFile("replaced", "old");
  absl::StatusOr<FileReader> reader = FileReader::Open(path);
  ASSERT_THAT(WriteFileAtomically(path, "new"), IsOk());
  EXPECT_EQ(*reader->ReadAt(0, 3), "old");
}

TEST(WriteFileAtomically, SaysWhyItCannot) {
  EXPECT_THAT(WriteFileAtomically(ScratchPath("no/such/folder"), "x"),
              FailsWith(absl::StatusCode::kNotFound,
                        AllOf(StartsWith(ScratchPath("no/such/folder")),
                              EndsWith("cannot be created: No such file or directory"))));
  EXPECT_THAT(WriteFileAtomically(testing::TempDir(), "x"),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is a directory")));
}

TEST(WriteFileAtomically, KeepsTheOldFileWhenTheDiskIsFull) {
  // /dev/full accepts no byte. A link directs the write of the temporary file there.
  const std::string folder = ScratchFolder("full");
  const std::string path = JoinPath(folder, "file");
  ASSERT_THAT(WriteFileAtomically(path, "old"), IsOk());
  // Temporary names of a process differ in the number at their end, which is incremented.
  const std::string name = TemporaryName(path);
  const size_t number = name.rfind('-') + 1;
  int64_t last;
  ASSERT_TRUE(absl::SimpleAtoi(name.substr(number), &last)) << name;
  const std::string link = absl::StrCat(name.substr(0, number), last + 1);
  ASSERT_EQ(symlink("/dev/full", link.c_str()), 0);
  EXPECT_THAT(WriteFileAtomically(path, "new"),
              FailsWith(absl::StatusCode::kResourceExhausted,
                        StrEq(path + ": cannot be written: No space left on device")));
  EXPECT_EQ(*ReadFile(path), "old");
  EXPECT_THAT(*ListDirectory(folder), ElementsAre("file"));
}

TEST(CreateDirectory, MakesOneLevelAndAcceptsAnExistingOne) {
  const std::string path = ScratchPath("one_level");
  ASSERT_THAT(CreateDirectory(path), IsOk());
  ASSERT_THAT(CreateDirectory(path), IsOk());
  EXPECT_TRUE(IsDirectory(path));
  EXPECT_THAT(
      CreateDirectory(path + "/a/b"),
      FailsWith(absl::StatusCode::kNotFound,
                path + "/a/b: cannot be created as a directory: No such file or directory"));
}

TEST(CreateDirectory, RefusesAFile) {
  const std::string file = ScratchPath("not_a_directory");
  ASSERT_THAT(WriteFileAtomically(file, ""), IsOk());
  EXPECT_THAT(CreateDirectory(file), FailsWith(absl::StatusCode::kInvalidArgument,
                                               file + ": is a file, a directory is wanted"));
}

TEST(CreateDirectories, MakesAllLevelsAndAcceptsExistingOnes) {
  const std::string path = ScratchPath("a/b/c");
  ASSERT_THAT(CreateDirectories(path), IsOk());
  ASSERT_THAT(CreateDirectories(path), IsOk());
  EXPECT_TRUE(IsDirectory(path));
}

TEST(CreateDirectories, RefusesToGoThroughAFile) {
  const std::string file = ScratchFile("plain", "");
  EXPECT_THAT(CreateDirectories(file),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq(file + ": is a file, a directory is wanted")));
  EXPECT_THAT(std::string(CreateDirectories(file + "/below").message()),
              EndsWith("/below: cannot be created as a directory: Not a directory"));
}

TEST(CreateDirectories, LeavesNothingBehindWhenItFails) {
  const std::string path = ScratchPath("new/below/" + std::string(300, 'a'));
  EXPECT_THAT(std::string(CreateDirectories(path).message()),
              EndsWith("/" + std::string(300, 'a') +
                       ": cannot be created as a directory: File name too long"));
  EXPECT_FALSE(PathExists(ScratchPath("new")));
}

TEST(Paths, TellWhatIsThere) {
  const std::string file = ScratchFile("there", "");
  EXPECT_TRUE(PathExists(file));
  EXPECT_FALSE(IsDirectory(file));
  EXPECT_TRUE(PathExists(testing::TempDir()));
  EXPECT_FALSE(PathExists(ScratchPath("not there")));
}

TEST(Paths, ExpandHomeFolders) {
  ASSERT_EQ(setenv("HOME", "/home/me", 1), 0);
  EXPECT_EQ(ExpandHome("~"), "/home/me");
  EXPECT_EQ(ExpandHome("~/"), "/home/me/");
  EXPECT_EQ(ExpandHome("~/x/f.npz:a"), "/home/me/x/f.npz:a");
  EXPECT_EQ(ExpandHome("~//x"), "/home/me/x");
  EXPECT_EQ(ExpandHome("./~/x"), "./~/x");
  EXPECT_EQ(ExpandHome("a/~"), "a/~");
  EXPECT_EQ(ExpandHome(""), "");
  EXPECT_EQ(ExpandHome("~no_such_user/x"), "~no_such_user/x");
  const passwd* const root = getpwuid(0);
  if (root != nullptr) {
    EXPECT_EQ(ExpandHome("~root/x"), absl::StrCat(root->pw_dir, "/x"));
  }
  // Without the variable, the home folder is that of the user's entry.
  ASSERT_EQ(unsetenv("HOME"), 0);
  const passwd* const own = getpwuid(getuid());
  if (own != nullptr) {
    EXPECT_EQ(ExpandHome("~/x"), JoinPath(own->pw_dir, "x"));
  }
  ASSERT_EQ(setenv("HOME", "/", 1), 0);
  EXPECT_EQ(ExpandHome("~/x"), "/x");
}

TEST(Paths, JoinAndSplit) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "b"), "a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
  EXPECT_EQ(JoinPath("a", "/b"), "/b");
  EXPECT_EQ(JoinPath("/", "b"), "/b");
  EXPECT_EQ(DirectoryName("a/b/c"), "a/b");
  EXPECT_EQ(DirectoryName("a"), "");
  EXPECT_EQ(DirectoryName("/a"), "/");
  EXPECT_EQ(BaseName("a/b/c"), "c");
  EXPECT_EQ(BaseName("c"), "c");
}

TEST(ListDirectory, SortsNames) {
  const std::string folder = ScratchFolder("list");
  EXPECT_THAT(*ListDirectory(folder), IsEmpty());
  for (const char* name : {"b", "a", "B", "10", "9"}) {
    ASSERT_THAT(WriteFileAtomically(JoinPath(folder, name), ""), IsOk());
  }
  EXPECT_THAT(*ListDirectory(folder), ElementsAre("10", "9", "B", "a", "b"));
  EXPECT_THAT(ListDirectory(ScratchPath("nowhere")).status(),
              FailsWith(absl::StatusCode::kNotFound, EndsWith("No such file or directory")));
}

TEST(RemoveFile, RemovesAndAcceptsAMissingFile) {
  const std::string file = ScratchFile("removed", "");
  ASSERT_THAT(RemoveFile(file), IsOk());
  EXPECT_FALSE(PathExists(file));
  EXPECT_THAT(RemoveFile(file), IsOk());
}

TEST(RemoveTemporaries, RemovesWhatKilledWritersLeaveAndNothingElse) {
  const std::string folder = ScratchFolder("killed");
  for (const char* name : {"a.npz", "a.npz.tmp-12-0", ".tmp-1-2", "a.tmp-1", "a.tmp-x-1",
                           "a.tmp-1-2-3", "tmp-1-2", "a.tmp--1"}) {
    ASSERT_TRUE(WriteFileAtomically(JoinPath(folder, name), "x").ok());
  }
  EXPECT_TRUE(RemoveTemporaries(folder).ok());
  EXPECT_THAT(*ListDirectory(folder),
              ElementsAre("a.npz", "a.tmp--1", "a.tmp-1", "a.tmp-1-2-3", "a.tmp-x-1", "tmp-1-2"));
  EXPECT_EQ(RemoveTemporaries(JoinPath(folder, "none")).code(), absl::StatusCode::kNotFound);
}

TEST(TruncateFile, CutsAndNeverExtends) {
  const std::string path = ScratchFile("long", "0123456789");
  EXPECT_TRUE(TruncateFile(path, 10).ok());
  EXPECT_EQ(*ReadFile(path), "0123456789");
  EXPECT_TRUE(TruncateFile(path, 4).ok());
  EXPECT_EQ(*ReadFile(path), "0123");
  EXPECT_EQ(TruncateFile(path, 5).message(), path + ": has 4 bytes, expected 5 or more");
  EXPECT_EQ(*ReadFile(path), "0123");
  EXPECT_EQ(TruncateFile(path + ".none", 0).code(), absl::StatusCode::kNotFound);
}

TEST(LineWriter, MakesEachLineVisibleAtOnce) {
  const std::string path = ScratchPath("lines");
  absl::StatusOr<LineWriter> writer = LineWriter::Open(path, LineWriter::Existing::kReplace);
  ASSERT_THAT(writer.status(), IsOk());
  ASSERT_THAT(writer->Append("{\"a\": 1}"), IsOk());
  EXPECT_EQ(*ReadFile(path), "{\"a\": 1}\n");
  ASSERT_THAT(writer->Append(""), IsOk());
  EXPECT_EQ(*ReadFile(path), "{\"a\": 1}\n\n");
}

TEST(LineWriter, KeepsOrReplacesWhatIsThere) {
  const std::string path = ScratchFile("kept", "first\n");
  {
    absl::StatusOr<LineWriter> writer = LineWriter::Open(path, LineWriter::Existing::kKeep);
    ASSERT_THAT(writer->Append("second"), IsOk());
    ASSERT_THAT(writer->Close(), IsOk());
  }
  EXPECT_EQ(*ReadFile(path), "first\nsecond\n");
  ASSERT_THAT(LineWriter::Open(path, LineWriter::Existing::kReplace).status(), IsOk());
  EXPECT_EQ(*ReadFile(path), "");
}

TEST(LineWriter, MovesItsFile) {
  const std::string path = ScratchPath("moved");
  absl::StatusOr<LineWriter> writer = LineWriter::Open(path, LineWriter::Existing::kReplace);
  LineWriter moved = *std::move(writer);
  ASSERT_THAT(moved.Append("x"), IsOk());
  LineWriter other = *LineWriter::Open(ScratchPath("other"), LineWriter::Existing::kReplace);
  other = std::move(moved);
  ASSERT_THAT(other.Append("y"), IsOk());
  EXPECT_EQ(*ReadFile(path), "x\ny\n");
}

TEST(LineWriter, RefusesWhatWouldNotBeALine) {
  const std::string path = ScratchPath("refused");
  absl::StatusOr<LineWriter> writer = LineWriter::Open(path, LineWriter::Existing::kReplace);
  EXPECT_THAT(writer->Append("two\nlines"),
              FailsWith(absl::StatusCode::kInvalidArgument, StartsWith(path)));
  ASSERT_THAT(writer->Close(), IsOk());
  EXPECT_THAT(writer->Append("late"),
              FailsWith(absl::StatusCode::kFailedPrecondition, StartsWith(path)));
  EXPECT_EQ(*ReadFile(path), "");
}

TEST(LineWriter, SaysWhyItCannotOpenOrWrite) {
  EXPECT_THAT(LineWriter::Open(testing::TempDir(), LineWriter::Existing::kKeep).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is a directory")));
  EXPECT_THAT(LineWriter::Open(ScratchPath("no/where"), LineWriter::Existing::kKeep).status(),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("cannot be opened for writing")));
  EXPECT_THAT(LineWriter::Open("/dev/full", LineWriter::Existing::kKeep)->Append("x"),
              FailsWith(absl::StatusCode::kResourceExhausted,
                        StrEq("/dev/full: cannot be written: No space left on device")));
}

}  // namespace
}  // namespace didact
