// Tests targets by themselves: the outputs of a teacher are compared with its function, computed
// directly, and the memory of its activations is checked. evaluation_test tests that metrics
// receive the same activations, stored or computed again.

#include "didact/framework/training/targets.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/activation.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/allocation_meter.h"
#include "tests/training/plain_network.h"

namespace didact {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// There are rows of 20 and 3 nodes and of 8 outputs. Each row takes at least one cache line of 64
// bytes.
TEST(TargetBytes, CountOutputsAndActivationsOfEachSample) {
  EXPECT_EQ(TargetOutputBytes<double>(10, 8), 10 * 64);
  EXPECT_EQ(TargetOutputBytes<double>(10, 9), 10 * 72);
  EXPECT_EQ(TargetOutputBytes<float>(10, 9), 10 * 64);
  EXPECT_EQ(TargetActivationBytes<double>(10, {20, 3}), 10 * (160 + 64));
  EXPECT_EQ(TargetActivationBytes<float>(10, {20, 3}), 10 * (80 + 64));
  EXPECT_EQ(TargetActivationBytes<float>(10, {}), 0);
  EXPECT_EQ(TargetActivationBytes<float>(0, {20, 3}), 0);
  // The number of bytes exceeds an int64.
  EXPECT_EQ(TargetOutputBytes<float>(int64_t{1} << 62, int64_t{1} << 62), std::ldexp(1.0, 126));
  EXPECT_EQ(TargetActivationBytes<float>(int64_t{1} << 62, {int64_t{1} << 62, 1}),
            std::ldexp(1.0, 126) + std::ldexp(1.0, 68));
}

template <class T>
double BytesOf(const Matrix<T>& matrix) {
  return static_cast<double>(matrix.rows() * matrix.stride()) * sizeof(T);
}

template <class T>
bool SameBits(const Matrix<T>& a, const Matrix<T>& b) {
  const absl::Span<const T> left = a.storage();
  const absl::Span<const T> right = b.storage();
  return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

template <class T>
class TargetsTest : public testing::Test {
 protected:
  static constexpr int64_t kSamples = 11;

  Targets<T> Compute(int64_t batch, double activation_budget) const {
    absl::StatusOr<Targets<T>> targets =
        ComputeTargets(*teacher_, inputs_, batch, activation_budget);
    EXPECT_TRUE(targets.ok()) << targets.status();
    return *std::move(targets);
  }

  const std::unique_ptr<Network<T>> teacher_ = MakeTanhNetwork<T>(5, {20, 3}, 2, "teacher");
  const Matrix<T> inputs_ = NormalMatrix<T>(kSamples, 5, "inputs");
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(TargetsTest, Precisions);

TYPED_TEST(TargetsTest, AreWhatTheTeacherComputesFromEachSample) {
  using T = TypeParam;
  const double tolerance = std::is_same_v<T, float> ? 1e-5 : 1e-13;
  for (const int64_t batch : {1, 4, 11, 1000}) {
    const Targets<T> targets = this->Compute(batch, kNoLimit);
    EXPECT_EQ(targets.teacher, this->teacher_.get());
    ASSERT_TRUE(targets.has_activations());
    ASSERT_THAT(targets.activations, SizeIs(2));
    const Matrix<T>* const found[] = {&targets.activations[0], &targets.activations[1],
                                      &targets.outputs};
    for (int64_t i = 0; i < this->kSamples; ++i) {
      const auto layers = PlainLayers(*this->teacher_, this->inputs_.row(i));
      for (size_t l = 0; l < 3; ++l) {
        ASSERT_EQ(found[l]->rows(), this->kSamples);
        ASSERT_EQ(found[l]->columns(), static_cast<int64_t>(layers[l].size()));
        for (size_t n = 0; n < layers[l].size(); ++n) {
          EXPECT_NEAR((*found[l])(i, static_cast<int64_t>(n)), static_cast<double>(layers[l][n]),
                      tolerance)
              << "batches of " << batch << ", layer " << l << ", sample " << i << ", node " << n;
        }
      }
    }
  }
}

TYPED_TEST(TargetsTest, HaveTheSameBitsWhateverTheBatchSizeAndTheMemory) {
  using T = TypeParam;
  const Targets<T> whole = this->Compute(11, kNoLimit);
  for (const int64_t batch : {1, 4, 10}) {
    const Targets<T> cut = this->Compute(batch, kNoLimit);
    EXPECT_TRUE(SameBits(cut.outputs, whole.outputs)) << batch;
    for (size_t l = 0; l < 2; ++l) {
      EXPECT_TRUE(SameBits(cut.activations[l], whole.activations[l])) << batch;
    }
    EXPECT_TRUE(SameBits(this->Compute(batch, 0).outputs, whole.outputs)) << batch;
  }
}

// Either all layers are stored or none: storing some of them would not save a pass.
TYPED_TEST(TargetsTest, HaveActivationsIfTheseTakeNoMoreThanTheyMay) {
  using T = TypeParam;
  const double bytes = TargetActivationBytes<T>(this->kSamples, {20, 3});
  const Targets<T> stored = this->Compute(4, bytes);
  EXPECT_TRUE(stored.has_activations());
  double taken = 0;
  for (const Matrix<T>& activations : stored.activations) taken += BytesOf(activations);
  EXPECT_LE(bytes, taken);
  EXPECT_GE(bytes, 0.5 * taken);
  EXPECT_LE(TargetOutputBytes<T>(this->kSamples, 2), BytesOf(stored.outputs));

  for (const double budget : {bytes - 1, TargetActivationBytes<T>(this->kSamples, {20}), 0.0}) {
    const Targets<T> not_stored = this->Compute(4, budget);
    EXPECT_FALSE(not_stored.has_activations()) << budget;
    EXPECT_THAT(not_stored.activations, IsEmpty()) << budget;
  }
}

TYPED_TEST(TargetsTest, OfATeacherWithoutHiddenLayersHaveAllActivations) {
  const auto linear = MakeTanhNetwork<TypeParam>(5, {}, 2, "teacher");
  const auto targets = ComputeTargets(*linear, this->inputs_, 4, /*activation_budget=*/0);
  ASSERT_TRUE(targets.ok()) << targets.status();
  EXPECT_TRUE(targets->has_activations());
}

TYPED_TEST(TargetsTest, OfTheFirstSampleAreCompleteByThemselves) {
  using T = TypeParam;
  for (const double budget : {kNoLimit, 0.0}) {
    const Targets<T> targets = this->Compute(4, budget);
    const Targets<T> first = FirstTarget(targets);
    EXPECT_EQ(first.teacher, targets.teacher);
    EXPECT_EQ(first.has_activations(), targets.has_activations());
    EXPECT_EQ(first.outputs.rows(), 1);
    EXPECT_THAT(first.outputs.row(0), ElementsAreArray(targets.outputs.row(0)));
    ASSERT_EQ(first.activations.size(), targets.activations.size());
    for (size_t l = 0; l < first.activations.size(); ++l) {
      EXPECT_EQ(first.activations[l].rows(), 1);
      EXPECT_THAT(first.activations[l].row(0), ElementsAreArray(targets.activations[l].row(0)));
    }
  }
}

// 1000 samples of 500 nodes take 4 MB, and 40 samples at a time take much less.
TEST(TargetMemory, IsNotTakenForActivationsThatAreNotStored) {
  const auto teacher = MakeTanhNetwork<double>(5, {500}, 2, "teacher");
  const Matrix<double> inputs = NormalMatrix<double>(1000, 5, "inputs");
  const auto peak = [&](double activation_budget) {
    const AllocationMeter meter;
    const auto targets = ComputeTargets(*teacher, inputs, 40, activation_budget);
    EXPECT_TRUE(targets.ok()) << targets.status();
    return meter.peak();
  };
  EXPECT_GE(peak(kNoLimit), 4000000);
  EXPECT_LT(peak(3999999), 1000000);
}

// Sets a flag in the call with number `call`, counted from 1. Each call is for one sample.
class StoppingActivation final : public Activation<double> {
 public:
  StoppingActivation(int64_t call, std::atomic<bool>& stop, int64_t& calls)
      : call_(call), stop_(stop), calls_(calls) {}

  void Apply(absl::Span<const double> pre_activation,
             absl::Span<double> activation) const override {
    std::copy(pre_activation.begin(), pre_activation.end(), activation.begin());
    if (++calls_ == call_) stop_ = true;
  }
  void MultiplyByDerivative(absl::Span<const double>, absl::Span<const double>,
                            absl::Span<double>) const override {}

 private:
  int64_t call_;
  std::atomic<bool>& stop_;
  int64_t& calls_;
};

TEST(TargetStop, ComesBeforeTheNextBatch) {
  const Matrix<double> inputs = NormalMatrix<double>(11, 5, "inputs");
  for (const int64_t call : {1, 3, 10}) {
    std::atomic<bool> stop = false;
    int64_t calls = 0;
    std::vector<HiddenLayerPlan<double>> hidden;
    hidden.push_back(
        {3, {std::make_unique<StoppingActivation>(call, stop, calls), "my.Stopping", FieldPath()}});
    const Network<double> teacher(5, std::move(hidden), 2);
    const auto targets = ComputeTargets(teacher, inputs, 2, kNoLimit, &stop);
    EXPECT_EQ(targets.status().code(), absl::StatusCode::kCancelled) << call;
    EXPECT_EQ(calls, (call + 1) / 2 * 2);
  }
}

}  // namespace
}  // namespace didact
