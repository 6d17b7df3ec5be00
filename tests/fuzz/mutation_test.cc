#include "tests/fuzz/mutation.h"

#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

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
    EXPECT_LE(large.Input(i).size(), 120000u);
  }
}

}  // namespace
}  // namespace didact
