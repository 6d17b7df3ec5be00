// Tests that results do not depend on libraries in the process that change how it computes.

#include <string>
#include <vector>

#include "tests/faults/fault_test.h"

namespace didact {
namespace {

class FlushToZeroTest : public ToolTest {
 protected:
  // Weights that small are denormal numbers.
  FlushToZeroTest() {
    WriteConfig({{"initializer { [didact/GaussianWeights] { stddev: 0.3 } }",
                  "initializer { [didact/GaussianWeights] { stddev: 0.3 } } "
                  "initializer { [didact/ScaleWeights] { factor: 1e-310 } }"}});
  }
};

TEST_F(FlushToZeroTest, LeavesTheResultsAsTheyAre) {
  const std::vector<std::string> threads = {"1", "3"};
  ASSERT_EQ(Run({"run", "e.textproto", "--out=undisturbed"}).exit_code, 0);
  for (const std::string& count : threads) {
    const std::string out = "out" + count;
    const ToolResult result =
        RunTool({"run", "e.textproto", "--out=" + out, "--threads=" + count}, folder(),
                {"LD_PRELOAD=" + DataPath("tests/faults/libflush_to_zero.so")});
    ASSERT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_TRUE(SameFiles(Results(out), Results("undisturbed")));
  }
}

}  // namespace
}  // namespace didact
