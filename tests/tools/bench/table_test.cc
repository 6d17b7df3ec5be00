#include "tools/bench/table.h"

#include <string>

#include "didact/framework/kernels/simd_level.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/bench/task.h"

namespace didact {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

Task Line(const std::string& section, const std::string& label, const std::string& contender) {
  Task task;
  task.section = section;
  task.label = label;
  task.precision = "double";
  task.contender = contender;
  task.amount = 4e6;
  return task;
}

// Returns limits of 10 GFLOP/s with every instruction set.
Limits SomeLimits() {
  Limits limits;
  for (const char* level : {"sse4.2", "avx2", "avx512"}) {
    limits.multipliers.push_back({.level = level, .gflops_double = 10, .gflops_float = 20});
  }
  return limits;
}

TEST(Median, IsTheMiddleOneOrTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(Median({5}), 5);
  EXPECT_EQ(Median({4, 1}), 2.5);
  EXPECT_EQ(Median({9, 1, 2}), 2);
  EXPECT_EQ(Median({8, 1, 4, 2}), 3);
}

class TableTest : public testing::Test {
 protected:
  TableTest() { EXPECT_TRUE(SelectSimdLevel("sse4.2").ok()); }

  std::string Text() const { return table_.Format(SomeLimits(), TableFormat::kText); }
  std::string Markdown() const { return table_.Format(SomeLimits(), TableFormat::kMarkdown); }

  Table table_;
};

TEST_F(TableTest, ComparesWithTheFastestPeerAndNamesIt) {
  table_.Add(Line("steps", "few nodes", kOurs), 1e-3);
  table_.Add(Line("steps", "few nodes", "idiomatic"), 7e-3);
  table_.Add(Line("steps", "few nodes", "8 seeds"), 3e-3);
  table_.Add(Line("steps", "few nodes", "reference"), 5e-3);
  table_.Add(Line("steps", "many nodes", kOurs), 2e-3);
  table_.Add(Line("steps", "many nodes", "idiomatic"), 1e-3);
  table_.Add(Line("steps", "many nodes", "8 seeds"), 4e-3);
  table_.Add(Line("steps", "many nodes", "reference"), 5e-3);
  EXPECT_THAT(Text(),
              ContainsRegex("steps .* best +idiomatic +8 seeds +reference +ratio +fastest"));
  EXPECT_THAT(Text(), ContainsRegex("few nodes .* 7.00 ms +3.00 ms +5.00 ms +3.00x +8 seeds\n"));
  // A result that is slower than a peer is printed in the same way.
  EXPECT_THAT(Text(), ContainsRegex("many nodes .* 1.00 ms +4.00 ms +5.00 ms +0.50x +idiomatic\n"));
}

TEST_F(TableTest, ComparesMediansOverRepetitions) {
  // The second peer is faster in its best repetition, the first in the median.
  for (const double seconds : {1e-3, 1e-3, 1e-3}) table_.Add(Line("steps", "a", kOurs), seconds);
  for (const double seconds : {2e-3, 9e-3, 2e-3}) table_.Add(Line("steps", "a", "steady"), seconds);
  for (const double seconds : {1e-3, 3e-3, 3e-3}) table_.Add(Line("steps", "a", "lucky"), seconds);
  EXPECT_THAT(Text(), ContainsRegex("a .* 2.00 ms +3.00 ms +2.00x +steady\n"));
}

TEST_F(TableTest, GivesTheTimeOfANumberWhereNumbersAreMade) {
  Task task = Line("random numbers", "normals", kOurs);
  task.work = Work::kNumbers;
  task.amount = 4000;
  for (const double seconds : {10e-6, 12e-6, 8e-6}) table_.Add(task, seconds);
  EXPECT_THAT(Text(), ContainsRegex("random numbers .* time +ns/number +of limit .* best"));
  EXPECT_THAT(Text(), ContainsRegex("normals .* 10.00 us +2.50 +- .* 2.00\n"));
}

TEST_F(TableTest, LeavesOutPeersThatWereNotMeasured) {
  table_.Add(Line("steps", "few nodes", kOurs), 1e-3);
  table_.Add(Line("steps", "few nodes", "idiomatic"), 2e-3);
  table_.Add(Line("steps", "few nodes", "8 seeds"), 3e-3);
  table_.Add(Line("steps", "many nodes", kOurs), 1e-3);
  table_.Add(Line("steps", "many nodes", "8 seeds"), 3e-3);
  table_.Add(Line("steps", "most nodes", kOurs), 1e-3);
  table_.Add(Line("steps", "no nodes", "8 seeds"), 3e-3);
  EXPECT_THAT(Text(), ContainsRegex("many nodes .* - +3.00 ms +3.00x +8 seeds\n"));
  EXPECT_THAT(Text(), ContainsRegex("most nodes .* - +- +- +-\n"));
  EXPECT_THAT(Text(), ContainsRegex("no nodes .* - +- +- +- +- +3.00 ms +- +8 seeds\n"));
}

TEST_F(TableTest, NamesNoFastestWhereThereIsOnePeerOrNone) {
  table_.Add(Line("products", "16 x 5 x 100", kOurs), 1e-3);
  table_.Add(Line("products", "16 x 5 x 100", "OpenBLAS"), 2e-3);
  table_.Add(Line("kernels", "dot product", kOurs), 1e-3);
  EXPECT_THAT(Text(), ContainsRegex("products .* best +OpenBLAS +ratio\n"));
  EXPECT_THAT(Text(), ContainsRegex("16 x 5 x 100 .* 2.00 ms +2.00x\n"));
  EXPECT_THAT(Text(), ContainsRegex("kernels .* best\n"));
  EXPECT_THAT(Text(), Not(HasSubstr("fastest")));
}

TEST_F(TableTest, SaysHowFastWeAreAndHowCloseToTheLimit) {
  table_.Add(Line("steps", "few nodes", kOurs), 1e-3);
  table_.Add(Line("steps", "few nodes", kOurs), 4e-3);
  table_.Add(Line("steps", "few nodes", kOurs), 2e-3);
  // 4 MFLOP take 2 ms, with a limit of 10 GFLOP/s; the best repetition took 1 ms.
  EXPECT_THAT(Text(), ContainsRegex("few nodes +double +2.00 ms +2.0 +20.0% +20.0% +4.0\n"));
}

TEST_F(TableTest, PrintsMarkdownWithAHeadingForEachSection) {
  table_.Add(Line("steps", "few nodes", kOurs), 1e-3);
  table_.Add(Line("steps", "few nodes", "OpenBLAS"), 2e-3);
  table_.Add(Line("kernels", "dot product", kOurs), 2e-3);
  EXPECT_EQ(Markdown(),
            "\n"
            "| steps |  | time | GFLOP/s | of limit | of avx2 | best | OpenBLAS | ratio |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
            "| few nodes | double | 1.00 ms | 4.0 | 40.0% | 40.0% | 4.0 | 2.00 ms | 2.00x |\n"
            "\n"
            "| kernels |  | time | GFLOP/s | of limit | of avx2 | best |\n"
            "| --- | --- | --- | --- | --- | --- | --- |\n"
            "| dot product | double | 2.00 ms | 2.0 | 20.0% | 20.0% | 2.0 |\n");
}

}  // namespace
}  // namespace didact
