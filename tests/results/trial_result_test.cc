#include "framework/results/trial_result.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "framework/base/file.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

// A folder of its own for each test.
std::string Folder() {
  const std::string folder =
      ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name());
  EXPECT_THAT(CreateDirectories(folder), IsOk());
  return folder;
}

TEST(Outcome, IsReadAsItWasWritten) {
  TrialResult result;
  result.provenance.status = "diverged";
  result.provenance.steps = 30;
  result.provenance.message = "the loss was not finite at step 31";
  result.uses_total_epochs = true;
  result.numbers = {{"eval.loss", 0.1 + 0.2},
                    {"eval.found", int64_t{9007199254740993}},
                    {"eval.whole", 4.0},
                    {"eval.norm", std::numeric_limits<double>::infinity()}};
  const std::string folder = Folder();
  ASSERT_THAT(WriteOutcome(folder, result), IsOk());
  const absl::StatusOr<TrialResult> read = ReadOutcome(folder);
  ASSERT_THAT(read.status(), IsOk());
  EXPECT_EQ(read->provenance.status, "diverged");
  EXPECT_EQ(read->provenance.steps, 30);
  EXPECT_EQ(read->provenance.message, result.provenance.message);
  EXPECT_TRUE(read->uses_total_epochs);
  ASSERT_EQ(read->numbers.size(), 4);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(read->numbers[i], result.numbers[i]);
  // JSON has no word for what is not finite.
  EXPECT_EQ(read->numbers[3].first, "eval.norm");
  EXPECT_TRUE(std::isnan(std::get<double>(read->numbers[3].second)));
}

TEST(Outcome, WithoutAnyOfItsPartsIsDamaged) {
  const std::string folder = Folder();
  const std::string file = JoinPath(folder, "outcome.json");
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

}  // namespace
}  // namespace didact
