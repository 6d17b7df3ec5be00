#include "didact/framework/execution/engine.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/trial_directory.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr int64_t kSteps = 30;  // of each trial of TestExperiment

// Owns trials of one experiment, which are numbered by their seeds, in a folder.
class Owner : public TrialOwner {
 public:
  explicit Owner(const Experiment& experiment)
      : experiment_(
            ResolvedExperiment::Create(experiment, BuiltinRegistry(), FieldPath("e.textproto"))
                .value()) {}

  TrialDirectory Folder(int64_t trial) const {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    return TrialDirectory(absl::StrCat(testing::TempDir(), "/", test->name(), "/", trial));
  }

  TrialCost CostOf(int64_t trial) const override { return {kSteps, static_cast<double>(trial)}; }

  absl::StatusOr<BegunTrial> Begin(int64_t trial) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    order.push_back(trial);
    if (trial == refused) return absl::NotFoundError("there is no room");
    BegunTrial begun;
    begun.task.experiment = &experiment_;
    begun.task.seed = static_cast<uint64_t>(trial);
    begun.task.path = FieldPath("e.textproto");
    begun.task.directory = Folder(trial);
    begun.built = trial == built_trial ? std::move(built) : nullptr;
    if (trial == ended_trial) {
      begun.ended.emplace();
      begun.ended->provenance.status = TrialStatus::kFinished;
      begun.ended->provenance.notes = {"found later"};
    }
    begun.notes = {"known before"};
    return begun;
  }

  Problem Locate(int64_t trial, const Problem& warning) const override {
    return {FieldPath(absl::StrCat(trial)), warning.ToString(), ""};
  }

  TrialStatus End(int64_t trial, TrialResult result) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stop != nullptr) *stop = true;
    results[trial] = std::move(result);
    return trial == unrecorded ? TrialStatus::kFailed : results[trial].provenance.status;
  }

  std::vector<std::string> Statuses() const {
    std::vector<std::string> statuses;
    for (const auto& [trial, result] : results) {
      statuses.push_back(absl::StrCat(trial, " ", TrialStatusName(result.provenance.status)));
    }
    return statuses;
  }

  int64_t refused = -1;
  int64_t unrecorded = -1;
  int64_t ended_trial = -1;
  int64_t built_trial = -1;
  std::unique_ptr<Trial> built;
  std::atomic<bool>* stop = nullptr;  // set when a trial has ended

  std::vector<int64_t> order;  // order in which trials have begun
  std::map<int64_t, TrialResult> results;

 private:
  const ResolvedExperiment experiment_;
  std::mutex mutex_;
};

class EngineTest : public testing::Test {
 protected:
  ProgressView Train(Owner& owner, std::vector<int64_t> to_do, int threads = 1,
                     const PluginRegistry& registry = BuiltinRegistry()) {
    const std::unique_ptr<Executor> executor = MakeThreadExecutor(threads);
    Progress progress;
    Engine engine(registry, *executor, stop_, progress,
                  [this](const std::string& warning) { warnings_.push_back(warning); });
    TrialList list;
    list.trials = static_cast<int64_t>(to_do.size()) + kBefore;
    list.to_do = std::move(to_do);
    list.epochs = 3;
    EXPECT_EQ(engine.Train(list, owner), absl::OkStatus());
    return progress.View();
  }

  static constexpr int64_t kBefore = 2;  // trials that had ended before

  std::atomic<bool> stop_ = false;
  std::vector<std::string> warnings_;
};

