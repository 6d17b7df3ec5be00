#include "didact/framework/results/trial_result.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

// Returns a separate folder for the test.
TrialDirectory Folder() {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  const TrialDirectory folder(testing::TempDir() + "/" + test->name());
  EXPECT_TRUE(CreateDirectories(folder.path()).ok());
  return folder;
}

TEST(TrialOutcome, IsReadAsItWasWritten) {
  const TrialDirectory folder = Folder();
  TrialResult result;
  result.provenance.status = TrialStatus::kDiverged;
  result.provenance.steps = 57;
  result.provenance.message = "the loss was not finite at step 57";
  result.uses_total_epochs = true;
  result.numbers = {{"train.loss", 0.1 + 0.2},
                    {"eval.found", int64_t{9007199254740993}},
                    {"eval.loss", std::numeric_limits<double>::infinity()}};
  ASSERT_TRUE(WriteOutcome(folder, result).ok());
  const absl::StatusOr<TrialResult> read = ReadOutcome(folder);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->provenance.status, TrialStatus::kDiverged);
  EXPECT_EQ(read->provenance.steps, 57);
  EXPECT_EQ(read->provenance.message, result.provenance.message);
  EXPECT_TRUE(read->uses_total_epochs);
  ASSERT_EQ(read->numbers.size(), 3);
  EXPECT_EQ(read->numbers[0], result.numbers[0]);
  EXPECT_EQ(read->numbers[1], result.numbers[1]);
  // JSON cannot represent numbers that are not finite.
  EXPECT_EQ(read->numbers[2].first, "eval.loss");
  EXPECT_TRUE(std::isnan(std::get<double>(read->numbers[2].second)));
}

TEST(TrialOutcome, IsNotThereBeforeTheTrialIsDone) {
  const TrialDirectory folder = Folder();
  EXPECT_EQ(ReadOutcome(folder).status().code(), absl::StatusCode::kNotFound);
  TrialResult result;
  result.provenance.status = TrialStatus::kFinished;
  ASSERT_TRUE(WriteOutcome(folder, result).ok());
  ASSERT_TRUE(RemoveOutcome(folder).ok());
  EXPECT_EQ(ReadOutcome(folder).status().code(), absl::StatusCode::kNotFound);
}

// A trial that has not ended has no outcome.
TEST(TrialOutcome, ThatSaysAnythingElseIsDamaged) {
  const TrialDirectory folder = Folder();
  for (const std::string status :
       {"pending", "running", "interrupted", "failed", "damaged", "finishes", ""}) {
    ASSERT_TRUE(WriteFileAtomically(folder.OutcomePath(), "{\"status\":\"" + status +
                                                              "\",\"steps\":1,\"evaluation\":{}}\n")
                    .ok());
    EXPECT_EQ(ReadOutcome(folder).status(),
              absl::DataLossError(folder.OutcomePath() + ": is damaged"))
        << status;
  }
}

TEST(TrialOutcome, WithoutAnyOfItsPartsIsDamaged) {
  const TrialDirectory folder = Folder();
  const std::string file = folder.OutcomePath();
  EXPECT_EQ(ReadOutcome(folder).status().code(), absl::StatusCode::kNotFound);
  ASSERT_THAT(WriteFileAtomically(file, R"({"status":"finished","steps":3,"evaluation":{}})"),
              IsOk());
  EXPECT_THAT(ReadOutcome(folder).status(), IsOk());
  for (const char* const damaged :
       {"", "{}", "[]", R"({"status":"finished","steps":3,"evaluation":{)",
        R"({"steps":3,"evaluation":{}})", R"({"status":"finished","evaluation":{}})",
        R"({"status":"finished","steps":3})", R"({"status":3,"steps":3,"evaluation":{}})",
        R"({"status":"finished","steps":0.5,"evaluation":{}})",
        R"({"status":"finished","steps":3,"evaluation":[]})",
        R"({"status":"finished","steps":3,"message":3,"evaluation":{}})"}) {
    ASSERT_THAT(WriteFileAtomically(file, damaged), IsOk());
    EXPECT_THAT(
        ReadOutcome(folder).status(),
        FailsWith(absl::StatusCode::kDataLoss, testing::StrEq(absl::StrCat(file, ": is damaged"))))
        << damaged;
  }
}

TEST(OutcomeOf, IsThatOfAllTrials) {
  std::vector<TrialResult> trials(2);
  for (TrialResult& trial : trials) trial.provenance.status = TrialStatus::kFinished;
  EXPECT_EQ(OutcomeOf(trials), TrialStatus::kFinished);
  trials[0].provenance.status = TrialStatus::kDiverged;
  EXPECT_EQ(OutcomeOf(trials), TrialStatus::kFailed);
  trials[1].provenance.status = TrialStatus::kInterrupted;
  EXPECT_EQ(OutcomeOf(trials), TrialStatus::kInterrupted);
}

}  // namespace
}  // namespace didact
