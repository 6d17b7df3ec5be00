// Tests folders whose file system has neither locks nor flushes of directories, as those have that
// virtual machines and containers share with their hosts.

#include <filesystem>
#include <string>

#include "tests/faults/fault_test.h"

namespace didact {
namespace {

using testing::HasSubstr;

class SharedFolderTest : public FaultTest {
 protected:
  SharedFolderTest() : FaultTest("0", "4") {
    Write("s.textproto", R"(
      name: "sweep"
      base_path: "e.textproto"
      axis { field: "student.width_multiplier" value: "1" value: "2" })");
  }
};

TEST_F(SharedFolderTest, HasTheResultsOfAnyOtherFolder) {
  const auto undisturbed = Undisturbed();
  for (const std::string fault : {"no_support", "no_support_524"}) {
    bool happened = false;
    const ToolResult result = RunWithFault(RunCommand("out"), fault, 0, happened);
    EXPECT_TRUE(happened) << fault;
    EXPECT_EQ(result.exit_code, 0) << fault << ": " << result.standard_error;
    EXPECT_EQ(result.standard_error, "") << fault;
    ExpectSame(Results("out"), undisturbed);
    EXPECT_FALSE(Exists("out/lock")) << fault;
    std::filesystem::remove_all(PathOf("out"));
  }
}

TEST_F(SharedFolderTest, TakesTheShardsOfASweep) {
  for (const std::string shard : {"1/2", "2/2"}) {
    bool happened = false;
    const ToolResult result =
        RunWithFault({"sweep", "s.textproto", "--out=out", "--threads=1", "--shard=" + shard},
                     "no_support_524", 0, happened);
    EXPECT_TRUE(happened);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  }
  ASSERT_EQ(Run({"sweep", "s.textproto", "--out=undisturbed", "--threads=1"}).exit_code, 0);
  ExpectSame(Timeless("out"), Timeless("undisturbed"));
}

TEST_F(SharedFolderTest, WhoseLockFailsIsRefused) {
  bool happened = false;
  const ToolResult result = RunWithFault(RunCommand("out"), "no_lock", 0, happened);
  EXPECT_TRUE(happened);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.standard_error, HasSubstr("cannot be locked: Input/output error"));
}

}  // namespace
}  // namespace didact
