// Tests samples by themselves: a data set is read in pieces, augmented, checked and labelled.

#include "didact/framework/training/samples.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/training/plain_network.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

TEST(FeaturesOf, IsTheProductOfAllExtents) {
  EXPECT_EQ(*FeaturesOf({7}, FieldPath()), 7);
  EXPECT_EQ(*FeaturesOf({3, 4, 5}, FieldPath()), 60);
  EXPECT_EQ(*FeaturesOf({1, 1, 1}, FieldPath()), 1);
  EXPECT_EQ(*FeaturesOf({std::numeric_limits<int64_t>::max(), 1, 1}, FieldPath()),
            std::numeric_limits<int64_t>::max());
}

// A row takes at least one cache line of 64 bytes.
TEST(SamplesBytes, CountTheInputsOfEachSample) {
  EXPECT_EQ(SamplesBytes<double>(10, 9), 10 * 72);
  EXPECT_EQ(SamplesBytes<float>(10, 9), 10 * 64);
  EXPECT_EQ(SamplesBytes<float>(0, 9), 0);
  // The number of bytes exceeds an int64.
  EXPECT_EQ(SamplesBytes<float>(int64_t{1} << 62, int64_t{1} << 62), std::ldexp(1.0, 126));
}

TEST(SamplesBytes, AreNotMoreThanSamplesTake) {
  const Matrix<double> inputs(10, 9);
  const double taken = static_cast<double>(inputs.rows() * inputs.stride()) * sizeof(double);
  EXPECT_LE(SamplesBytes<double>(10, 9), taken);
  EXPECT_GE(SamplesBytes<double>(10, 9), 0.5 * taken);
}

// Component j of sample i is i + j / 65536, which a float represents exactly; the class of sample i
// is 2 i, and element k of its target 10 i + k. Records the pieces in which it is read.
template <class T>
class NumberedDataset final : public Dataset<T> {
 public:
  struct Behaviour {
    bool has_labels = false;
    std::function<absl::Status(int64_t first)> in_read = nullptr;
    absl::Status labels = absl::OkStatus();
    int64_t target_size = 0;
    T last_target = 0;  // replaces the last element of the last target if it is not 0
  };

  NumberedDataset(int64_t size, int64_t dimension, Behaviour behaviour)
      : size_(size), dimension_(dimension), behaviour_(std::move(behaviour)) {}

  std::vector<int64_t> sample_shape() const override { return {dimension_}; }
  int64_t size() const override { return size_; }
  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    pieces.emplace_back(first, inputs.shape(0));
    EXPECT_EQ(inputs.shape(1), dimension_);
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (int64_t j = 0; j < dimension_; ++j) inputs(i, j) = Component(first + i, j);
    }
    return behaviour_.in_read ? behaviour_.in_read(first) : absl::OkStatus();
  }
  bool has_labels() const override { return behaviour_.has_labels; }
  absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const override {
    for (size_t i = 0; i < labels.size(); ++i) labels[i] = 2 * (first + static_cast<int64_t>(i));
    return behaviour_.labels;
  }
  int64_t target_size() const override { return behaviour_.target_size; }
  absl::Status ReadTargets(int64_t first, ArrayView<T> targets) const override {
    EXPECT_EQ(targets.shape(1), behaviour_.target_size);
    for (int64_t i = 0; i < targets.shape(0); ++i) {
      for (int64_t k = 0; k < targets.shape(1); ++k) {
        const bool is_last = first + i == size_ - 1 && k == targets.shape(1) - 1;
        targets(i, k) = is_last && behaviour_.last_target != 0
                            ? behaviour_.last_target
                            : static_cast<T>(10 * (first + i) + k);
      }
    }
    return absl::OkStatus();
  }

  static T Component(int64_t i, int64_t j) {
    return static_cast<T>(static_cast<double>(i) + static_cast<double>(j) / 65536);
  }

  using Piece = std::pair<int64_t, int64_t>;  // first sample and number of samples

  mutable std::vector<Piece> pieces;

 private:
  int64_t size_;
  int64_t dimension_;
  Behaviour behaviour_;
};

