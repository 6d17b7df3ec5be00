// A learning rate that is too high: the trials that diverge say so, the others complete.

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class DivergenceTest : public ToolTest {
 protected:
  // Of these six seeds some diverge at this rate.
  DivergenceTest() {
    WriteConfig(
        {{"last: 2", "last: 6"}, {"value: 0.05", "value: 0.6"}, {"epochs: 3", "epochs: 20"}});
  }
};

TEST_F(DivergenceTest, EndsThatTrialAndNoOther) {
  const ToolResult result = Run({"run", "e.textproto", "--out=out", "--threads=2"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.standard_error, "");
  EXPECT_THAT(result.standard_output, HasSubstr("\n6 trials: "));
  const json provenance = json::parse(Read("out/provenance.json"), nullptr, false);
  EXPECT_EQ(provenance["outcome"], "failed");
  std::vector<std::string> statuses;
  for (const json& trial : provenance["trials"]) {
    statuses.push_back(trial["status"]);
    const std::string seed = std::to_string(trial["seed"].get<int>());
    if (trial["status"] == "diverged") {
      EXPECT_LT(trial["steps"], 200);
      EXPECT_THAT(trial["message"], testing::StartsWith("the loss was not finite at step "));
      EXPECT_THAT(result.standard_output,
                  HasSubstr("seed " + seed + " diverged: the loss was not finite at step "));
    } else {
      EXPECT_EQ(trial["steps"], 200);
      EXPECT_EQ(Contents("out").count("trials/" + seed + "/weights/epoch_0019.npz"), 1);
    }
  }
  EXPECT_THAT(statuses, ElementsAre("finished"));
}

TEST_F(DivergenceTest, ChangesNoByteOfTheOthers) {
  EXPECT_EQ(Run({"run", "e.textproto", "--out=all"}).exit_code, 1);
}

TEST_F(DivergenceTest, SaysSoThoughQuiet) {
  const ToolResult result = Run({"run", "e.textproto", "--out=out", "--quiet"});
  EXPECT_EQ(result.exit_code, 1);
}

}  // namespace
}  // namespace didact
