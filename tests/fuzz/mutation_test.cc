#include "tests/fuzz/mutation.h"

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/base/allocation_meter.h"

namespace didact {
namespace {

TEST(Mutation, MakesTheSameInputsEveryTime) {
  const Mutation first({"an example", "another"}, {"word"});
  const Mutation second({"an example", "another"}, {"word"});
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(first.Input(i), second.Input(i));
}

TEST(Mutation, SeldomRepeatsOrSparesAnExample) {
  const std::string example(100, 'x');
  const Mutation mutation({example});
  std::set<std::string> inputs;
  for (uint64_t i = 0; i < 1000; ++i) inputs.insert(mutation.Input(i));
  EXPECT_GT(inputs.size(), 700u);
}

TEST(Mutation, SurvivesEmptyExamplesAndBoundsGrowth) {
  const Mutation empty({""});
  const Mutation large({std::string(60000, 'x')});
  for (uint64_t i = 0; i < 1000; ++i) {
    EXPECT_LE(empty.Input(i).size(), 65536u);
    EXPECT_LE(large.Input(i).size(), 65536u);
  }
}

TEST(AllocationMeter, SeesWhatNewAndMallocTake) {
  const AllocationMeter meter;
  {
    const std::vector<char> first(100000);
    const std::vector<char> second(200000);
  }
  EXPECT_GE(meter.largest(), 200000);
  EXPECT_LT(meter.largest(), 300000);
  EXPECT_GE(meter.peak(), 300000);
  EXPECT_LT(meter.peak(), 400000);
  void* volatile memory = std::malloc(1000000);
  std::free(memory);
  EXPECT_GE(meter.largest(), 1000000);
}

TEST(AllocationMeter, ForgetsWhatWasGivenBack) {
  const AllocationMeter meter;
  for (int i = 0; i < 100; ++i) {
    void* volatile memory = std::calloc(1000, 100);
    memory = std::realloc(memory, 150000);
    std::free(memory);
  }
  EXPECT_GE(meter.peak(), 150000);
  EXPECT_LT(meter.peak(), 400000);
}

}  // namespace
}  // namespace didact
