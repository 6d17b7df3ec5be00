// Verifies that the suite finds losses that break a promise.

#include <cmath>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "didact/framework/plugin/loss.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::Contains;
using testing::ElementsAre;

// The square of the student's outputs, summed.
template <class T, class Plugin>
struct SumOfSquaredOutputs : Buildable<LossFunction<T>, Plugin> {
  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (const T output : batch.student_outputs.row(i))
        sum += static_cast<double>(output) * output;
    }
    return sum;
  }
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t k = 0; k < gradient.shape(1); ++k) {
        gradient(i, k) = 2 * batch.student_outputs(i, k) / static_cast<T>(Divisor(batch));
      }
    }
    return this->Sum(batch);
  }
  virtual int64_t Divisor(const LossBatch<T>& batch) const {
    return batch.student_outputs.shape(0);
  }
};

template <class T>
struct SharesABufferLoss : Buildable<LossFunction<T>, SharesABufferLoss<T>> {
  double Sum(const LossBatch<T>& batch) const override { return Compute(batch, {}); }
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    return Compute(batch, gradient);
  }
  double Compute(const LossBatch<T>& batch, ArrayView<T> gradient) const {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (int64_t k = 0; k < batch.student_outputs.shape(1); ++k) {
        const T output = buffer.Pass(batch.student_outputs(i, k));
        sum += static_cast<double>(output) * output;
        if (gradient.empty()) continue;
        gradient(i, k) = 2 * output / static_cast<T>(batch.student_outputs.shape(0));
      }
    }
    return sum;
  }
  SharedBuffer<T> buffer;
};

TEST(WrongLoss, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferLoss, SharesABufferLoss>()),
              ElementsAre("concurrent"));
}

// Leaves out what is not a number.
template <class T>
struct IgnoresNanLoss : SumOfSquaredOutputs<T, IgnoresNanLoss<T>> {
  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (const T output : batch.student_outputs.row(i)) {
        if (!std::isnan(output)) sum += static_cast<double>(output) * output;
      }
    }
    return sum;
  }
};

// A sum of a function of each output.
template <class T, class Plugin>
struct SumOverOutputs : Buildable<LossFunction<T>, Plugin> {
  virtual T Value(T output) const = 0;
  virtual T Derivative(T output) const = 0;
  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (const T output : batch.student_outputs.row(i)) sum += Value(output);
    }
    return sum;
  }
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t k = 0; k < gradient.shape(1); ++k) {
        gradient(i, k) =
            Derivative(batch.student_outputs(i, k)) / static_cast<T>(gradient.shape(0));
      }
    }
    return this->Sum(batch);
  }
};

// log(1 + exp(y)), whose exponential overflows although the value does not.
template <class T>
struct OverflowsLoss : SumOverOutputs<T, OverflowsLoss<T>> {
  T Value(T output) const override { return std::log1p(std::exp(output)); }
  T Derivative(T output) const override { return 1 / (1 + std::exp(-output)); }
};

// The exponential function itself grows beyond all numbers, which is no fault.
template <class T>
struct ExponentialLoss : SumOverOutputs<T, ExponentialLoss<T>> {
  T Value(T output) const override { return std::exp(output); }
  T Derivative(T output) const override { return std::exp(output); }
};

TEST(WrongLoss, ThatIgnoresNanIsFound) {
  EXPECT_THAT((FailuresOf<test::IgnoresNanLoss, IgnoresNanLoss>()), ElementsAre("nan"));
}

TEST(WrongLoss, ForLargeOutputsIsFound) {
  EXPECT_THAT((FailuresOf<test::OverflowsLoss, OverflowsLoss>()), Contains("far"));
  EXPECT_THAT((FailuresOf<test::ExponentialLoss, ExponentialLoss>()),
              testing::Not(Contains("far")));
}

template <class T>
struct GradientOfTheSumLoss : SumOfSquaredOutputs<T, GradientOfTheSumLoss<T>> {
  int64_t Divisor(const LossBatch<T>&) const override { return 1; }
};

