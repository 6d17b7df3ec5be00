#include "didact/framework/results/trial_status.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAre;

std::vector<TrialStatus> All() {
  std::vector<TrialStatus> all;
  for (int i = 0; i < kTrialStatuses; ++i) all.push_back(static_cast<TrialStatus>(i));
  return all;
}

template <class Predicate>
std::vector<std::string> NamesOfThose(Predicate predicate) {
  std::vector<std::string> names;
  for (const TrialStatus status : All()) {
    if (predicate(status)) names.emplace_back(TrialStatusName(status));
  }
  return names;
}

TEST(TrialStatus, NamesGoBothWays) {
  EXPECT_EQ(TrialStatusName(TrialStatus::kPending), "pending");
  EXPECT_EQ(TrialStatusName(TrialStatus::kDamaged), "damaged");
  for (const TrialStatus status : All()) {
    EXPECT_EQ(TrialStatusOf(TrialStatusName(status)), status);
  }
  EXPECT_EQ(TrialStatusOf("nonsense"), TrialStatus::kPending);
  EXPECT_EQ(TrialStatusOf(""), TrialStatus::kPending);
}

TEST(TrialStatus, OnlyWhatWouldBeTheSameAgainIsDone) {
  EXPECT_THAT(NamesOfThose(IsDone), ElementsAre("diverged", "finished"));
}

TEST(TrialStatus, WhatEndedByItselfMayHaveGoneWrong) {
  EXPECT_THAT(NamesOfThose(IsWrong), ElementsAre("failed", "diverged"));
  EXPECT_THAT(NamesOfThose([](TrialStatus status) { return HasEnded(status); }),
              ElementsAre("failed", "diverged", "finished"));
}

TEST(TrialStatus, TheLaterOfTwoValuesKnowsMore) {
  EXPECT_LT(TrialStatus::kPending, TrialStatus::kRunning);
  EXPECT_LT(TrialStatus::kRunning, TrialStatus::kInterrupted);
  EXPECT_LT(TrialStatus::kInterrupted, TrialStatus::kFailed);
  EXPECT_LT(TrialStatus::kFailed, TrialStatus::kDiverged);
  EXPECT_LT(TrialStatus::kDiverged, TrialStatus::kFinished);
}

TEST(CombineOutcomes, OneTrialDecidesAboutAll) {
  const auto outcome = [](std::vector<TrialStatus> trials) {
    TrialStatus combined = TrialStatus::kFinished;
    for (const TrialStatus trial : trials) combined = CombineOutcomes(combined, trial);
    return combined;
  };
  constexpr TrialStatus kFinished = TrialStatus::kFinished;
  EXPECT_EQ(outcome({}), kFinished);
  EXPECT_EQ(outcome({kFinished, kFinished}), kFinished);
  for (const TrialStatus wrong : {TrialStatus::kFailed, TrialStatus::kDiverged}) {
    EXPECT_EQ(outcome({kFinished, wrong, kFinished}), TrialStatus::kFailed);
    for (const TrialStatus open :
         {TrialStatus::kPending, TrialStatus::kRunning, TrialStatus::kInterrupted}) {
      EXPECT_EQ(outcome({wrong, open, kFinished}), TrialStatus::kInterrupted);
      EXPECT_EQ(outcome({open, kFinished, wrong}), TrialStatus::kInterrupted);
    }
  }
}

}  // namespace
}  // namespace didact