TEST_F(EngineTest, TrainsEachTrialOnceAndCountsIt) {
  Owner owner(TestExperiment());
  const ProgressView progress = Train(owner, {5, 3, 4}, /*threads=*/2);
  EXPECT_THAT(owner.order, UnorderedElementsAre(3, 4, 5));
  EXPECT_THAT(owner.Statuses(), ElementsAre("3 finished", "4 finished", "5 finished"));
  for (const int64_t trial : {3, 4, 5}) {
    EXPECT_EQ(owner.results[trial].provenance.seed, trial);
    EXPECT_TRUE(PathExists(owner.Folder(trial).OutcomePath()));
  }
  EXPECT_EQ(progress.trials, 5);
  EXPECT_EQ(progress.trials_before, kBefore);
  EXPECT_EQ(progress.trials_done, 5);
  EXPECT_EQ(progress.trials_wrong, 0);
  EXPECT_EQ(progress.steps, 3 * kSteps);
  EXPECT_EQ(progress.steps_done, 3 * kSteps);
  EXPECT_EQ(progress.epochs, 3);
  EXPECT_EQ(progress.epoch, 2);
  EXPECT_EQ(progress.work_done, 1);
  EXPECT_THAT(warnings_, testing::IsEmpty());
}

TEST_F(EngineTest, BeginsTrialsInTheOrderOfTheList) {
  Owner owner(TestExperiment());
  Train(owner, {5, 3, 4});
  EXPECT_THAT(owner.order, ElementsAre(5, 3, 4));
}

TEST_F(EngineTest, ATrialThatCannotBeginFailsAndTheOthersGoOn) {
  Owner owner(TestExperiment());
  owner.refused = 3;
  const ProgressView progress = Train(owner, {3, 4});
  EXPECT_THAT(owner.Statuses(), ElementsAre("3 failed", "4 finished"));
  EXPECT_EQ(owner.results[3].provenance.message, "there is no room");
  EXPECT_EQ(progress.trials_done, 2 + kBefore);
  EXPECT_EQ(progress.trials_wrong, 1);
}

TEST_F(EngineTest, ATrialThatCannotBeRecordedCountsAsWrong) {
  Owner owner(TestExperiment());
  owner.unrecorded = 4;
  EXPECT_EQ(Train(owner, {3, 4}).trials_wrong, 1);
  EXPECT_THAT(owner.Statuses(), ElementsAre("3 finished", "4 finished"));
}

TEST_F(EngineTest, OnceStoppedBeginsNoTrial) {
  Owner owner(TestExperiment());
  owner.stop = &stop_;
  const ProgressView progress = Train(owner, {3, 4, 5});
  EXPECT_THAT(owner.order, ElementsAre(3));
  EXPECT_EQ(progress.trials_done, 1 + kBefore);
}

TEST_F(EngineTest, ATrialThatEndedBeforeIsNotTrained) {
  Owner owner(TestExperiment());
  owner.ended_trial = 3;
  const ProgressView progress = Train(owner, {3});
  EXPECT_THAT(owner.Statuses(), ElementsAre("3 finished"));
  const TrialDirectory folder = owner.Folder(3);
  EXPECT_FALSE(PathExists(folder.path()));
  EXPECT_EQ(progress.trials_done, 1 + kBefore);
  EXPECT_EQ(progress.steps_done, 0);
  EXPECT_THAT(owner.results[3].provenance.notes, ElementsAre("known before", "found later"));
}

TEST_F(EngineTest, TrainsTheTrialThatHasBeenBuiltAlready) {
  Owner owner(TestExperiment());
  owner.built_trial = 4;
  owner.built = MakeTrial(TestExperiment(), 4);
  // With an empty registry, building another trial would fail.
  Train(owner, {3, 4}, /*threads=*/1, PluginRegistry());
  EXPECT_THAT(owner.Statuses(), ElementsAre("3 failed", "4 finished"));
}

TEST_F(EngineTest, TellsEachKindOfWarningOnce) {
  Owner owner(
      TestExperiment("projection { [type.googleapis.com/didact.Freeze] { layer: [0, 1] } }"));
  Train(owner, {4, 3});
  EXPECT_THAT(warnings_,
              ElementsAre("4: e.textproto: projection: leaves no layer to train, so that "
                          "no epoch changes the student; leave a layer out of it"));
  EXPECT_EQ(owner.results[3].provenance.warnings.size(), 1);
}

}  // namespace
}  // namespace didact
