// Tests `didact bench`: the table of limits, steps and evaluations.

#include <string>

#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class BenchTest : public ToolTest {};

TEST_F(BenchTest, PrintsLimitsStepsAndEvaluationsWithTheirUnits) {
  // Every processor that the tool runs on has this instruction set.
  const ToolResult result = Run({"bench", "--simd=sse4.2"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  EXPECT_THAT(Contents(), testing::IsEmpty());  // it leaves nothing behind
  const std::string& text = result.standard_output;
  EXPECT_THAT(text, HasSubstr("limit of the multipliers, GFLOP/s "));
  EXPECT_THAT(text, ContainsRegex("\n  sse4.2 +[0-9.]+ +[0-9.]+ +in force\n"));
  EXPECT_THAT(text, HasSubstr("bandwidth of the memory, GB/s "));
  for (const char* section :
       {"two-layer step, batch 16", "evaluation of 10000 samples", "multi-layer step, batch 64"}) {
    EXPECT_THAT(text, ContainsRegex("\n" + std::string(section) + " +time +GFLOP/s +of limit "));
  }
  for (const char* label : {"5 student nodes", "20 student nodes", "40 student nodes",
                            "100 student nodes", "200 student nodes", "20-500-750-1000-1250-100"}) {
    for (const char* precision : {"double", "float"}) {
      EXPECT_THAT(text, ContainsRegex("\n  " + std::string(label) + " +" + precision +
                                      " +[0-9.]+ [num]?s +[0-9.]+ +[0-9.]+%"));
    }
  }
}

TEST_F(BenchTest, RefusesAnUnknownInstructionSet) {
  ExpectRefusal({"bench", "--simd=mmx"}, HasSubstr("mmx"));
}

TEST_F(BenchTest, RefusesWhatItDoesNotKnow) {
  ExpectRefusal({"bench", "e.textproto"}, HasSubstr("argument was not expected: e.textproto\n"));
  ExpectRefusal({"bench", "--fast"}, HasSubstr("argument was not expected: --fast\n"));
}

}  // namespace
}  // namespace didact
