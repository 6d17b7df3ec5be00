#include "didact/framework/results/sweep_index.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAre;

TrialState State(uint64_t seed, TrialStatus status) {
  TrialState state;
  state.provenance.seed = seed;
  state.provenance.status = status;
  return state;
}

class SweepIndexTest : public testing::Test {
 protected:
  SweepIndexTest() {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = testing::TempDir() + "/" + test->name();
    EXPECT_TRUE(CreateDirectories(folder_).ok());
  }

  // Returns `file experiment seed status` for every line.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    EXPECT_TRUE(ReadSweepIndex(folder_, [&](int file, int64_t experiment, const TrialState& state) {
                  lines.push_back(absl::StrCat(file, " ", experiment, " ", state.provenance.seed,
                                               " ", TrialStatusName(state.status())));
                }).ok());
    return lines;
  }

  std::string folder_;
};

TEST(IndexLine, SaysWhatAndWhereAndHowItEnded) {
  IndexedTrial trial;
  trial.experiment = 7;
  trial.label = "007-width=5";
  trial.overrides = {{"teacher.hidden[0].width", "5"}};
  EXPECT_EQ(IndexLine(trial, State(3, TrialStatus::kRunning)),
            "{\"experiment\":7,\"label\":\"007-width=5\",\"seed\":3,\"status\":\"running\","
            "\"folder\":\"experiments/007-width=5/trials/3\",\"overrides\":{"
            "\"teacher.hidden[0].width\":\"5\"}}");
  TrialState ended = State(3, TrialStatus::kFinished);
  ended.provenance.steps = 100;
  ended.provenance.seconds = 0.5;
  ended.numbers = {{"eval.loss", 0.25}};
  EXPECT_EQ(IndexLine(trial, ended),
            "{\"experiment\":7,\"label\":\"007-width=5\",\"seed\":3,\"status\":\"finished\","
            "\"steps\":100,\"seconds\":0.5,\"folder\":\"experiments/007-width=5/trials/3\","
            "\"overrides\":{\"teacher.hidden[0].width\":\"5\"},\"numbers\":{\"eval.loss\":0.25}}");
}

TEST(IndexLine, TellsOfCheckpoints) {
  TrialState ended = State(3, TrialStatus::kFinished);
  ended.provenance.resumed_at = 50;
  ended.provenance.notes = {"a", "b"};
  EXPECT_THAT(IndexLine(IndexedTrial(), ended),
              testing::HasSubstr(",\"resumed_at\":50,\"notes\":[\"a\",\"b\"],\"folder\":"));
}

// A killed process leaves a trial that has begun and must be run again.
TEST_F(SweepIndexTest, ReadsBackWhatItWrote) {
  auto writer = SweepIndexWriter::Open(folder_ + "/index.jsonl");
  ASSERT_TRUE(writer.ok());
  TrialState state = State(18446744073709551615u, TrialStatus::kDiverged);
  state.provenance.steps = 12;
  state.provenance.seconds = 1.5;
  state.provenance.message = "the loss was \"not\" finite\nat step 12";
  state.provenance.resumed_at = 7;
  state.provenance.notes = {"checkpoint not used: \"x\""};
  state.provenance.teachers = {"0123", "4567"};
  state.numbers = {{"eval.loss", 0.1 + 0.2}};
  IndexedTrial trial;
  trial.experiment = 2;
  ASSERT_TRUE(writer->Append(trial, state).ok());
  int lines = 0;
  ASSERT_TRUE(ReadSweepIndex(folder_, [&](int, int64_t experiment, const TrialState& read) {
                ++lines;
                EXPECT_EQ(experiment, 2);
                EXPECT_EQ(read.provenance.seed, state.provenance.seed);
                EXPECT_EQ(read.status(), TrialStatus::kDiverged);
                EXPECT_EQ(read.provenance.steps, 12);
                EXPECT_EQ(read.provenance.seconds, 1.5);
                EXPECT_EQ(read.provenance.message, state.provenance.message);
                EXPECT_EQ(read.provenance.resumed_at, 7);
                EXPECT_EQ(read.provenance.notes, state.provenance.notes);
                EXPECT_EQ(read.provenance.teachers, state.provenance.teachers);
                EXPECT_EQ(read.numbers, state.numbers);
              }).ok());
  EXPECT_EQ(lines, 1);
}

