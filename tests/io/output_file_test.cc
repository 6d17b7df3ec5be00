#include "didact/framework/io/output_file.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/io/file.h"
#include "tests/base/same_bytes.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A separate folder for each test.
class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest()
      : folder_(ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name())) {
    EXPECT_THAT(CreateDirectories(folder_), IsOk());
  }

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }
  std::vector<std::string> Names() const { return *ListDirectory(folder_); }

 private:
  std::string folder_;
};

TEST_F(OutputFileTest, AppearsWhenItIsComplete) {
  absl::StatusOr<OutputFile> file = OutputFile::Create(PathOf("f"));
  ASSERT_THAT(file.status(), IsOk());
  const std::string large(200000, 'x');  // more than a buffer
  EXPECT_THAT(file->Append("first "), IsOk());
  EXPECT_THAT(file->Append(large), IsOk());
  EXPECT_THAT(file->Append(" last"), IsOk());
  EXPECT_FALSE(PathExists(PathOf("f")));
  EXPECT_THAT(file->Commit(), IsOk());
  EXPECT_TRUE(SameBytes(*ReadFile(PathOf("f")), "first " + large + " last"));
  EXPECT_EQ(Names().size(), 1);
}

TEST_F(OutputFileTest, LeavesNothingWhenItIsNotCommitted) {
  ASSERT_THAT(WriteFileAtomically(PathOf("f"), "old"), IsOk());
  {
    absl::StatusOr<OutputFile> file = OutputFile::Create(PathOf("f"));
    ASSERT_THAT(file.status(), IsOk());
    EXPECT_THAT(file->Append(std::string(100000, 'x')), IsOk());
    const OutputFile moved = *std::move(file);
    EXPECT_EQ(Names().size(), 2);
  }
  EXPECT_EQ(*ReadFile(PathOf("f")), "old");
  EXPECT_EQ(Names().size(), 1);
}

TEST_F(OutputFileTest, IsWrittenAnywhere) {
  absl::StatusOr<OutputFile> file = OutputFile::Create(PathOf("f"));
  ASSERT_THAT(file.status(), IsOk());
  EXPECT_THAT(file->WriteAt(6, "end"), IsOk());
  EXPECT_THAT(file->WriteAt(0, "begin"), IsOk());
  EXPECT_THAT(file->Commit(), IsOk());
  EXPECT_EQ(*ReadFile(PathOf("f")), std::string("begin\0end", 9));
}

TEST_F(OutputFileTest, ReportsWhatCannotBe) {
  EXPECT_THAT(OutputFile::Create(PathOf("no/f")).status(),
              FailsWith(absl::StatusCode::kNotFound,
                        AllOf(StartsWith(PathOf("no/f") + ": "), HasSubstr("cannot be created"))));
  EXPECT_THAT(OutputFile::Create(PathOf("")).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is a directory")));
  OutputFile output = OutputFile::StandardOutput();
  EXPECT_THAT(output.WriteAt(0, "x"),
              FailsWith(absl::StatusCode::kFailedPrecondition, StartsWith("standard output: ")));
}

}  // namespace
}  // namespace didact