// Maps x to factor x + term in every component. Records its calls.
template <class T>
class AffineAugmentation final : public Augmentation<T> {
 public:
  struct Calls {
    std::vector<int64_t> rows;
    std::vector<RandomStream> random;
  };

  AffineAugmentation(T factor, T term, Calls& calls)
      : factor_(factor), term_(term), calls_(calls) {}

  void Apply(const RandomStream& random, ArrayView<T> inputs) const override {
    calls_.rows.push_back(inputs.shape(0));
    calls_.random.push_back(random);
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (T& component : inputs.row(i)) component = factor_ * component + term_;
    }
  }

 private:
  T factor_;
  T term_;
  Calls& calls_;
};

template <class T>
class SamplesTest : public testing::Test {
 protected:
  using Data = NumberedDataset<T>;
  using Calls = typename AffineAugmentation<T>::Calls;

  // Returns a data set at train_data; `data_` points to it.
  ConfiguredPlugin<Dataset<T>> MakeData(int64_t size, int64_t dimension,
                                        typename Data::Behaviour behaviour = {}) {
    auto data = std::make_unique<Data>(size, dimension, std::move(behaviour));
    data_ = data.get();
    return {std::move(data), "my.Numbered", FieldPath("e").Field("train_data")};
  }

  void AddAugmentation(T factor, T term) {
    augmentations_.emplace_back(
        std::make_unique<AffineAugmentation<T>>(factor, term, *calls_[augmentations_.size()]),
        "my.Affine", FieldPath("e").Field("eval_augmentation"));
  }

  absl::StatusOr<Samples<T>> Read(const ConfiguredPlugin<Dataset<T>>& data, int64_t size,
                                  int64_t dimension, StopFlag stop = nullptr) {
    return ReadSamples(data, size, dimension,
                       absl::Span<const ConfiguredPlugin<Augmentation<T>>>(augmentations_), random_,
                       stop);
  }

  const RandomStream random_ = RandomStream(5, "augmentation");
  Calls first_calls_;
  Calls second_calls_;
  const std::vector<Calls*> calls_ = {&first_calls_, &second_calls_};
  std::vector<ConfiguredPlugin<Augmentation<T>>> augmentations_;
  const Data* data_ = nullptr;
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SamplesTest, Precisions);

// With 30000 features a piece has two samples, with 70000 one, and with 5 all samples.
TYPED_TEST(SamplesTest, AreReadOnceInOrderAndInPiecesThatMemoryCanSpare) {
  constexpr int64_t kSize = 7;
  for (const int64_t dimension : {5, 30000, 70000}) {
    const auto data = this->MakeData(kSize, dimension);
    const auto samples = this->Read(data, kSize, dimension);
    ASSERT_TRUE(samples.ok()) << samples.status();
    int64_t read = 0;
    for (const auto& [first, count] : this->data_->pieces) {
      EXPECT_EQ(first, read);
      EXPECT_TRUE(count == 1 || count * dimension <= 65536) << count;
      read += count;
    }
    EXPECT_EQ(read, kSize);
    EXPECT_EQ(samples->size(), kSize);
    ASSERT_EQ(samples->inputs.columns(), dimension);
    for (int64_t i = 0; i < kSize; ++i) {
      for (int64_t j = 0; j < dimension; ++j) {
        ASSERT_EQ(samples->inputs(i, j), NumberedDataset<TypeParam>::Component(i, j))
            << "component " << j << " of sample " << i;
      }
    }
    EXPECT_THAT(samples->labels, IsEmpty());
  }
}

