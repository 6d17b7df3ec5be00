// Compares both squared errors with hand-computed values and finite differences, and those of labels
// with those of one-hot targets.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/plugin/loss.h"
#include "didact/plugins/losses/losses.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"

namespace didact {
namespace {

using testing::ElementsAre;

// Outputs of a batch, in rows that are longer than needed.
template <class T>
struct Outputs {
  static constexpr int64_t kStride = 5;

  Outputs(std::vector<std::vector<T>> rows) : elements(rows.size() * kStride, T(1e6)) {
    count = static_cast<int64_t>(rows.size());
    columns = static_cast<int64_t>(rows[0].size());
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < columns; ++k) elements[i * kStride + k] = rows[i][k];
    }
  }
  ArrayView<T> view() { return ArrayView<T>(elements.data(), {count, columns}, {kStride, 1}); }

  std::vector<T> elements;
  int64_t count;
  int64_t columns;
};

template <class T>
class SquaredErrors : public testing::Test {
 protected:
  std::unique_ptr<LossFunction<T>> half_ =
      BuildPlugin<LossFunction<T>>(RegisterHalfSquaredError, "").value();
  std::unique_ptr<LossFunction<T>> mean_ =
      BuildPlugin<LossFunction<T>>(RegisterMeanSquaredError, "").value();
  Outputs<T> student_{{{1, 2, 3}, {0, -1, 0.5}}};
  Outputs<T> teacher_{{{1, 0, 4}, {0.5, -1, -0.5}}};
  LossBatch<T> batch_{student_.view(), teacher_.view(), {}};
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SquaredErrors, Precisions);

// The differences are {0, 2, -1} and {-0.5, 0, 1}, and the sums of squares 5 and 1.25.
TYPED_TEST(SquaredErrors, SumOverSamples) {
  EXPECT_EQ(this->half_->Sum(this->batch_), 3.125);
  EXPECT_DOUBLE_EQ(this->mean_->Sum(this->batch_), 6.25 / 3);
}

TYPED_TEST(SquaredErrors, CompareWithWhatTheirConfigNamesOrWithTheFirstThatThereIs) {
  const LossTargets teacher = {.teacher = true};
  const LossTargets array = {.array = true};
  const LossTargets labels = {.labels = true};
  for (const auto register_loss : {RegisterHalfSquaredError, RegisterMeanSquaredError}) {
    const auto targets = [&](const std::string& config) {
      return BuildPlugin<LossFunction<TypeParam>>(register_loss, config).value()->targets();
    };
    EXPECT_THAT(targets(""), ElementsAre(teacher, array, labels));
    EXPECT_THAT(targets("target: TEACHER"), ElementsAre(teacher));
    EXPECT_THAT(targets("target: ARRAY"), ElementsAre(array));
    EXPECT_THAT(targets("target: LABELS"), ElementsAre(labels));
  }
}

// The first, a middle and the last output. The differences from one-hot targets are {1, 1, 3} and
// {0, -1, -0.5}, if the labels are 1 and 2.
TYPED_TEST(SquaredErrors, OfLabelsAreThoseOfOneHotTargets) {
  const std::vector<int64_t> labels = {1, 2};
  LossBatch<TypeParam> batch;
  batch.student_outputs = this->student_.view();
  batch.labels = labels;
  EXPECT_EQ(this->half_->Sum(batch), (11 + 1.25) / 2);
  EXPECT_DOUBLE_EQ(this->mean_->Sum(batch), (11 + 1.25) / 3);
  Outputs<TypeParam> gradient{{{9, 9, 9}, {9, 9, 9}}};
  EXPECT_EQ(this->half_->SumAndGradient(batch, gradient.view()), (11 + 1.25) / 2);
  EXPECT_THAT(gradient.elements, ElementsAre(0.5, 0.5, 1.5, 1e6, 1e6, 0, -0.5, -0.25, 1e6, 1e6));

  for (int64_t label = 0; label < 3; ++label) {
    const std::vector<int64_t> same = {label, label};
    batch.labels = same;
    Outputs<TypeParam> one_hot{{{0, 0, 0}, {0, 0, 0}}};
    for (int64_t i = 0; i < 2; ++i) one_hot.view()(i, label) = 1;
    const LossBatch<TypeParam> expected{this->student_.view(), one_hot.view(), {}};
    Outputs<TypeParam> expected_gradient = gradient;
    for (const auto* loss : {this->half_.get(), this->mean_.get()}) {
      EXPECT_DOUBLE_EQ(loss->SumAndGradient(batch, gradient.view()),
                       loss->SumAndGradient(expected, expected_gradient.view()));
      EXPECT_EQ(gradient.elements, expected_gradient.elements) << label;
    }
  }
}