TEST_F(SweepIndexTest, PutsTheFilesOfAllProcessesTogether) {
  for (const char* name : {"index.shard-1-of-2.jsonl", "index.jsonl", "index.shard-0-of-2.jsonl"}) {
    auto writer = SweepIndexWriter::Open(absl::StrCat(folder_, "/", name));
    ASSERT_TRUE(writer.ok());
    IndexedTrial trial;
    trial.experiment = std::string(name).size();
    ASSERT_TRUE(writer->Append(trial, State(1, TrialStatus::kRunning)).ok());
    ASSERT_TRUE(writer->Append(trial, State(1, TrialStatus::kFailed)).ok());
  }
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/index.txt", "no index").ok());
  EXPECT_THAT(Lines(), ElementsAre("0 24 1 running", "0 24 1 failed", "1 24 1 running",
                                   "1 24 1 failed", "2 11 1 running", "2 11 1 failed"));
}

TEST_F(SweepIndexTest, GathersTheLinesOfProcessesThatAreGone) {
  const auto line = [](int experiment, const char* status) {
    return absl::StrCat("{\"experiment\":", experiment, ",\"status\":\"", status, "\"}\n");
  };
  const std::vector<std::pair<std::string, std::string>> files = {
      {"index.jsonl", line(1, "failed") + "{\"experiment\":9,\"sta"},
      {"index.rank-1.jsonl", line(1, "running") + line(1, "finished")},
      {"index.rank-20.jsonl", line(2, "running") + "{\"experiment\":2,\"sta"},
      {"index.shard-0-of-2.jsonl", line(3, "running")},
  };
  for (const auto& [name, text] : files) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, text).ok());
  }
  ASSERT_TRUE(GatherSweepIndex(folder_, "", "rank-").ok());
  EXPECT_FALSE(PathExists(folder_ + "/index.rank-1.jsonl"));
  EXPECT_FALSE(PathExists(folder_ + "/index.rank-20.jsonl"));
  EXPECT_THAT(Lines(), ElementsAre("0 3 0 running", "1 1 0 failed", "1 1 0 running",
                                   "1 1 0 finished", "1 2 0 running"));
  // A second call changes nothing.
  ASSERT_TRUE(GatherSweepIndex(folder_, "", "rank-").ok());
  EXPECT_EQ(Lines().size(), 5);
  ASSERT_TRUE(GatherSweepIndex(folder_, "shard-0-of-2", "shard-0-of-2.rank-").ok());
  EXPECT_EQ(Lines().size(), 5);
  ASSERT_TRUE(GatherSweepIndex(folder_, "", "").ok());
  EXPECT_FALSE(PathExists(folder_ + "/index.shard-0-of-2.jsonl"));
  EXPECT_EQ(Lines().back(), "0 3 0 running");
}

TEST_F(SweepIndexTest, PassesOverLinesThatAreNotWhole) {
  const std::string good = "{\"experiment\":1,\"seed\":5,\"status\":\"finished\"}\n";
  ASSERT_TRUE(WriteFileAtomically(
                  folder_ + "/index.jsonl",
                  absl::StrCat(good, "\n", "[]\n", "{\"experiment\":-3,\"status\":\"failed\"}\n",
                               "{\"experiment\":\"x\",\"status\":\"failed\"}\n",
                               "{\"experiment\":1,\"seed\":5,\"status\":\"nonsense\"}\n",
                               "\xff\xfe\n", good.substr(0, good.size() / 2)))
                  .ok());
  EXPECT_THAT(Lines(), ElementsAre("0 1 5 finished"));
}

TEST_F(SweepIndexTest, ATornLastLineSwallowsNotTheNext) {
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/index.jsonl", "{\"experiment\":1,\"se").ok());
  auto writer = SweepIndexWriter::Open(folder_ + "/index.jsonl");
  ASSERT_TRUE(writer.ok());
  IndexedTrial trial;
  trial.experiment = 4;
  ASSERT_TRUE(writer->Append(trial, State(9, TrialStatus::kFinished)).ok());
  EXPECT_THAT(Lines(), ElementsAre("0 4 9 finished"));
}

}  // namespace
}  // namespace didact
