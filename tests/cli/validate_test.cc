// `didact validate`: says what an experiment would do, and does nothing.

#include "tests/cli/tool_test.h"

namespace didact {
namespace {

class ValidateTest : public ToolTest {};

TEST_F(ValidateTest, SaysWhatARunWouldDo) {
  WriteConfig();
  const auto before = Contents();
  const ToolResult result = Run({"validate", "e.textproto"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  EXPECT_EQ(result.standard_output,
            "e.textproto: valid\n"
            "  teacher   6 -> 4 -> 3\n"
            "  student   6 -> 8 -> 3\n"
            "  trials    2 (seeds 1 to 2)\n"
            "  training  3 epochs of 10 steps\n");
  EXPECT_TRUE(Contents() == before);
}

TEST_F(ValidateTest, TakesOverrides) {
  WriteConfig();
  const ToolResult result = Run({"validate", "--set=student.width_multiplier=10", "e.textproto",
                                 "--set=seed.first=2", "--set=training.shuffle={}"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_output,
            "e.textproto: valid\n"
            "  teacher   6 -> 4 -> 3\n"
            "  student   6 -> 40 -> 3\n"
            "  trials    1 (seed 2)\n"
            "  training  3 epochs of 8 steps\n");
}

TEST_F(ValidateTest, CountsSeedsFromOneWhereOnlyTheLastIsSet) {
  WriteConfig({{"seed { first: 1 last: 2 }\n", ""}});
  EXPECT_THAT(Run({"validate", "e.textproto"}).standard_output,
              testing::HasSubstr("  trials    1 (seed 1)\n"));
  EXPECT_THAT(Run({"validate", "e.textproto", "--set=seed.last=5"}).standard_output,
              testing::HasSubstr("  trials    5 (seeds 1 to 5)\n"));
  EXPECT_THAT(
      Run({"validate", "e.textproto", "--set=seed.last=5", "--set=seed.first=0"}).standard_output,
      testing::HasSubstr("  trials    6 (seeds 0 to 5)\n"));
}

TEST_F(ValidateTest, MultipliesWidthsInDecimal) {
  WriteConfig({{"width: 4", "width: 100"}});
  EXPECT_THAT(
      Run({"validate", "e.textproto", "--set=student.width_multiplier=1.15"}).standard_output,
      testing::HasSubstr("  student   6 -> 115 -> 3\n"));
}

TEST_F(ValidateTest, RefusesWhatRunRefuses) {
  WriteConfig({{"dimension: 6 size: 50", "dimension: 7 size: 50"}});
  const std::string problem =
      "e.textproto: eval_data: must have inputs of 6 features as train_data has, got 7";
  ExpectRefused({"validate", "e.textproto"}, {problem});
  ExpectRefused({"run", "e.textproto"}, {problem});
}

}  // namespace
}  // namespace didact
