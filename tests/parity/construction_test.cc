// Constructs the networks of every recorded two-layer run from the recorded random numbers, with
// Didact's initializers, and compares them with the recorded networks.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/cli/run_tool.h"
#include "tests/parity/array.h"
#include "tests/parity/case_config.h"
#include "tests/parity/finished_trial.h"
#include "tests/parity/recorded_case.h"

namespace didact {
namespace {

// The reference constructs its networks in single precision, independently of the precision of the
// training.
constexpr double kTolerance = 1e-6;

// Returns the cases that contain the random numbers.
std::vector<std::string> CasesWithDraws() {
  std::vector<std::string> cases = TwoLayerCases();
  cases.erase(std::remove_if(cases.begin(), cases.end(),
                             [](const std::string& name) {
                               const auto recorded = RecordedCase::Load(RecordedCasePath(name));
                               return recorded.ok() && !recorded->HasConstruction();
                             }),
              cases.end());
  return cases;
}

class ConstructionTest : public testing::TestWithParam<std::string> {};

TEST_P(ConstructionTest, MakesTheRecordedNetworks) {
  const auto recorded = RecordedCase::Load(RecordedCasePath(GetParam()));
  ASSERT_THAT(recorded.status(), IsOk());
  const auto config = WriteConstructionConfig(*recorded, NewFolder());
  ASSERT_THAT(config.status(), IsOk());
  const auto trial = RunTrialOf(*config, "run");
  ASSERT_THAT(trial.status(), IsOk());
  const auto results = ReadEvaluation(*trial, -1);
  ASSERT_THAT(results.status(), IsOk());
  for (const auto& [name, layer] : std::map<std::string, std::string>{{"W1_t", "teacher.0"},
                                                                      {"W2_t", "teacher.1"},
                                                                      {"W1_s_init", "student.0"},
                                                                      {"W2_s_init", "student.1"}}) {
    const auto weight = results->find(layer + ".weight");
    const auto bias = results->find(layer + ".bias");
    ASSERT_TRUE(weight != results->end() && bias != results->end()) << layer;
    EXPECT_LE(RelativeError(LayerOf(weight->second, bias->second), (*recorded)[name]), kTolerance)
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, ConstructionTest, testing::ValuesIn(CasesWithDraws()),
                         [](const auto& info) { return info.param; });

TEST(CasesWithDrawsTest, AreThere) { EXPECT_FALSE(CasesWithDraws().empty()); }

}  // namespace
}  // namespace didact
