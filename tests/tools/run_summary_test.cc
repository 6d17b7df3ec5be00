#include "tools/run_summary.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace didact {
namespace {

TrialResult Finished(uint64_t seed, double loss, int64_t found) {
  TrialResult trial;
  trial.provenance.seed = seed;
  trial.provenance.status = TrialStatus::kFinished;
  trial.numbers = {{"eval.loss", loss}, {"eval.specialization.layer0.found_0.95", found}};
  return trial;
}

TrialResult Unfinished(uint64_t seed, TrialStatus status, const std::string& message) {
  TrialResult trial;
  trial.provenance.seed = seed;
  trial.provenance.status = status;
  trial.provenance.message = message;
  // These numbers are of an evaluation before the trial ended.
  trial.numbers = {{"eval.loss", 1e30}, {"eval.specialization.layer0.found_0.95", int64_t{0}}};
  return trial;
}

TEST(FormatSummary, ShowsMeanAndExtremesOfTheLastEvaluation) {
  const std::vector<TrialResult> trials = {Finished(1, 0.5, 18), Finished(2, 0.001, 20),
                                           Finished(3, 0.099, 19)};
  EXPECT_EQ(FormatSummary(trials),
            "3 trials: 3 finished\n"
            "\n"
            "after the last epoch                          mean     smallest      largest\n"
            "eval.loss                                      0.2        0.001          0.5\n"
            "eval.specialization.layer0.found_0.95           19           18           20\n");
}

TEST(FormatSummary, ShowsWhatIsNotANumberInWhateverOrder) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::vector<TrialResult>& trials :
       {std::vector<TrialResult>{Finished(1, -nan, 18), Finished(2, 0.5, 20)},
        std::vector<TrialResult>{Finished(1, 0.5, 18), Finished(2, -nan, 20)}}) {
    EXPECT_EQ(FormatSummary(trials),
              "2 trials: 2 finished\n"
              "\n"
              "after the last epoch                          mean     smallest      largest\n"
              "eval.loss                                      nan          nan          nan\n"
              "eval.specialization.layer0.found_0.95           19           18           20\n");
  }
}

TEST(FormatSummary, SaysWhatBecameOfTheOthersAndLeavesThemOut) {
  const std::vector<TrialResult> trials = {
      Finished(1, 0.5, 18),
      Unfinished(2, TrialStatus::kDiverged, "the loss was not finite at step 57"),
      Unfinished(3, TrialStatus::kFailed,
                 "out/trials/3: cannot be created as a directory: Disk full"),
      Finished(4, 0.5, 18), Unfinished(5, TrialStatus::kInterrupted, "")};
  EXPECT_EQ(FormatSummary(trials),
            "seed 2 diverged: the loss was not finite at step 57\n"
            "seed 3 failed: out/trials/3: cannot be created as a directory: Disk full\n"
            "5 trials: 1 diverged, 1 failed, 2 finished, 1 interrupted\n"
            "\n"
            "after the last epoch                          mean     smallest      largest\n"
            "eval.loss                                      0.5          0.5          0.5\n"
            "eval.specialization.layer0.found_0.95           18           18           18\n");
}

TEST(FormatSummary, HasNoTableWhereNothingFinished) {
  const std::vector<TrialResult> trials = {
      Unfinished(7, TrialStatus::kDiverged, "the loss was not finite at step 0")};
  EXPECT_EQ(FormatSummary(trials),
            "seed 7 diverged: the loss was not finite at step 0\n"
            "1 trial: 1 diverged\n");
}

TEST(FormatSummary, HasNoTableWhereNothingWasMeasured) {
  TrialResult trial = Finished(1, 0, 0);
  trial.numbers.clear();
  EXPECT_EQ(FormatSummary({trial}), "1 trial: 1 finished\n");
}

TEST(FormatSummary, ShortKeysDoNotNarrowTheHeading) {
  TrialResult trial = Finished(1, 0.25, 0);
  trial.numbers.resize(1);
  EXPECT_EQ(FormatSummary({trial}),
            "1 trial: 1 finished\n"
            "\n"
            "after the last epoch         mean     smallest      largest\n"
            "eval.loss                    0.25         0.25         0.25\n");
}

TEST(FormatSummary, PutsNumbersBelowAKeyThatDoesNotLeaveRoomForThem) {
  EXPECT_EQ(FormatSummary({Finished(1, 0.25, 3)}, 75),
            "1 trial: 1 finished\n"
            "\n"
            "after the last epoch         mean     smallest      largest\n"
            "eval.loss                    0.25         0.25         0.25\n"
            "eval.specialization.layer0.found_0.95\n"
            "                                3            3            3\n");
}

}  // namespace
}  // namespace didact
