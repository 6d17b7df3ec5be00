#include "didact/framework/results/failed_trials.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/sweep_index.h"
#include "tests/base/allocation_meter.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

std::string Folder() {
  const std::string folder =
      ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name());
  EXPECT_THAT(CreateDirectories(folder), IsOk());
  return folder;
}

// Writes an index file in which trials of experiment 1 have these statuses, one after the other.
void WriteIndex(const std::string& path,
                const std::vector<std::pair<uint64_t, TrialStatus>>& lines) {
  auto writer = SweepIndexWriter::Open(path);
  ASSERT_THAT(writer.status(), IsOk());
  IndexedTrial trial;
  trial.experiment = 1;
  for (const auto& [seed, status] : lines) {
    TrialState state;
    state.provenance.seed = seed;
    state.provenance.status = status;
    ASSERT_THAT(writer->Append(trial, state), IsOk());
  }
}

TEST(FailedTrials, TheLastLineOfATrialHolds) {
  const std::string folder = Folder();
  WriteIndex(folder + "/index.jsonl", {{1, TrialStatus::kRunning},
                                       {1, TrialStatus::kFailed},
                                       {2, TrialStatus::kRunning},
                                       {2, TrialStatus::kFailed},
                                       {1, TrialStatus::kRunning},
                                       {3, TrialStatus::kFailed},
                                       {1, TrialStatus::kFinished}});
  const absl::StatusOr<FailedTrials> failed = FailedTrials::OfSweep(folder);
  ASSERT_THAT(failed.status(), IsOk());
  EXPECT_FALSE(failed->Has(1, 1));
  EXPECT_TRUE(failed->Has(1, 2));
  EXPECT_TRUE(failed->Has(1, 3));
  EXPECT_FALSE(failed->Has(0, 3));
}

TEST(FailedTrials, WhatOneFileSaysNoOtherTakesBack) {
  const std::string folder = Folder();
  WriteIndex(folder + "/index.a.jsonl", {{1, TrialStatus::kRunning}});
  WriteIndex(folder + "/index.b.jsonl", {{1, TrialStatus::kFailed}, {2, TrialStatus::kFailed}});
  WriteIndex(folder + "/index.c.jsonl",
             {{1, TrialStatus::kRunning}, {2, TrialStatus::kInterrupted}});
  const absl::StatusOr<FailedTrials> failed = FailedTrials::OfSweep(folder);
  ASSERT_THAT(failed.status(), IsOk());
  EXPECT_TRUE(failed->Has(1, 1));
  EXPECT_TRUE(failed->Has(1, 2));
}

TEST(FailedTrials, AreNamedByTheProvenanceOfARun) {
  Provenance provenance;
  provenance.earlier =
      "[{\"outcome\":\"interrupted\",\"trials\":[{\"seed\":7,\"status\":\"failed\"}]}]";
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    TrialProvenance& trial = provenance.trials.emplace_back();
    trial.seed = seed;
    trial.status = seed % 2 == 0 ? TrialStatus::kFailed : TrialStatus::kFinished;
    trial.notes = {"note \"failed\""};
  }
  const std::string path = Folder() + "/provenance.json";
  ASSERT_THAT(WriteProvenance(path, provenance), IsOk());
  const FailedTrials failed = FailedTrials::OfRun(path);
  for (uint64_t seed = 0; seed <= 7; ++seed) {
    EXPECT_EQ(failed.Has(0, seed), seed == 2 || seed == 4) << seed;
  }
}

TEST(FailedTrials, DamagedProvenanceNamesThoseBeforeTheDamage) {
  const std::string folder = Folder();
  EXPECT_FALSE(FailedTrials::OfRun(folder + "/nothing").Has(0, 1));
  const std::string path = folder + "/provenance.json";
  ASSERT_THAT(WriteFileAtomically(
                  path, "{\"trials\":[{\"seed\":1,\"status\":\"failed\"},{\"seed\":2,\"stat"),
              IsOk());
  EXPECT_TRUE(FailedTrials::OfRun(path).Has(0, 1));
  EXPECT_FALSE(FailedTrials::OfRun(path).Has(0, 2));
}

TEST(FailedTrials, TakeNoMemoryForTheOthers) {
  const std::string folder = Folder();
  std::string index;
  std::string provenance = "{\"trials\":[";
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&index, "{\"experiment\":0,\"seed\":", i, ",\"status\":\"finished\"}\n");
    absl::StrAppend(&provenance, "{\"seed\":", i, ",\"status\":\"finished\"},");
  }
  ASSERT_THAT(WriteFileAtomically(folder + "/index.jsonl", index), IsOk());
  ASSERT_THAT(WriteFileAtomically(folder + "/provenance.json",
                                  provenance + "{\"seed\":20000,\"status\":\"failed\"}]}"),
              IsOk());
  const AllocationMeter meter;
  EXPECT_THAT(FailedTrials::OfSweep(folder).status(), IsOk());
  EXPECT_TRUE(FailedTrials::OfRun(folder + "/provenance.json").Has(0, 20000));
  EXPECT_LT(meter.peak(), 1 << 19);
}

}  // namespace
}  // namespace didact