// A data set that draws its inputs gives the same bits in pieces and at once.
TYPED_TEST(SamplesTest, InPiecesAreTheBitsOfOneRead) {
  using T = TypeParam;
  constexpr int64_t kSize = 9;
  constexpr int64_t kDimension = 20001;
  Experiment config;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "train_data { [type.googleapis.com/didact.GaussianInputs] { dimension: 20001 size: 9 "
      "stddev: 1.5 } }",
      &config));
  const auto make = [&config] {
    auto data = BuiltinRegistry().Create<Dataset<T>>(config.train_data(), FieldPath());
    EXPECT_TRUE(data.ok()) << data.status();
    EXPECT_EQ((*data)->Prepare({RandomStream(3, "train_data"), {}}), absl::OkStatus());
    return *std::move(data);
  };
  const ConfiguredPlugin<Dataset<T>> data(make(), "didact.GaussianInputs", FieldPath());
  const auto samples = this->Read(data, kSize, kDimension);
  ASSERT_TRUE(samples.ok()) << samples.status();
  std::vector<T> at_once(kSize * kDimension);
  ASSERT_EQ(make()->Read(0, ArrayView<T>(at_once.data(), {kSize, kDimension})), absl::OkStatus());
  for (int64_t i = 0; i < kSize; ++i) {
    EXPECT_TRUE(std::equal(samples->inputs.row(i).begin(), samples->inputs.row(i).end(),
                           at_once.begin() + i * kDimension))
        << "sample " << i;
  }
}

TYPED_TEST(SamplesTest, AreAugmentedInOrderAllAtOnceAndEachTimeFromAStreamOfItsOwn) {
  constexpr int64_t kSize = 7;
  constexpr int64_t kDimension = 30000;  // read in several pieces
  this->AddAugmentation(1, 16);
  this->AddAugmentation(2, 0);
  const auto data = this->MakeData(kSize, kDimension);
  const auto samples = this->Read(data, kSize, kDimension);
  ASSERT_TRUE(samples.ok()) << samples.status();
  for (const int64_t i : {int64_t{0}, int64_t{3}, kSize - 1}) {
    const TypeParam before = NumberedDataset<TypeParam>::Component(i, 256);
    EXPECT_EQ(samples->inputs(i, 256), 2 * (before + 16));
  }
  // An augmentation must treat row r as sample r, whose random numbers are random.Split(r).
  EXPECT_THAT(this->first_calls_.rows, ElementsAre(kSize));
  EXPECT_THAT(this->second_calls_.rows, ElementsAre(kSize));
  EXPECT_EQ(this->first_calls_.random[0].Bits(0), this->random_.Split(uint64_t{0}).Bits(0));
  EXPECT_EQ(this->second_calls_.random[0].Bits(0), this->random_.Split(uint64_t{1}).Bits(0));
}

// Inputs are checked after the augmentations.
TYPED_TEST(SamplesTest, MustBeFiniteAfterTheirAugmentations) {
  const TypeParam huge = std::numeric_limits<TypeParam>::max();
  this->AddAugmentation(huge, 0);
  this->AddAugmentation(huge, 0);
  const auto data = this->MakeData(5, 3);
  // Component 0 of sample 0 remains 0.
  EXPECT_THAT(this->Read(data, 5, 3).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "e: train_data: inputs must be finite, got inf for feature 1 of sample 0"));
}

TYPED_TEST(SamplesTest, HaveTheLabelsOfAllSamples) {
  const auto data = this->MakeData(7, 30000, {.has_labels = true});
  const auto samples = this->Read(data, 7, 30000);
  ASSERT_TRUE(samples.ok()) << samples.status();
  EXPECT_THAT(samples->labels, ElementsAre(0, 2, 4, 6, 8, 10, 12));
}

