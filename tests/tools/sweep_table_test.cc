#include "tools/sweep_table.h"

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/execution/sweep_time.h"
#include "didact/framework/sweep/load_sweep.h"
#include "didact/plugins/builtin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sweep/sweep_base.h"

namespace didact {
namespace {

using testing::HasSubstr;

constexpr char kVaries[] = R"(name: "s"
axis { field: "student.width_multiplier" value: ["1", "2"] name: "x" }
point { label: "hot" set: "optimizer.learning_rate.value=1" set: "seed.last=5" }
)";

// A sweep of two experiments of two trials, and a point of one.
class SweepTableTest : public testing::Test {
 protected:
  SweepTableTest() {
    EXPECT_TRUE(RegisterBuiltinPlugins(registry_).ok());
    Load({});
    trials_.resize(5);
    for (size_t t = 0; t < trials_.size(); ++t) {
      trials_[t].provenance.seed = t % 2 == 0 ? 5 : 6;
      trials_[t].provenance.status = TrialStatus::kPending;
    }
  }

  void Load(const std::vector<std::string>& overrides) {
    ConfigFile file;
    file.path = "s.textproto";
    file.folder = "/";
    file.text = absl::StrCat(kVaries, test::SweepBase(/*first_seed=*/5, /*last_seed=*/6));
    const auto plan = LoadSweep(file, overrides, registry_);
    EXPECT_TRUE(plan.ok()) << plan.status();
    plan_ = std::make_unique<SweepPlan>(*plan);
  }

  void End(int trial, TrialStatus status, double loss, double found) {
    trials_[trial].provenance.status = status;
    trials_[trial].numbers = {{"eval.loss", loss},
                              {"eval.specialization.layer0.found_0.95", found}};
  }

  std::string Results(const std::vector<int64_t>& own, size_t columns = 1000) const {
    return FormatSweepResults(*plan_, trials_, own, columns);
  }

  std::string All() const {
    std::vector<int64_t> own(trials_.size());
    std::iota(own.begin(), own.end(), 0);
    return Results(own);
  }