// The sum of squares minus twice the output plus 1 would lose half of the digits.
TEST(SquaredErrorsInDouble, OfLabelsAreAccurateCloseToZero) {
  const auto loss = BuildPlugin<LossFunction<double>>(RegisterHalfSquaredError, "").value();
  Outputs<double> student(std::vector<std::vector<double>>{{1 + 0x1p-30, 0x1p-30}});
  const std::vector<int64_t> labels = {0};
  LossBatch<double> batch;
  batch.student_outputs = student.view();
  batch.labels = labels;
  EXPECT_EQ(loss->Sum(batch), 0x1p-60);
}

TYPED_TEST(SquaredErrors, SayWhatMultipleOfTheSquaredErrorTheyAre) {
  EXPECT_EQ(this->half_->SquaredErrorFactor(3), 0.5);
  EXPECT_EQ(this->mean_->SquaredErrorFactor(3), 1.0 / 3);
}

TYPED_TEST(SquaredErrors, HaveTheGradientOfTheMeanOverTheBatch) {
  Outputs<TypeParam> gradient{{{9, 9, 9}, {9, 9, 9}}};
  EXPECT_EQ(this->half_->SumAndGradient(this->batch_, gradient.view()), 3.125);
  EXPECT_THAT(gradient.elements, ElementsAre(0, 1, -0.5, 1e6, 1e6, -0.25, 0, 0.5, 1e6, 1e6));
  EXPECT_DOUBLE_EQ(this->mean_->SumAndGradient(this->batch_, gradient.view()), 6.25 / 3);
  const TypeParam third = TypeParam(1) / 3;
  EXPECT_THAT(gradient.elements,
              ElementsAre(0, 2 * third, -third, 1e6, 1e6, -third / 2, 0, third, 1e6, 1e6));
}

// Central differences of a quadratic function are exact except for rounding.
TEST(SquaredErrorsInDouble, AgreeWithFiniteDifferences) {
  for (const auto register_loss : {RegisterHalfSquaredError, RegisterMeanSquaredError}) {
    const auto loss = BuildPlugin<LossFunction<double>>(register_loss, "").value();
    Outputs<double> student{{{0.3, -1.2, 2}, {0.7, 0.1, -0.4}, {1, 1, 1}}};
    Outputs<double> teacher{{{0, 0.5, 1}, {-0.7, 0.2, 0.4}, {3, 2, 1}}};
    Outputs<double> gradient = student;
    const LossBatch<double> batch{student.view(), teacher.view(), {}};
    loss->SumAndGradient(batch, gradient.view());
    for (int64_t i = 0; i < 3; ++i) {
      for (int64_t k = 0; k < 3; ++k) {
        double& output = student.view()(i, k);
        const double before = output;
        output = before + 0.5;
        const double above = loss->Sum(batch);
        output = before - 0.5;
        const double below = loss->Sum(batch);
        output = before;
        EXPECT_NEAR(gradient.view()(i, k), (above - below) / 3, 1e-14);
      }
    }
  }
}

TYPED_TEST(SquaredErrors, AddUpOverParts) {
  const LossBatch<TypeParam> first{
      this->student_.view().rows(0, 1), this->teacher_.view().rows(0, 1), {}};
  const LossBatch<TypeParam> second{
      this->student_.view().rows(1, 1), this->teacher_.view().rows(1, 1), {}};
  EXPECT_EQ(this->half_->Sum(first) + this->half_->Sum(second), this->half_->Sum(this->batch_));
  EXPECT_DOUBLE_EQ(this->mean_->Sum(first) + this->mean_->Sum(second),
                   this->mean_->Sum(this->batch_));
}

TEST(SquaredErrorsInFloat, SumInDouble) {
  const auto loss = BuildPlugin<LossFunction<float>>(RegisterHalfSquaredError, "").value();
  // In float, 2^24 + 1 rounds to 2^24.
  Outputs<float> student{{{4096, 1}}};
  Outputs<float> teacher{{{0, 0}}};
  EXPECT_EQ(loss->Sum({student.view(), teacher.view(), {}}), (16777216.0 + 1) / 2);
}

}  // namespace
}  // namespace didact
