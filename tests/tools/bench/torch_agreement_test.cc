#include "tools/bench/torch_agreement.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(RelativeDifferenceTest, IsTheLargerOneOfLossAndCorrelation) {
  const absl::StatusOr<double> of_loss = RelativeDifference(
      {.loss = 0.5, .mean_best = 0.25}, {.loss = 0.5 + 1e-10, .mean_best = 0.25}, "double");
  ASSERT_TRUE(of_loss.ok()) << of_loss.status();
  EXPECT_NEAR(*of_loss, 2e-10, 1e-15);
  const absl::StatusOr<double> of_best = RelativeDifference(
      {.loss = 0.5, .mean_best = 0.25}, {.loss = 0.5 + 1e-10, .mean_best = 0.25 - 1e-10}, "double");
  ASSERT_TRUE(of_best.ok()) << of_best.status();
  EXPECT_NEAR(*of_best, 4e-10, 1e-15);
}

TEST(RelativeDifferenceTest, AllowsWhatRoundingExplainsInThePrecision) {
  const EvaluatedStudent ours = {.loss = 1.0, .mean_best = 0.5};
  const EvaluatedStudent theirs = {.loss = 1.0 + 1e-6, .mean_best = 0.5};
  EXPECT_TRUE(RelativeDifference(ours, theirs, "float").ok());
  const absl::StatusOr<double> in_double = RelativeDifference(ours, theirs, "double");
  EXPECT_EQ(in_double.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(in_double.status().message(), testing::HasSubstr("differ by more than rounding"));
}

TEST(RelativeDifferenceTest, RefusesAnotherLossOrAnotherCorrelation) {
  const EvaluatedStudent ours = {.loss = 0.3, .mean_best = 0.2};
  for (const char* precision : {"double", "float"}) {
    EXPECT_FALSE(RelativeDifference(ours, {.loss = 0.301, .mean_best = 0.2}, precision).ok());
    EXPECT_FALSE(RelativeDifference(ours, {.loss = 0.3, .mean_best = 0.201}, precision).ok());
    EXPECT_FALSE(RelativeDifference(ours, {.loss = 0.3, .mean_best = 0.0}, precision).ok());
  }
}

TEST(RelativeDifferenceTest, RefusesWhatIsNotANumber) {
  const EvaluatedStudent number = {.loss = 0.3, .mean_best = 0.2};
  for (const EvaluatedStudent& other : {EvaluatedStudent{.loss = std::nan(""), .mean_best = 0.2},
                                        EvaluatedStudent{.loss = 0.3, .mean_best = std::nan("")}}) {
    EXPECT_FALSE(RelativeDifference(number, other, "float").ok());
    EXPECT_FALSE(RelativeDifference(other, number, "float").ok());
  }
}

}  // namespace
}  // namespace didact
