#include "didact/framework/training/sampler.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "didact/framework/io/npy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAre;

constexpr int64_t kSamples = 10;

const FieldPath& Path() {
  static const FieldPath* const path = new FieldPath(FieldPath("e.textproto").Field("training"));
  return *path;
}

std::unique_ptr<Sampler> Make(const Training& training, uint64_t seed = 1) {
  auto sampler = CreateSampler(training, kSamples, RandomStream(seed, "sampling"), Path());
  EXPECT_TRUE(sampler.ok()) << sampler.status();
  return *std::move(sampler);
}

Training Shuffled(int batch_size) {
  Training training;
  training.set_epochs(3);
  training.set_batch_size(batch_size);
  training.mutable_shuffle();
  return training;
}

std::vector<int64_t> Epoch(Sampler& sampler, int64_t epoch) {
  std::vector<int64_t> rows;
  for (int64_t s = 0; s < sampler.steps_per_epoch(); ++s) {
    const auto batch = sampler.Batch(epoch * sampler.steps_per_epoch() + s);
    rows.insert(rows.end(), batch.begin(), batch.end());
  }
  return rows;
}

TEST(ShuffleSampler, VisitsEverySampleOncePerEpochInANewOrder) {
  const auto sampler = Make(Shuffled(4));
  EXPECT_EQ(sampler->steps_per_epoch(), 3);
  std::vector<int64_t> all(kSamples);
  std::iota(all.begin(), all.end(), 0);
  std::set<std::vector<int64_t>> orders;
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<int64_t> rows = Epoch(*sampler, epoch);
    orders.insert(rows);
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, all);
  }
  // The probability of two equal orders of ten samples is 3 / 10!, below 1e-6, and the seed is
  // fixed.
  EXPECT_EQ(orders.size(), 3);
}

// Most of these epochs are longer than the pieces in which random numbers are drawn.
TEST(ShuffleSampler, IsFisherAndYatesForManySamplesToo) {
  for (const int64_t samples : {255, 256, 257, 258, 1000}) {
    const auto sampler =
        CreateSampler(Shuffled(samples), samples, RandomStream(1, "sampling"), Path());
    ASSERT_TRUE(sampler.ok());
    const RandomStream random = RandomStream(1, "sampling").Split(uint64_t{1});
    std::vector<int64_t> expected(samples);
    std::iota(expected.begin(), expected.end(), 0);
    for (uint64_t i = expected.size() - 1; i > 0; --i) {
      std::swap(expected[i], expected[random.UniformInteger(i, i + 1)]);
    }
    EXPECT_EQ(Epoch(**sampler, 1), expected) << samples << " samples";
  }
}

TEST(ShuffleSampler, CutsTheLastBatchShort) {
  const auto sampler = Make(Shuffled(4));
  EXPECT_EQ(sampler->Batch(0).size(), 4);
  EXPECT_EQ(sampler->Batch(2).size(), 2);
  EXPECT_EQ(sampler->batch_size(), 4);
}

TEST(ShuffleSampler, ABatchLargerThanTheSetIsTheSet) {
  const auto sampler = Make(Shuffled(64));
  EXPECT_EQ(sampler->steps_per_epoch(), 1);
  EXPECT_EQ(sampler->Batch(0).size(), kSamples);
}

TEST(ShuffleSampler, IsAFunctionOfTheStepAlone) {
  const auto forward = Make(Shuffled(3));
  const auto backward = Make(Shuffled(3));
  std::vector<std::vector<int64_t>> batches;
  for (int64_t step = 0; step < 12; ++step) {
    const auto batch = forward->Batch(step);
    batches.emplace_back(batch.begin(), batch.end());
  }
  for (int64_t step = 11; step >= 0; --step) {
    const auto batch = backward->Batch(step);
    EXPECT_EQ(std::vector<int64_t>(batch.begin(), batch.end()), batches[step]);
  }
}

TEST(WithReplacementSampler, DrawsUniformlyFromAllSamples) {
  Training training;
  training.set_batch_size(8);
  training.mutable_with_replacement()->set_steps_per_epoch(5);
  const auto sampler = Make(training);
  EXPECT_EQ(sampler->steps_per_epoch(), 5);
  constexpr int64_t kSteps = 5000;
  std::vector<double> counts(kSamples);
  for (int64_t step = 0; step < kSteps; ++step) {
    for (const int64_t row : sampler->Batch(step)) ++counts.at(row);
  }
  // Binomial counts around 4000 have standard deviation 60. The bound is six of them: a false alarm
  // below 1e-7.
  for (const double count : counts) EXPECT_NEAR(count, 8 * kSteps / kSamples, 6 * 60);
}

