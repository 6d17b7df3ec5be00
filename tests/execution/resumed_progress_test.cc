// Tests the progress of a run that resumes from a checkpoint.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/run_experiment.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/checkpoint_files.h"
#include "didact/framework/results/metrics_position.h"
#include "didact/framework/results/trial_directory.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

// The time left is that of `steps - steps_done` at the rate of `steps_done` since the beginning.
TEST(ResumedProgress, StepsOfBeforeAreNeitherDoneNorLeft) {
  constexpr int64_t kSteps = 30;  // of each of three trials
  constexpr int64_t kBefore = 14;
  Experiment experiment = TestExperiment();
  ASSERT_TRUE(ResolveExperiment(experiment, BuiltinRegistry(), FieldPath("e.textproto")).ok());
  RunOptions options;
  options.directory = testing::TempDir() + "/resumed_progress";
  options.path = FieldPath("e.textproto");
  options.threads = 1;
  options.experiment_text = PrintText(experiment, BuiltinRegistry());
  const std::atomic<bool> stop = false;
  {
    Progress progress;
    ASSERT_TRUE(RunExperiment(experiment, BuiltinRegistry(), options, stop, progress).ok());
    EXPECT_EQ(progress.View().steps, 3 * kSteps);
    EXPECT_EQ(progress.View().steps_done, 3 * kSteps);
  }

  // The second trial is put back to its checkpoint.
  const TrialDirectory directory(options.directory + "/trials/2");
  const std::unique_ptr<Trial> trial = MakeTrial(experiment, 2);
  for (int64_t step = 0; step < kBefore; ++step) ASSERT_TRUE(trial->Step().ok());
  ASSERT_TRUE(WriteCheckpoint(directory, experiment, MetricsPosition(), *trial).ok());
  ASSERT_TRUE(RemoveFile(directory.OutcomePath()).ok());

  Progress progress;
  options.resume = true;
  const absl::StatusOr<std::vector<TrialResult>> trials =
      RunExperiment(experiment, BuiltinRegistry(), options, stop, progress);
  ASSERT_TRUE(trials.ok()) << trials.status();
  ASSERT_EQ((*trials)[1].provenance.resumed_at, kBefore);
  EXPECT_EQ(progress.View().steps, kSteps - kBefore);
  EXPECT_EQ(progress.View().steps_done, kSteps - kBefore);
  EXPECT_EQ(progress.View().trials_done, 3);
}

}  // namespace
}  // namespace didact
