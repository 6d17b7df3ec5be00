#include "didact/framework/execution/build_one_trial.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/training/create_trial.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

absl::StatusOr<std::unique_ptr<Trial>> Build(const std::vector<uint64_t>& seeds,
                                             const PluginRegistry& registry) {
  const absl::StatusOr<ResolvedExperiment> experiment =
      ResolvedExperiment::Create(TestExperiment(), BuiltinRegistry(), FieldPath("e.textproto"));
  if (!experiment.ok()) return experiment.status();
  return BuildOneTrial(*experiment, seeds, registry, FieldPath("e.textproto"), nullptr);
}

TEST(BuildOneTrial, BuildsTheFirst) {
  const auto trial = Build({7, 8}, BuiltinRegistry());
  ASSERT_TRUE(trial.ok()) << trial.status();
  EXPECT_EQ((*trial)->seed(), 7);
}

TEST(BuildOneTrial, NeedsNoSeeds) {
  const auto trial = Build({}, BuiltinRegistry());
  ASSERT_TRUE(trial.ok()) << trial.status();
  EXPECT_EQ(*trial, nullptr);
}

TEST(BuildOneTrial, SaysWhyTheFirstCannotBeBuilt) {
  EXPECT_EQ(Build({7, 8}, PluginRegistry()).status(),
            CreateTrial(TestExperiment(), 7, PluginRegistry(), FieldPath("e.textproto")).status());
}

}  // namespace
}  // namespace didact