TEST(WithReplacementSampler, DependsOnTheSeed) {
  Training training;
  training.set_batch_size(16);
  training.mutable_with_replacement()->set_steps_per_epoch(5);
  const auto first = Make(training, 1)->Batch(0);
  const std::vector<int64_t> kept(first.begin(), first.end());
  const auto sampler = Make(training, 2);
  EXPECT_THAT(sampler->Batch(0), testing::Not(testing::ElementsAreArray(kept)));
}

TEST(FullBatchSampler, GivesAllSamplesInOrder) {
  Training training;
  training.mutable_full_batch()->set_steps_per_epoch(7);
  const auto sampler = Make(training);
  EXPECT_EQ(sampler->steps_per_epoch(), 7);
  EXPECT_THAT(sampler->Batch(3), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

class ReplayTest : public testing::Test {
 protected:
  Training Replayed(const std::vector<int64_t>& rows, int64_t batch, int epochs,
                    int64_t steps_per_epoch) {
    const std::string path = testing::TempDir() + "/batches.npy";
    const auto array = MakeNpyArray<int64_t>({static_cast<int64_t>(rows.size()) / batch, batch},
                                             absl::MakeConstSpan(rows));
    EXPECT_TRUE(WriteNpyFile(path, array).ok());
    Training training;
    training.set_epochs(epochs);
    training.mutable_replay()->set_batches(path);
    training.mutable_replay()->set_steps_per_epoch(steps_per_epoch);
    return training;
  }

  std::string Error(const Training& training) {
    const auto sampler = CreateSampler(training, kSamples, RandomStream(1, "sampling"), Path());
    EXPECT_FALSE(sampler.ok());
    return std::string(sampler.status().message());
  }
};

TEST_F(ReplayTest, GivesTheRowsOfTheFileWithoutPadding) {
  const auto sampler = Make(Replayed({1, 2, 3, 9, -1, -1, 0, 0, -1, 5, 6, 7}, 3, 2, 2));
  EXPECT_EQ(sampler->steps_per_epoch(), 2);
  EXPECT_THAT(sampler->Batch(0), ElementsAre(1, 2, 3));
  EXPECT_THAT(sampler->Batch(1), ElementsAre(9));
  EXPECT_THAT(sampler->Batch(2), ElementsAre(0, 0));
  EXPECT_THAT(sampler->Batch(3), ElementsAre(5, 6, 7));
}

TEST_F(ReplayTest, SpreadsAllStepsOverTheEpochsWhenNotTold) {
  EXPECT_EQ(Make(Replayed({1, 2, 3, 4, 5, 6}, 1, 3, 0))->steps_per_epoch(), 2);
}

TEST_F(ReplayTest, DependsOnTheTotalNumberOfEpochsWhenNotTold) {
  EXPECT_TRUE(Make(Replayed({1, 2, 3, 4, 5, 6}, 1, 3, 0))->uses_total_epochs());
  EXPECT_FALSE(Make(Replayed({1, 2, 3, 4, 5, 6}, 1, 3, 2))->uses_total_epochs());
}

TEST_F(ReplayTest, RefusesASampleThatIsNotThere) {
  EXPECT_THAT(Error(Replayed({1, 10}, 1, 1, 0)),
              testing::EndsWith("step 1: must be a sample, 0 to 9, or -1 for none, got 10"));
  EXPECT_THAT(Error(Replayed({1, -2}, 1, 1, 0)),
              testing::EndsWith("step 1: must be a sample, 0 to 9, or -1 for none, got -2"));
}

TEST_F(ReplayTest, RefusesAnEmptyStepAndASampleBehindThePadding) {
  EXPECT_THAT(Error(Replayed({1, 2, -1, -1}, 2, 1, 0)),
              testing::EndsWith("step 1: must have at least 1 sample"));
  EXPECT_THAT(Error(Replayed({1, -1, 2}, 3, 1, 0)),
              testing::EndsWith("step 0: has a sample after -1"));
}

TEST_F(ReplayTest, RefusesAFileThatIsTooShort) {
  EXPECT_EQ(
      Error(Replayed({1, 2, 3}, 1, 2, 2)),
      "e.textproto: training.replay.steps_per_epoch: must be <= 1 (the file has 3 steps for 2 "
      "epochs), got 2");
  EXPECT_EQ(Error(Replayed({1, 2, 3}, 1, 2, 0)),
            "e.textproto: training.replay.steps_per_epoch: must be given, since the 3 steps of the "
            "file are not a multiple of 2 epochs");
}

}  // namespace
}  // namespace didact
