// Mini-batches with augmentations: what they are, in whatever order they are asked for, and
// whether they were prepared ahead.

#include "didact/framework/training/augmented_batches.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/exception_status.h"
#include "didact/framework/training/sampler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::HasSubstr;

constexpr int64_t kSamples = 10;
constexpr int64_t kFeatures = 3;

// Step s uses the rows s, s + 3, ..., s + 3 s; so mini-batches have different lengths.
class GrowingSampler final : public Sampler {
 public:
  int64_t steps_per_epoch() const override { return 4; }
  int64_t batch_size() const override { return 4; }
  absl::Span<const int64_t> Batch(int64_t step) override {
    rows_.clear();
    for (int64_t i = 0; i <= step % 4; ++i) rows_.push_back((step + 3 * i) % kSamples);
    return rows_;
  }

 private:
  std::vector<int64_t> rows_;
};

// Adds a uniform number to each component.
class AddedNoise final : public Augmentation<double> {
 public:
  explicit AddedNoise(int64_t* calls) : calls_(calls) {}
  void Apply(const RandomStream& random, ArrayView<double> inputs) const override {
    ++*calls_;
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const RandomStream stream = random.Split(static_cast<uint64_t>(i));
      for (int64_t j = 0; j < inputs.shape(1); ++j) {
        inputs(i, j) += stream.Uniform(static_cast<uint64_t>(j));
      }
    }
  }

 private:
  int64_t* calls_;
};

class Doubled final : public Augmentation<double> {
 public:
  void Apply(const RandomStream&, ArrayView<double> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (double& component : inputs.row(i)) component *= 2;
    }
  }
};

// Throws for mini-batches of three samples, those of the steps 2, 6, ...
class ThrowsForThree final : public Augmentation<double> {
 public:
  void Apply(const RandomStream&, ArrayView<double> inputs) const override {
    if (inputs.shape(0) == 3) throw std::runtime_error("no more noise");
  }
};

class AugmentedBatchesTest : public testing::Test {
 protected:
  AugmentedBatchesTest() {
    for (int64_t i = 0; i < kSamples; ++i) {
      for (int64_t j = 0; j < kFeatures; ++j) inputs_(i, j) = static_cast<double>(10 * i + j);
    }
  }

  void Add(std::unique_ptr<Augmentation<double>> augmentation) {
    augmentations_.emplace_back(std::move(augmentation), "my.Augmentation", FieldPath());
  }

  AugmentedBatches<double> Make() { return {inputs_, sampler_, augmentations_, random_}; }

  // Expects the mini-batch of a step: rows of the training set plus noise, doubled.
  void ExpectBatch(int64_t step, const AugmentedBatches<double>::Batch& batch) {
    ASSERT_EQ(batch.rows.size(), static_cast<size_t>(step % 4 + 1));
    ASSERT_EQ(batch.inputs.rows, step % 4 + 1);
    const RandomStream random = random_.Split(static_cast<uint64_t>(step)).Split(uint64_t{0});
    for (int64_t i = 0; i < batch.inputs.rows; ++i) {
      const int64_t row = (step + 3 * i) % kSamples;
      EXPECT_EQ(batch.rows[i], row);
      for (int64_t j = 0; j < kFeatures; ++j) {
        const double noise =
            random.Split(static_cast<uint64_t>(i)).Uniform(static_cast<uint64_t>(j));
        EXPECT_EQ(batch.inputs.view()(i, j), 2 * (inputs_(row, j) + noise))
            << "step " << step << ", row " << i;
      }
    }
  }

  Matrix<double> inputs_ = Matrix<double>(kSamples, kFeatures);
  GrowingSampler sampler_;
  std::vector<ConfiguredPlugin<Augmentation<double>>> augmentations_;
  RandomStream random_ = RandomStream(3, "augmentation");
  int64_t calls_ = 0;
};

TEST_F(AugmentedBatchesTest, AreTheSameInAnyOrderOfSteps) {
  Add(std::make_unique<AddedNoise>(&calls_));
  Add(std::make_unique<Doubled>());
  AugmentedBatches<double> batches = Make();
  for (const int64_t step : {0, 1, 2, 2, 7, 3, 0}) ExpectBatch(step, batches.Get(step));
  EXPECT_EQ(calls_, 7);
}

TEST_F(AugmentedBatchesTest, ArePreparedAheadOnce) {
  Add(std::make_unique<AddedNoise>(&calls_));
  Add(std::make_unique<Doubled>());
  AugmentedBatches<double> batches = Make();
  for (int64_t step = 0; step < 8; ++step) {
    const AugmentedBatches<double>::Batch batch = batches.Get(step);
    batches.PrepareAhead();
    EXPECT_EQ(calls_, step + 2);
    // The mini-batch of this step is still what it was.
    ExpectBatch(step, batch);
  }
}

TEST_F(AugmentedBatchesTest, AreTheSameAfterAnotherOneWasPreparedAhead) {
  Add(std::make_unique<AddedNoise>(&calls_));
  Add(std::make_unique<Doubled>());
  AugmentedBatches<double> batches = Make();
  batches.Get(3);
  batches.PrepareAhead();
  ExpectBatch(1, batches.Get(1));
  batches.PrepareAhead();
  ExpectBatch(2, batches.Get(2));
  ExpectBatch(4, batches.Get(4));
}

TEST_F(AugmentedBatchesTest, ThrowWhatAugmentationsThrowAtTheirOwnStep) {
  Add(std::make_unique<ThrowsForThree>());
  AugmentedBatches<double> batches = Make();
  for (const int64_t step : {0, 1}) {
    EXPECT_EQ(batches.Get(step).inputs.rows, step + 1);
    batches.PrepareAhead();
  }
  try {
    batches.Get(2);
    FAIL() << "no exception";
  } catch (const PluginException& exception) {
    EXPECT_THAT(std::string(exception.status().message()),
                HasSubstr("plugin my.Augmentation threw an exception in Apply: no more noise"));
  }
  EXPECT_THROW(Make().Get(2), PluginException);
  EXPECT_EQ(batches.Get(3).inputs.rows, 4);
}

}  // namespace
}  // namespace didact
