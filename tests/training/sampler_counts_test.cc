// Tests samplers over many epochs: the number of times that each sample is at each place.
//
// If samples are drawn, counts are compared with those of uniform draws by Pearson's chi-square. A
// statistic of k degrees of freedom exceeds k + 2 sqrt(k x) + 2 x with a probability below exp(-x)
// (Laurent and Massart, Annals of Statistics 28 (2000), lemma 1): x = log(1e9) is a false alarm of
// 1e-9 for a test and a seed, and the seeds are fixed.

#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/training/sampler.h"
#include "didact/protos/training.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

constexpr int64_t kSamples = 10;
constexpr int64_t kBatch = 4;
constexpr int64_t kEpochs = 20000;

// Counts of pairs of numbers below `size`.
class Counts {
 public:
  explicit Counts(int64_t size) : size_(size), counts_(static_cast<size_t>(size * size)) {}

  void Add(int64_t a, int64_t b) {
    ++counts_.at(static_cast<size_t>(a * size_ + b));
    ++total_;
  }
  double At(int64_t a, int64_t b) const { return counts_.at(static_cast<size_t>(a * size_ + b)); }

  // Returns the sum over all cells of (count - expected)^2 / expected. `skips_equal`: the cells of
  // two equal numbers are left out, and expected to be empty.
  double ChiSquare(bool skips_equal = false) const {
    const double cells = static_cast<double>(size_ * (size_ - (skips_equal ? 1 : 0)));
    const double expected = total_ / cells;
    double sum = 0;
    for (int64_t a = 0; a < size_; ++a) {
      for (int64_t b = 0; b < size_; ++b) {
        if (skips_equal && a == b) {
          EXPECT_EQ(At(a, b), 0) << a;
        } else {
          sum += (At(a, b) - expected) * (At(a, b) - expected) / expected;
        }
      }
    }
    return sum;
  }

 private:
  int64_t size_;
  std::vector<double> counts_;
  double total_ = 0;
};

// Returns the bound that a chi-square statistic exceeds for only one of 1e9 seeds.
double Bound(double degrees) {
  const double x = std::log(1e9);
  return degrees + 2 * std::sqrt(degrees * x) + 2 * x;
}

std::unique_ptr<Sampler> Make(const Training& training, int64_t samples = kSamples,
                              uint64_t seed = 1) {
  auto sampler = CreateSampler(training, samples, RandomStream(seed, "sampling"), FieldPath());
  EXPECT_TRUE(sampler.ok()) << sampler.status();
  return *std::move(sampler);
}

// Returns the rows of an epoch, mini-batch after mini-batch.
std::vector<int64_t> Epoch(Sampler& sampler, int64_t epoch) {
  std::vector<int64_t> rows;
  for (int64_t step = 0; step < sampler.steps_per_epoch(); ++step) {
    const auto batch = sampler.Batch(epoch * sampler.steps_per_epoch() + step);
    rows.insert(rows.end(), batch.begin(), batch.end());
  }
  return rows;
}

Training Shuffled(int64_t batch_size = kBatch) {
  Training training;
  training.set_batch_size(static_cast<int32_t>(batch_size));
  training.mutable_shuffle();
  return training;
}

Training WithReplacementOf(int64_t batch_size, int64_t steps_per_epoch) {
  Training training;
  training.set_batch_size(static_cast<int32_t>(batch_size));
  training.mutable_with_replacement()->set_steps_per_epoch(steps_per_epoch);
  return training;
}

// The counts of n places by n samples are sums of random permutation matrices: their statistic,
// times (n - 1) / n, has (n - 1)^2 degrees of freedom.
void ExpectSumOfPermutations(const Counts& counts) {
  constexpr double kOthers = kSamples - 1;
  EXPECT_LT(counts.ChiSquare() * kOthers / kSamples, Bound(kOthers * kOthers));
}

TEST(ShuffleCounts, EverySampleStandsAtEveryPlaceEquallyOften) {
  const auto sampler = Make(Shuffled());
  Counts counts(kSamples);
  for (int64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const std::vector<int64_t> rows = Epoch(*sampler, epoch);
    ASSERT_EQ(rows.size(), kSamples);
    for (int64_t place = 0; place < kSamples; ++place) counts.Add(place, rows[place]);
  }
  ExpectSumOfPermutations(counts);
}

TEST(ShuffleCounts, EverySampleFollowsEveryOtherEquallyOften) {
  const auto sampler = Make(Shuffled());
  // Only one pair of places is tested at a time, since the pairs of one epoch depend on each other.
  for (const int64_t place : {int64_t{0}, kSamples - 2}) {
    Counts counts(kSamples);
    for (int64_t epoch = 0; epoch < kEpochs; ++epoch) {
      const std::vector<int64_t> rows = Epoch(*sampler, epoch);
      counts.Add(rows[place], rows[place + 1]);
    }
    EXPECT_LT(counts.ChiSquare(/*skips_equal=*/true), Bound(kSamples * (kSamples - 1) - 1));
  }
}

// The order of one epoch, relative to that of the next, is a random permutation too.
TEST(ShuffleCounts, AnEpochDoesNotDependOnTheOneBefore) {
  const auto sampler = Make(Shuffled());
  Counts counts(kSamples);
  std::vector<int64_t> place_before(kSamples);
  for (int64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const std::vector<int64_t> rows = Epoch(*sampler, epoch);
    for (int64_t place = 0; epoch > 0 && place < kSamples; ++place) {
      counts.Add(place_before[rows[place]], place);
    }
    for (int64_t place = 0; place < kSamples; ++place) place_before[rows[place]] = place;
  }
  ExpectSumOfPermutations(counts);
}

