// Tests a learning rate that is too high for some seeds: those trials are reported as diverged, the
// others complete.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class DivergenceTest : public ToolTest {
 protected:
  // Gradient descent of the final layer of a student whose other layer is frozen is a linear
  // problem: the largest eigenvalue of the Hessian, times the rate, decides, far from the threshold
  // where rounding would matter. The product is at least 2.44 for seeds 10 and 11, and below 1.88
  // for the others; descent diverges above 2.
  DivergenceTest() {
    WriteConfig(
        {{"first: 1 last: 2", "first: 9 last: 13"},
         {"dimension: 6 size: 60", "dimension: 6 size: 16"},
         {"value: 0.05", "value: 0.82"},
         {"epochs: 3", "epochs: 20"},
         {"with_replacement { steps_per_epoch: 10 }", "full_batch { steps_per_epoch: 100 }"},
         {"metric { [didact/Loss] {} }",
          "metric { [didact/Loss] {} } projection { [didact/Freeze] { layer: 0 } }"}});
  }
};

TEST_F(DivergenceTest, EndsThoseTrialsAndNoOthers) {
  const ToolResult result = Run({"run", "e.textproto", "--out=out", "--threads=2"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  EXPECT_THAT(result.standard_output, StartsWith("seed 10 diverged: the loss was not finite at "));
  EXPECT_THAT(result.standard_output, HasSubstr("\nseed 11 diverged: the loss was not finite at "));
  EXPECT_THAT(result.standard_output, HasSubstr("\n5 trials: 2 diverged, 3 finished\n"));

  const json provenance = json::parse(Read("out/provenance.json"), nullptr, false);
  EXPECT_EQ(provenance["outcome"], "failed");
  std::vector<std::string> statuses;
  for (const json& trial : provenance["trials"]) {
    const int64_t seed = trial["seed"];
    const int64_t steps = trial["steps"];
    statuses.push_back(trial["status"]);
    const bool diverged = trial["status"] == "diverged";
    if (diverged) {
      EXPECT_LT(steps, 1500);
      EXPECT_EQ(trial["message"], absl::StrCat("the loss was not finite at step ", steps));
    } else {
      EXPECT_EQ(steps, 2000);
    }
    const std::string last = absl::StrCat("trials/", seed, "/weights/epoch_0019.npz");
    EXPECT_EQ(Contents("out").count(last), diverged ? 0 : 1) << last;
  }
  EXPECT_THAT(statuses, ElementsAre("finished", "diverged", "diverged", "finished", "finished"));
}

TEST_F(DivergenceTest, ChangesNoByteOfTheOthers) {
  EXPECT_EQ(Run({"run", "e.textproto", "--out=all"}).exit_code, 1);
  EXPECT_EQ(Run({"run", "e.textproto", "--out=good", "--set=seed.first=12"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Contents("all/trials/12"), Contents("good/trials/12")));
  EXPECT_TRUE(SameFiles(Contents("all/trials/13"), Contents("good/trials/13")));
}

TEST_F(DivergenceTest, LeavesEvaluationsThatAreAllNumbers) {
  EXPECT_EQ(Run({"run", "e.textproto", "--out=out"}).exit_code, 1);
  const std::string text = Read("out/trials/10/metrics.jsonl");
  EXPECT_THAT(text, StartsWith("{\"epoch\":-1,\"step\":0,"));
  EXPECT_THAT(text, testing::Not(HasSubstr("nan")));
  EXPECT_THAT(text, testing::Not(HasSubstr("inf")));
}

TEST_F(DivergenceTest, IsAnErrorThatAQuietRunTells) {
  const ToolResult result = Run({"run", "e.textproto", "--out=out", "--quiet"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.standard_output, "");
  EXPECT_THAT(
      result.standard_error,
      testing::MatchesRegex("didact: seed 10 diverged: the loss was not finite at [^\n]+\n"
                            "didact: seed 11 diverged: the loss was not finite at [^\n]+\n"));
}

TEST_F(DivergenceTest, IsAnErrorThatAQuietSweepTells) {
  Write("s.textproto", R"(
    name: "sweep"
    base_path: "e.textproto"
    axis { field: "seed.first" value: "11" })");
  const ToolResult result = Run({"sweep", "s.textproto", "--out=out", "--quiet"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.standard_output, "");
  EXPECT_THAT(result.standard_error,
              testing::MatchesRegex(
                  "didact: 000-first=11: seed 11 diverged: the loss was not finite at [^\n]+\n"));
}

TEST_F(DivergenceTest, EndsTheRunSoThatItIsKept) {
  EXPECT_EQ(Run({"run", "e.textproto", "--out=out"}).exit_code, 1);
  ExpectRefused(
      {"run", "e.textproto", "--out=out"},
      {"out: holds a finished run; extend it with 'didact extend out', choose another folder "
       "with --out=DIR, or replace it with --force"});
}

}  // namespace
}  // namespace didact
