#include "didact/framework/export/metric_filter.h"

#include "absl/status/status.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

TEST(MatchesPattern, StarsStandForAnyCharacters) {
  EXPECT_TRUE(MatchesPattern("eval.loss", "eval.loss"));
  EXPECT_FALSE(MatchesPattern("eval.losses", "eval.loss"));
  EXPECT_FALSE(MatchesPattern("eval.los", "eval.loss"));
  EXPECT_TRUE(MatchesPattern("eval.loss", "eval.*"));
  EXPECT_TRUE(MatchesPattern("eval.loss", "*loss"));
  EXPECT_TRUE(MatchesPattern("eval.loss", "*"));
  EXPECT_TRUE(MatchesPattern("eval.loss", "e*.*s"));
  EXPECT_TRUE(MatchesPattern("eval.loss", "eval*.loss"));
  EXPECT_FALSE(MatchesPattern("eval.loss", "*.mse"));
  EXPECT_FALSE(MatchesPattern("eval.losses", "*loss"));
  EXPECT_FALSE(MatchesPattern("eval.losses", "eval*loss"));
  EXPECT_FALSE(MatchesPattern("aba", "ab*ba")) << "the two must not overlap";
  EXPECT_TRUE(MatchesPattern("abba", "ab*ba"));
  EXPECT_TRUE(MatchesPattern("a.b.b.c", "a*.b*.c"));
  EXPECT_FALSE(MatchesPattern("", "a*"));
  EXPECT_TRUE(MatchesPattern("", "*"));
}

TEST(MetricFilter, AcceptsAllWhenNothingIsAskedFor) {
  MetricFilter filter({});
  EXPECT_TRUE(filter.Accepts("anything"));
  EXPECT_THAT(filter.Check(), IsOk());
}

TEST(MetricFilter, RefusesAPatternThatAcceptedNothing) {
  MetricFilter filter({"eval.*", "loss"});
  EXPECT_TRUE(filter.Accepts("eval.loss"));
  EXPECT_FALSE(filter.Accepts("train.loss"));
  EXPECT_THAT(filter.Check(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "no metric is called \"loss\"; there are: eval.loss, train.loss"));
  EXPECT_TRUE(filter.Accepts("loss"));
  EXPECT_THAT(filter.Check(), IsOk());
}

}  // namespace
}  // namespace didact