// Off-by-one errors of a shuffle are visible for small sets: all orders must be equally frequent.
TEST(ShuffleCounts, EveryOrderOfThreeSamplesIsEquallyFrequent) {
  const auto sampler = Make(Shuffled(2), 3);
  std::map<std::vector<int64_t>, double> counts;
  for (int64_t epoch = 0; epoch < kEpochs; ++epoch) ++counts[Epoch(*sampler, epoch)];
  ASSERT_EQ(counts.size(), 6);
  double statistic = 0;
  for (const auto& [order, count] : counts) {
    statistic += (count - kEpochs / 6.0) * (count - kEpochs / 6.0) / (kEpochs / 6.0);
  }
  EXPECT_LT(statistic, Bound(5));
}

// Draws at one place, at neighbouring places and in neighbouring epochs are independent.
TEST(WithReplacementCounts, EverySampleIsDrawnEquallyOftenAtEveryPlaceWhateverWasDrawnBefore) {
  constexpr int64_t kSteps = 2;
  constexpr int64_t kPlaces = 5 * kSteps;  // an odd mini-batch, since draws are made in pairs
  static_assert(kPlaces == kSamples);
  const auto sampler = Make(WithReplacementOf(5, kSteps));
  Counts places(kSamples);
  std::vector<Counts> pairs(kPlaces, Counts(kSamples));
  Counts epochs(kSamples);
  std::vector<int64_t> before;
  for (int64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const std::vector<int64_t> rows = Epoch(*sampler, epoch);
    ASSERT_EQ(rows.size(), kPlaces);
    for (int64_t place = 0; place < kPlaces; ++place) {
      places.Add(place, rows[place]);
      if (place > 0) pairs[place].Add(rows[place - 1], rows[place]);
    }
    if (epoch % 2 == 1) epochs.Add(before[0], rows[0]);
    before = rows;
  }
  EXPECT_LT(places.ChiSquare(), Bound(kPlaces * (kSamples - 1)));
  for (int64_t place = 1; place < kPlaces; ++place) {
    EXPECT_LT(pairs[place].ChiSquare(), Bound(kSamples * kSamples - 1)) << place;
  }
  EXPECT_LT(epochs.ChiSquare(), Bound(kSamples * kSamples - 1));
}

TEST(FullBatchCounts, EverySampleStandsAtItsOwnPlaceInEveryStep) {
  Training training;
  training.mutable_full_batch()->set_steps_per_epoch(3);
  const auto sampler = Make(training);
  Counts counts(kSamples);
  for (int64_t step = 0; step < 3 * 100; ++step) {
    const auto batch = sampler->Batch(step);
    ASSERT_EQ(batch.size(), kSamples);
    for (int64_t place = 0; place < kSamples; ++place) counts.Add(place, batch[place]);
  }
  for (int64_t place = 0; place < kSamples; ++place) EXPECT_EQ(counts.At(place, place), 300);
}

// In the file, every sample is once at every place of an epoch, including its last step.
TEST(ReplayCounts, EverySampleStandsWhereTheFileHasIt) {
  std::vector<int64_t> file;
  for (int64_t epoch = 0; epoch < kSamples; ++epoch) {
    for (int64_t place = 0; place < 12; ++place) {
      file.push_back(place < kSamples ? (place * 3 + epoch) % kSamples : -1);
    }
  }
  const std::string path = testing::TempDir() + "/replay_counts.npy";
  ASSERT_TRUE(WriteNpyFile(path, MakeNpyArray<int64_t>({3 * kSamples, 4}, file)).ok());
  Training training;
  training.set_epochs(kSamples);
  training.mutable_replay()->set_batches(path);
  const auto sampler = Make(training);
  ASSERT_EQ(sampler->steps_per_epoch(), 3);
  Counts counts(kSamples);
  for (int64_t epoch = 0; epoch < kSamples; ++epoch) {
    const std::vector<int64_t> rows = Epoch(*sampler, epoch);
    ASSERT_EQ(rows.size(), kSamples);
    for (int64_t place = 0; place < kSamples; ++place) {
      EXPECT_EQ(rows[place], (place * 3 + epoch) % kSamples);
      counts.Add(place, rows[place]);
    }
  }
  for (int64_t place = 0; place < kSamples; ++place) {
    for (int64_t sample = 0; sample < kSamples; ++sample) {
      EXPECT_EQ(counts.At(place, sample), 1) << place << " " << sample;
    }
  }
}

// Compares with the lines of mini_batches.txt, which random_reference.py computes. An intended
// change of samplers must also be made in that program, which then writes the file anew.
TEST(Samplers, GiveTheGoldenMiniBatches) {
  std::ifstream file("tests/training/mini_batches.txt");
  int64_t lines = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.front() == '#') continue;
    std::istringstream fields(line);
    std::string kind;
    uint64_t seed = 0;
    int64_t samples = 0, batch_size = 0, step = 0;
    fields >> kind >> seed >> samples >> batch_size >> step;
    std::vector<int64_t> rows;
    for (int64_t row = 0; fields >> row;) rows.push_back(row);
    const auto sampler = Make(
        kind == "shuffle" ? Shuffled(batch_size) : WithReplacementOf(batch_size, 3), samples, seed);
    EXPECT_THAT(sampler->Batch(step), testing::ElementsAreArray(rows)) << line;
    ++lines;
  }
  EXPECT_GT(lines, 50);
}

}  // namespace
}  // namespace didact