TYPED_TEST(SamplesTest, HaveTheTargetsOfAllSamplesAsTheyAre) {
  this->AddAugmentation(2, 1);  // of inputs alone
  for (const int64_t target_size : {1, 3, 40000}) {
    const auto data = this->MakeData(7, 5, {.target_size = target_size});
    const auto samples = this->Read(data, 7, 5);
    ASSERT_TRUE(samples.ok()) << samples.status();
    ASSERT_EQ(samples->targets.rows(), 7);
    ASSERT_EQ(samples->targets.columns(), target_size);
    for (int64_t i = 0; i < 7; ++i) {
      EXPECT_EQ(samples->targets(i, 0), 10 * i);
      EXPECT_EQ(samples->targets(i, target_size - 1), 10 * i + target_size - 1);
    }
    this->augmentations_.clear();
  }
  const auto without = this->MakeData(7, 5);
  EXPECT_TRUE(this->Read(without, 7, 5)->targets.empty());
}

TYPED_TEST(SamplesTest, MustHaveTargetsThatAreFinite) {
  const auto data = this->MakeData(
      7, 5, {.target_size = 3, .last_target = std::numeric_limits<TypeParam>::infinity()});
  EXPECT_THAT(
      this->Read(data, 7, 5).status(),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "e: train_data: targets must be finite, got inf for element 2 of sample 6"));
}

TYPED_TEST(SamplesTest, HaveTheErrorsOfTheirDataSetWithItsPlace) {
  const auto unreadable = this->MakeData(
      7, 30000, {.in_read = [](int64_t first) {
        return first < 4 ? absl::OkStatus() : absl::DataLossError("sample 4 is gone");
      }});
  EXPECT_THAT(this->Read(unreadable, 7, 30000).status(),
              FailsWith(absl::StatusCode::kDataLoss, "e: train_data: sample 4 is gone"));
  const auto unlabeled =
      this->MakeData(7, 3, {.has_labels = true, .labels = absl::DataLossError("labels are gone")});
  EXPECT_THAT(this->Read(unlabeled, 7, 3).status(),
              FailsWith(absl::StatusCode::kDataLoss, "e: train_data: labels are gone"));
}

TYPED_TEST(SamplesTest, AreNotReadToTheirEndOrAugmentedAfterAStop) {
  std::atomic<bool> stop = false;
  const auto stop_at = [&stop](int64_t wanted) {
    stop = false;
    return [&stop, wanted](int64_t first) {
      if (first == wanted) stop = true;
      return absl::OkStatus();
    };
  };
  this->AddAugmentation(1, 0);
  const auto early = this->MakeData(7, 30000, {.in_read = stop_at(2)});
  EXPECT_EQ(this->Read(early, 7, 30000, &stop).status().code(), absl::StatusCode::kCancelled);
  using Piece = typename NumberedDataset<TypeParam>::Piece;
  EXPECT_THAT(this->data_->pieces, ElementsAre(Piece(0, 2), Piece(2, 2)));
  const auto late = this->MakeData(7, 30000, {.in_read = stop_at(6)});
  EXPECT_EQ(this->Read(late, 7, 30000, &stop).status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(this->first_calls_.rows, IsEmpty());
}

TYPED_TEST(SamplesTest, HaveAFirstOneThatIsCompleteByItself) {
  using T = TypeParam;
  Samples<T> samples;
  samples.inputs = NormalMatrix<T>(11, 5, "inputs");
  EXPECT_THAT(FirstSample(samples).labels, IsEmpty());
  EXPECT_TRUE(FirstSample(samples).targets.empty());
  samples.targets = NormalMatrix<T>(11, 2, "targets");
  samples.labels.resize(11);
  std::iota(samples.labels.begin(), samples.labels.end(), 8);

  const Samples<T> first = FirstSample(samples);
  EXPECT_EQ(first.size(), 1);
  EXPECT_THAT(first.labels, ElementsAre(8));
  EXPECT_THAT(first.inputs.row(0), ElementsAreArray(samples.inputs.row(0)));
  EXPECT_EQ(first.targets.rows(), 1);
  EXPECT_THAT(first.targets.row(0), ElementsAreArray(samples.targets.row(0)));
}

}  // namespace
}  // namespace didact