template <class T>
struct MeanAsSumLoss : SumOfSquaredOutputs<T, MeanAsSumLoss<T>> {
  double Sum(const LossBatch<T>& batch) const override {
    return SumOfSquaredOutputs<T, MeanAsSumLoss<T>>::Sum(batch) /
           static_cast<double>(batch.student_outputs.shape(0));
  }
};

template <class T>
struct WrongFactorLoss : SumOfSquaredOutputs<T, WrongFactorLoss<T>> {
  std::optional<double> SquaredErrorFactor(int64_t) const override { return 1; }
};

template <class T>
struct AddsToTheGradientLoss : SumOfSquaredOutputs<T, AddsToTheGradientLoss<T>> {
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t k = 0; k < gradient.shape(1); ++k) {
        gradient(i, k) +=
            2 * batch.student_outputs(i, k) / static_cast<T>(batch.student_outputs.shape(0));
      }
    }
    return this->Sum(batch);
  }
};

template <class T>
struct TwoSumsLoss : SumOfSquaredOutputs<T, TwoSumsLoss<T>> {
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    return 2 * SumOfSquaredOutputs<T, TwoSumsLoss<T>>::SumAndGradient(batch, gradient);
  }
};

template <class T>
struct ComparesWithNothingLoss : SumOfSquaredOutputs<T, ComparesWithNothingLoss<T>> {
  std::vector<LossTargets> targets() const override { return {}; }
};

template <class T>
struct ReadsBothKindsOfTargetsLoss : SumOfSquaredOutputs<T, ReadsBothKindsOfTargetsLoss<T>> {
  std::vector<LossTargets> targets() const override { return {{.teacher = true, .array = true}}; }
};

template <class T>
struct NeedsLabelsInFloatLoss : SumOfSquaredOutputs<T, NeedsLabelsInFloatLoss<T>> {
  std::vector<LossTargets> targets() const override {
    return {{.labels = std::is_same_v<T, float>}};
  }
};

// Correct with targets. With labels, the gradient lacks them.
template <class T>
struct WrongForLabelsLoss : SumOfSquaredOutputs<T, WrongForLabelsLoss<T>> {
  std::vector<LossTargets> targets() const override {
    return {{.teacher = true}, {.array = true}, {.labels = true}};
  }
  double Sum(const LossBatch<T>& batch) const override {
    double sum = SumOfSquaredOutputs<T, WrongForLabelsLoss<T>>::Sum(batch);
    for (size_t i = 0; i < batch.labels.size(); ++i) {
      sum -= batch.student_outputs(static_cast<int64_t>(i), batch.labels[i]);
    }
    return sum;
  }
};

TEST(WrongLoss, ThatNamesNoTargetsThatThereCanBeIsFound) {
  EXPECT_THAT((FailuresOf<test::ComparesWithNothing, ComparesWithNothingLoss>()),
              ElementsAre("targets"));
  EXPECT_THAT((FailuresOf<test::ReadsBothKindsOfTargets, ReadsBothKindsOfTargetsLoss>()),
              ElementsAre("targets"));
  EXPECT_THAT((FailuresOf<test::NeedsLabelsInFloat, NeedsLabelsInFloatLoss>()),
              ElementsAre("targets"));
}

TEST(WrongLoss, ThatIsRightForItsFirstTargetsAloneIsFound) {
  EXPECT_THAT((FailuresOf<test::WrongForLabels, WrongForLabelsLoss>()), ElementsAre("gradient"));
}

TEST(WrongLoss, IsFound) {
  EXPECT_THAT((FailuresOf<test::GradientOfTheSum, GradientOfTheSumLoss>()),
              ElementsAre("gradient", "any_split"));
  EXPECT_THAT((FailuresOf<test::MeanAsSum, MeanAsSumLoss>()), ElementsAre("gradient", "any_split"));
  EXPECT_THAT((FailuresOf<test::WrongFactor, WrongFactorLoss>()), ElementsAre("factor"));
  EXPECT_THAT((FailuresOf<test::AddsToTheGradient, AddsToTheGradientLoss>()),
              ElementsAre("gradient"));
  EXPECT_THAT((FailuresOf<test::TwoSums, TwoSumsLoss>()), ElementsAre("sums"));
}

}  // namespace
}  // namespace didact
