// Repeats every recorded two-layer run of the reference with the tool, and compares all recorded
// statistics.

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/cli/run_tool.h"
#include "tests/parity/array.h"
#include "tests/parity/case_config.h"
#include "tests/parity/finished_trial.h"
#include "tests/parity/recorded_case.h"
#include "tests/parity/statistics.h"
#include "xtensor/xview.hpp"

namespace didact {
namespace {

class TwoLayerTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto recorded = RecordedCase::Load(RecordedCasePath(GetParam()));
    ASSERT_THAT(recorded.status(), IsOk());
    recorded_ = *std::move(recorded);
    auto config = WriteTrajectoryConfig(recorded_, NewFolder());
    ASSERT_THAT(config.status(), IsOk());
    config_ = *std::move(config);
  }

  RecordedCase recorded_;
  std::string config_;
};

// Returns the values of `keys`; a missing one fails the test.
std::vector<Array> Values(const EvaluationResults& results, const std::vector<std::string>& keys) {
  std::vector<Array> values;
  for (const std::string& key : keys) {
    const auto found = results.find(key);
    if (found == results.end()) {
      ADD_FAILURE() << "the trial has no " << key;
      continue;
    }
    values.push_back(found->second);
  }
  return values;
}

TEST_P(TwoLayerTest, RepeatsWhatTheReferenceRecorded) {
  const auto trial = RunTrialOf(config_, "run");
  ASSERT_THAT(trial.status(), IsOk());
  std::vector<EvaluationResults> evaluations;
  for (int64_t epoch = -1; epoch < recorded_.epochs(); ++epoch) {
    auto results = ReadEvaluation(*trial, epoch);
    ASSERT_THAT(results.status(), IsOk());
    evaluations.push_back(*std::move(results));
  }

  for (const Statistic& statistic : TwoLayerStatistics()) {
    SCOPED_TRACE(statistic.recorded);
    if (!recorded_.Has(statistic.recorded)) {
      ADD_FAILURE() << "not in the recording";
      continue;
    }
    const Array looks = recorded_[statistic.recorded];
    const int64_t first = statistic.first_epoch + 1;
    ASSERT_EQ(static_cast<int64_t>(looks.shape(0)), recorded_.snapshots() - first);
    const bool exact = statistic.comparison == Statistic::Comparison::kEqual;
    double worst = 0;
    for (size_t i = 0; i < looks.shape(0); ++i) {
      const std::vector<Array> values = Values(evaluations[first + i], statistic.keys);
      if (values.size() != statistic.keys.size()) break;
      const double error = RelativeError(statistic.transform(values), xt::view(looks, i));
      EXPECT_LE(error, exact ? 0 : recorded_.tolerance()) << "at look " << first + i;
      worst = std::max(worst, error);
    }
    std::cout << absl::StreamFormat("%s %-18s worst relative error %.1e\n", GetParam(),
                                    statistic.recorded, worst);
  }
}

TEST_P(TwoLayerTest, TakesTheRecordedFirstStep) {
  const auto trial =
      RunTrialOf(config_, "step", {"training.epochs=1", "training.replay.steps_per_epoch=1"});
  ASSERT_THAT(trial.status(), IsOk());
  const auto results = ReadEvaluation(*trial, 0);
  ASSERT_THAT(results.status(), IsOk());
  for (const auto& [name, layer] :
       std::map<std::string, std::string>{{"W1_s_step1", "0"}, {"W2_s_step1", "1"}}) {
    const std::vector<Array> parts =
        Values(*results, {"student." + layer + ".weight", "student." + layer + ".bias"});
    ASSERT_EQ(parts.size(), 2);
    EXPECT_LE(RelativeError(LayerOf(parts[0], parts[1]), recorded_[name]), recorded_.tolerance())
        << name;
  }
}

TEST_P(TwoLayerTest, ComparesAllThatIsRecorded) {
  for (const auto& [name, array] : recorded_.arrays()) {
    const bool compared =
        std::any_of(TwoLayerStatistics().begin(), TwoLayerStatistics().end(),
                    [&name = name](const Statistic& s) { return s.recorded == name; });
    EXPECT_TRUE(compared || IsNoStatistic(name)) << name << " is compared with nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, TwoLayerTest, testing::ValuesIn(TwoLayerCases()),
                         [](const auto& info) { return info.param; });

TEST(TwoLayerCasesTest, AreThere) { EXPECT_FALSE(TwoLayerCases().empty()); }

}  // namespace
}  // namespace didact
