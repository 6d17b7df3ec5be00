#include "didact/framework/results/trial_directory.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(TrialDirectory, KnowsWhereEachFileLies) {
  const TrialDirectory trial("out/trials/7");
  EXPECT_EQ(trial.path(), "out/trials/7");
  EXPECT_EQ(trial.MetricsPath(), "out/trials/7/metrics.jsonl");
  EXPECT_EQ(trial.OutcomePath(), "out/trials/7/outcome.json");
  EXPECT_EQ(trial.CheckpointPath(), "out/trials/7/checkpoint.pb");
  EXPECT_EQ(trial.PreviousCheckpointPath(), "out/trials/7/checkpoint.previous.pb");
  EXPECT_EQ(trial.ArraysPath(), "out/trials/7/arrays");
  EXPECT_EQ(trial.WeightsPath(), "out/trials/7/weights");
}

TEST(TrialDirectory, FilesOfEpochsSortByEpoch) {
  const TrialDirectory trial("7");
  EXPECT_EQ(trial.ArraysPath(-1), "7/arrays/epoch_-001.npz");
  EXPECT_EQ(trial.WeightsPath(-1), "7/weights/epoch_-001.npz");
  EXPECT_EQ(trial.ArraysPath(0), "7/arrays/epoch_0000.npz");
  EXPECT_EQ(trial.WeightsPath(99), "7/weights/epoch_0099.npz");
  EXPECT_EQ(trial.WeightsPath(12345), "7/weights/epoch_12345.npz");
}

TEST(EpochOfFile, IsThatOfTheFilesName) {
  for (const int64_t epoch : {int64_t{-1}, int64_t{0}, int64_t{99}, int64_t{12345},
                              std::numeric_limits<int64_t>::max()}) {
    const std::string path = TrialDirectory("7").WeightsPath(epoch);
    EXPECT_EQ(EpochOfFile(path.substr(path.rfind('/') + 1)), epoch);
  }
}

TEST(EpochOfFile, PassesOverOtherNames) {
  for (const char* const name :
       {"", "epoch_.npz", "epoch_1.npz", "epoch_00001.npz", "epoch_+001.npz", "epoch_ 001.npz",
        "epoch_0001.npz.tmp-5", "epoch_0001.npy", "step_000000001.npz", "epoch_0001",
        "epoch_99999999999999999999.npz", "old_epoch_0001.npz"}) {
    EXPECT_EQ(EpochOfFile(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace didact