  PluginRegistry registry_;
  std::unique_ptr<SweepPlan> plan_;
  std::vector<TrialState> trials_;
};

TEST_F(SweepTableTest, ShowsMeansOverFinishedTrials) {
  End(0, TrialStatus::kFinished, 0.25, 4);
  End(1, TrialStatus::kFinished, 0.75, 8);
  End(2, TrialStatus::kFinished, 0.125, 2);
  End(3, TrialStatus::kDiverged, 1e30, 0);
  End(4, TrialStatus::kFinished, 3, 1);
  trials_[3].provenance.message = "the loss was not finite at step 7";
  EXPECT_EQ(All(),
            "001-x=2: seed 6 diverged: the loss was not finite at step 7\n"
            "5 trials: 1 diverged, 4 finished\n"
            "\n"
            "experiment  x  value  last  finished  diverged  eval.loss  found_0.95\n"
            "000         1                      2         0        0.5           6\n"
            "001         2                      1         1      0.125           2\n"
            "002-hot            1     5         1         0          3           1\n"
            "\n"
            "means over finished trials, after the last epoch\n");
}

TEST_F(SweepTableTest, ColumnsThatDoNotFitFollowInFurtherTables) {
  for (int trial = 0; trial < 5; ++trial) End(trial, TrialStatus::kFinished, 0.5, trial);
  EXPECT_THAT(Results({0}, /*columns=*/40), HasSubstr("\n\n"
                                                      "experiment  x  value  last  finished\n"
                                                      "000         1                      2\n"
                                                      "001         2                      2\n"
                                                      "002-hot            1     5         1\n"
                                                      "\n"
                                                      "experiment  eval.loss  found_0.95\n"
                                                      "000               0.5         0.5\n"
                                                      "001               0.5         2.5\n"
                                                      "002-hot           0.5           4\n"));
  // One column fits whatever the width.
  EXPECT_THAT(Results({0}, /*columns=*/5),
              HasSubstr("\nexperiment  eval.loss\n000               0.5\n"));
}

// Returns the end of the line of headings, from the first that is neither an axis nor a status.
std::string Headings(const std::string& text) {
  const std::string before = "finished  pending  ";
  const size_t begin = text.find(before) + before.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST_F(SweepTableTest, HeadingsLeaveOutWhatAllLayersColumnsShare) {
  const auto headings = [this](std::vector<std::pair<std::string, double>> numbers) {
    trials_[0].provenance.status = TrialStatus::kFinished;
    trials_[0].numbers = std::move(numbers);
    return Headings(All());
  };
  EXPECT_EQ(headings({{"eval.acme.layer0.fraction_0.5", 1}, {"eval.loss", 2}}),
            "fraction_0.5  eval.loss");
  EXPECT_EQ(headings({{"eval.acme.layer0.a", 1}, {"eval.acme.layer0.b", 1}, {"eval.mean", 1}}),
            "a  b  eval.mean");
  EXPECT_EQ(headings({{"eval.acme.layer0.a", 1}, {"eval.acme.layer10.a", 1}}),
            "layer0.a  layer10.a");
  EXPECT_EQ(headings({{"eval.acme.layer0.a", 1}, {"eval.other.layer0.a", 1}}),
            "eval.acme.layer0.a  eval.other.layer0.a");
  EXPECT_EQ(headings({{"eval.acme.layer0", 1}, {"eval.acme.layers.a", 1}, {"eval.layer.a", 1}}),
            "eval.acme.layer0  eval.acme.layers.a  eval.layer.a");
}

// This happens when a sweep varies the thresholds of a metric.
TEST_F(SweepTableTest, ColumnsThatAnExperimentLacksAreEmpty) {
  for (const int trial : {0, 2}) trials_[trial].provenance.status = TrialStatus::kFinished;
  trials_[0].numbers = {{"eval.specialization.layer0.found_0.9", 4}};
  trials_[2].numbers = {{"eval.specialization.layer0.found_0.95", 3}};
  EXPECT_THAT(All(),
              HasSubstr("finished  pending  found_0.9  found_0.95\n"
                        "000         1                      1        1          4           -\n"
                        "001         2                      1        1          -           3\n"));
}

TEST_F(SweepTableTest, CountsOwnTrialsAndShowsAll) {
  End(0, TrialStatus::kFinished, 0.25, 4);
  End(1, TrialStatus::kRunning, 0, 0);
  const std::string text = Results({0, 2});
  EXPECT_THAT(text, testing::StartsWith("2 trials: 1 pending, 1 finished\n"));
  EXPECT_THAT(
      text,
      HasSubstr("experiment  x  value  last  finished  pending  running  eval.loss  found_0.95\n"
                "000         1                      1        0        1       0.25           4\n"
                "001         2                      0        2        0          -           -\n"));
}

TEST_F(SweepTableTest, NamesOwnTrialsThatWentWrong) {
  trials_[2].provenance.status = TrialStatus::kFailed;
  trials_[2].provenance.message = "no room";
  EXPECT_THAT(All(), testing::StartsWith("001-x=2: seed 5 failed: no room\n5 trials: "));
  // The failure of a trial of another process is reported only by that process.
  EXPECT_THAT(Results({0}), testing::StartsWith("1 trial: 1 pending\n"));
}

TEST_F(SweepTableTest, ThePlanAddsUpTrials) {
  const std::string text =
      FormatSweepPlan(*plan_, SweepTimeOf(*plan_, {0.1, 0.2, 0.3}, Shard(), /*threads=*/1), "");
  EXPECT_THAT(text, testing::StartsWith("experiment"));
  EXPECT_THAT(text, HasSubstr("\n3 experiments, 5 trials\nabout 1s on one core\n"));
}

TEST_F(SweepTableTest, ThePlanAddsUpTheTimeOfTrials) {
  const std::string text =
      FormatSweepPlan(*plan_, SweepTimeOf(*plan_, {60, 120, 600}, Shard(), /*threads=*/4), "");
  EXPECT_THAT(text, HasSubstr("  2m00s\n"));
  EXPECT_THAT(text, HasSubstr("  4m00s\n"));
  EXPECT_THAT(text, HasSubstr(" 10m00s\n"));
  // The trial of ten minutes takes as long on four threads.
  EXPECT_THAT(text, testing::EndsWith("5 trials\nabout 16m00s on one core, 10m00s on 4 threads\n"));
}

TEST_F(SweepTableTest, ThePlanSaysThatTheTrainingOfTeachersIsNotCounted) {
  Load({"teacher.preparation[0].train.loss=[didact/CrossEntropy] { labels {} }",
        "teacher.preparation[0].train.optimizer="
        "[didact/Sgd] { learning_rate { [didact/Constant] { value: 1 } } }",
        "teacher.preparation[0].train.training={ epochs: 1 batch_size: 1 }"});
  const std::string text =
      FormatSweepPlan(*plan_, SweepTimeOf(*plan_, {60, 60, 60}, Shard(), /*threads=*/1), "");
  EXPECT_THAT(text, testing::EndsWith("5 trials\nabout 5m00s on one core,\nbesides the training "
                                      "of teachers\n"));
}

TEST_F(SweepTableTest, ThePlanCountsTheTrialsOfTheShard) {
  const Shard shard = {.index = 1, .count = 2};
  const std::string text =
      FormatSweepPlan(*plan_, SweepTimeOf(*plan_, {60, 60, 60}, shard, /*threads=*/2), "1/2");
  EXPECT_THAT(text, testing::EndsWith("3 experiments, 5 trials; shard 1/2 has 2 trials\nabout "
                                      "2m00s on one core, 1m00s on 2 threads\n"));
}

}  // namespace
}  // namespace didact
