// Tests paths at which results cannot be written: each gives one clear message and exit code 2, and
// nothing is written.

#include <string>

#include "tests/cli/tool_test.h"

namespace didact {
namespace {

class BadOutputTest : public ToolTest {
 protected:
  BadOutputTest() { WriteConfig(); }
};

TEST_F(BadOutputTest, AFile) {
  Write("out", "mine");
  const std::string problem = "out: is a file, a folder for the run is wanted";
  ExpectRefused({"run", "e.textproto", "--out=out"}, {problem});
  ExpectRefused({"run", "e.textproto", "--out=out", "--force"}, {problem});
}

TEST_F(BadOutputTest, AFolderBelowAFile) {
  Write("file", "mine");
  ExpectRefused({"run", "e.textproto", "--out=file/run"},
                {"file/run: cannot be created as a directory: Not a directory"});
}

// Root may write almost everywhere, but not in this folder.
TEST_F(BadOutputTest, AFolderOfTheKernel) {
  ExpectRefused({"run", "e.textproto", "--out=/proc/run"},
                {"/proc/run: cannot be created as a directory: No such file or directory"});
  ExpectRefusal({"run", "e.textproto", "--out=/proc/self"},
                testing::StartsWith("didact: /proc/self: is not empty and not a run directory"));
}

TEST_F(BadOutputTest, ANameThatIsTooLong) {
  const std::string name(300, 'a');
  ExpectRefused({"run", "e.textproto", "--out=new/" + name},
                {"new/" + name + ": cannot be created as a directory: File name too long"});
}

TEST_F(BadOutputTest, NoName) {
  ExpectRefusal({"run", "e.textproto", "--out="},
                testing::StartsWith("didact: --out: 1 required DIR missing\n"));
  ExpectRefusal({"run", "e.textproto", "--out", ""},
                testing::StartsWith("didact: --out: must be a folder, got nothing\n"));
}

TEST_F(BadOutputTest, AFolderWithOtherThings) {
  Write("out/notes.txt", "mine");
  ExpectRefused({"run", "e.textproto", "--out=out"},
                {"out: is not empty and not a run directory; choose another with --out=DIR"});
}

TEST_F(BadOutputTest, AFinishedRun) {
  ASSERT_EQ(Run({"run", "e.textproto"}).exit_code, 0);
  ExpectRefused(
      {"run", "e.textproto"},
      {"runs/small: holds a finished run; extend it with 'didact extend runs/small', choose "
       "another folder with --out=DIR, or replace it with --force"});
}

TEST_F(BadOutputTest, AFinishedRunOutlivesABadRequest) {
  ASSERT_EQ(Run({"run", "e.textproto"}).exit_code, 0);
  ExpectRefused({"run", "e.textproto", "--force", "--set=student.width_multiplier=-1"},
                {"e.textproto: student.width_multiplier: must be > 0, got -1"});
  ExpectRefused(
      {"run", "e.textproto", "--force", "--set=eval_data.dimension=5"},
      {"e.textproto: eval_data: must have as many features as train_data; this has 5, and "
       "train_data has 6; change one of them"});
}

}  // namespace
}  // namespace didact
