#include "didact/framework/execution/sweep_states.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "didact/framework/sweep/load_sweep.h"
#include "didact/plugins/builtin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sweep/sweep_base.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Varies the base into two experiments of two trials and one of one trial: the trials 0 and 1, the
// longer ones 2 and 3, and 4.
constexpr char kVaries[] = R"(name: "s"
axis { field: "training.epochs" value: ["10", "1000"] name: "epochs" }
point { label: "one" set: "seed.last=5" }
)";

class SweepStatesTest : public testing::Test {
 protected:
  SweepStatesTest() {
    EXPECT_TRUE(RegisterBuiltinPlugins(registry_).ok());
    ConfigFile file;
    file.path = "s.textproto";
    file.folder = "/";
    file.text = absl::StrCat(kVaries, test::SweepBase(/*first_seed=*/5, /*last_seed=*/6));
    const auto plan = LoadSweep(file, {}, registry_);
    EXPECT_TRUE(plan.ok()) << plan.status();
    plan_ = std::make_unique<SweepPlan>(*plan);
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = testing::TempDir() + "/" + test->name();
    EXPECT_TRUE(CreateDirectories(folder_).ok());
  }

  // Appends a line to the index file `name`.
  void Append(const std::string& name, int64_t experiment, uint64_t seed, TrialStatus status,
              const std::string& note = "") const {
    auto writer = SweepIndexWriter::Open(JoinPath(folder_, name));
    ASSERT_TRUE(writer.ok()) << writer.status();
    IndexedTrial trial;
    trial.experiment = experiment;
    TrialState state;
    state.provenance.seed = seed;
    state.provenance.status = status;
    if (!note.empty()) state.provenance.notes = {note};
    ASSERT_TRUE(writer->Append(trial, state).ok());
  }

  std::vector<std::string> Statuses(const SweepStates& states) const {
    std::vector<std::string> statuses;
    for (int64_t trial = 0; trial < plan_->trials(); ++trial) {
      statuses.emplace_back(TrialStatusName(states[trial].status()));
    }
    return statuses;
  }

  std::vector<int64_t> FindWork(SweepStates& states, const Shard& shard = {}) const {
    const auto executor = MakeThreadExecutor(1);
    const absl::StatusOr<std::vector<int64_t>> to_do = states.FindWork(*executor, shard);
    EXPECT_TRUE(to_do.ok()) << to_do.status();
    return to_do.value_or(std::vector<int64_t>());
  }

  PluginRegistry registry_;
  std::unique_ptr<SweepPlan> plan_;
  std::string folder_;
};

TEST_F(SweepStatesTest, ArePendingAtFirst) {
  const SweepStates states(*plan_);
  EXPECT_THAT(Statuses(states), ElementsAre("pending", "pending", "pending", "pending", "pending"));
  EXPECT_EQ(states[0].provenance.seed, 5);
  EXPECT_EQ(states[3].provenance.seed, 6);
  EXPECT_EQ(states[4].provenance.seed, 5);
  EXPECT_FALSE(states.AreAllDone());
}

TEST_F(SweepStatesTest, TheLastLineOfAFileHoldsAndTheMostThatFilesKnow) {
  Append("index.jsonl", 0, 5, TrialStatus::kFailed);
  Append("index.jsonl", 0, 5, TrialStatus::kRunning);
  Append("index.a.jsonl", 1, 6, TrialStatus::kRunning);
  Append("index.b.jsonl", 1, 6, TrialStatus::kFinished);
  Append("index.c.jsonl", 1, 6, TrialStatus::kInterrupted);
  // These are not trials of the sweep.
  Append("index.jsonl", 0, 7, TrialStatus::kFinished);
  Append("index.jsonl", 9, 5, TrialStatus::kFinished);
  SweepStates states(*plan_);
  ASSERT_EQ(states.ReadIndex(folder_), absl::OkStatus());
  EXPECT_THAT(Statuses(states),
              ElementsAre("running", "pending", "pending", "finished", "pending"));
}

TEST_F(SweepStatesTest, LongTrialsThatAreNotDoneComeFirst) {
  Append("index.jsonl", 0, 5, TrialStatus::kFailed);
  Append("index.jsonl", 0, 6, TrialStatus::kDiverged);
  Append("index.jsonl", 1, 5, TrialStatus::kFinished);
  Append("index.jsonl", 1, 6, TrialStatus::kInterrupted);
  SweepStates states(*plan_);
  ASSERT_EQ(states.ReadIndex(folder_), absl::OkStatus());
  EXPECT_THAT(FindWork(states), ElementsAre(3, 0, 4));
  EXPECT_THAT(states.own(), ElementsAre(2, 3, 0, 1, 4));
  EXPECT_EQ(states.OutcomeOfOwn(), TrialStatus::kInterrupted);
}

TEST_F(SweepStatesTest, AShardHasEveryOtherTrial) {
  SweepStates states(*plan_);
  EXPECT_THAT(FindWork(states, {.index = 1, .count = 2}), ElementsAre(3, 1));
  EXPECT_THAT(states.own(), ElementsAre(3, 1));
  TrialState finished;
  finished.provenance.status = TrialStatus::kFinished;
  for (const int64_t trial : {1, 3}) states.SetEnded(trial, finished);
  EXPECT_EQ(states.OutcomeOfOwn(), TrialStatus::kFinished);
  EXPECT_FALSE(states.AreAllDone());
  for (const int64_t trial : {0, 2, 4}) states.SetEnded(trial, finished);
  EXPECT_TRUE(states.AreAllDone());
}

TEST_F(SweepStatesTest, LearnWhatOtherProcessesDid) {
  Append("index.jsonl", 0, 5, TrialStatus::kFailed, "before");
  SweepStates states(*plan_);
  ASSERT_EQ(states.ReadIndex(folder_), absl::OkStatus());
  FindWork(states);
  TrialState here;
  here.provenance.seed = 6;
  here.provenance.status = TrialStatus::kDiverged;
  states.SetEnded(1, here);
  // The index is ignored for a trial that ran in this process.
  Append("index.jsonl", 0, 5, TrialStatus::kInterrupted, "after");
  Append("index.jsonl", 0, 6, TrialStatus::kRunning);
  Append("index.jsonl", 1, 5, TrialStatus::kFinished);
  ASSERT_EQ(states.ReadWhatOthersDid(folder_), absl::OkStatus());
  EXPECT_THAT(Statuses(states),
              ElementsAre("interrupted", "diverged", "finished", "pending", "pending"));
  EXPECT_THAT(states[0].provenance.notes, ElementsAre("before", "after"));
  EXPECT_THAT(states[2].provenance.notes, IsEmpty());
}

}  // namespace
}  // namespace didact
