// Compares the cross entropy with its definition in long double, with hand-computed values and with
// finite differences.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/loss.h"
#include "didact/plugins/losses/losses.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"

namespace didact {
namespace {

using testing::ElementsAre;

// Rows that are longer than needed.
template <class T>
class Rows {
 public:
  explicit Rows(const std::vector<std::vector<double>>& rows)
      : rows_(static_cast<int64_t>(rows.size())),
        columns_(static_cast<int64_t>(rows[0].size())),
        elements_(rows.size() * (rows[0].size() + kGap), T(1e6)) {
    for (int64_t i = 0; i < rows_; ++i) {
      for (int64_t k = 0; k < columns_; ++k) view()(i, k) = static_cast<T>(rows[i][k]);
    }
  }

  ArrayView<T> view() {
    return ArrayView<T>(elements_.data(), {rows_, columns_}, {columns_ + kGap, 1});
  }

  bool has_intact_gaps() const {
    for (size_t e = 0; e < elements_.size(); ++e) {
      if (static_cast<int64_t>(e) % (columns_ + kGap) >= columns_ && elements_[e] != T(1e6))
        return false;
    }
    return true;
  }

 private:
  static constexpr int64_t kGap = 3;

  int64_t rows_;
  int64_t columns_;
  std::vector<T> elements_;
};

template <class T>
std::unique_ptr<LossFunction<T>> Build(const std::string& config) {
  auto loss = BuildPlugin<LossFunction<T>>(RegisterCrossEntropy, config);
  EXPECT_TRUE(loss.ok()) << loss.status();
  return *std::move(loss);
}

// The softmax of a row of outputs divided by a temperature, by its definition.
template <class T>
std::vector<long double> SoftmaxOf(const ArrayView<T>& outputs, int64_t row, long double t = 1) {
  std::vector<long double> probabilities;
  long double sum = 0;
  for (int64_t k = 0; k < outputs.shape(1); ++k) {
    probabilities.push_back(std::exp(static_cast<long double>(outputs(row, k)) / t));
    sum += probabilities.back();
  }
  for (long double& probability : probabilities) probability /= sum;
  return probabilities;
}

template <class T>
class CrossEntropyTest : public testing::Test {
 protected:
  static constexpr double kTolerance = 64 * std::numeric_limits<T>::epsilon();

  // A batch of 3 samples of `outputs` normal outputs, those of a teacher, and labels.
  explicit CrossEntropyTest(int64_t outputs = 5)
      : student_(Normals("student", outputs)), teacher_(Normals("teacher", outputs)) {}

  static std::vector<std::vector<double>> Normals(const char* stream, int64_t outputs) {
    const RandomStream random(1, stream);
    std::vector<std::vector<double>> rows(3);
    for (uint64_t i = 0; i < rows.size(); ++i) {
      for (int64_t k = 0; k < outputs; ++k) {
        rows[i].push_back(3 * random.Split(i).Normal(static_cast<uint64_t>(k)));
      }
    }
    return rows;
  }

  Rows<T> student_;
  Rows<T> teacher_;
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(CrossEntropyTest, Precisions);

// The student's probabilities are 1/8, 2/8 and 5/8.
TYPED_TEST(CrossEntropyTest, OfAClassIsMinusTheLogarithmOfItsProbability) {
  Rows<TypeParam> student({{std::log(1.0), std::log(2.0), std::log(5.0)},
                           {std::log(1.0) + 2, std::log(2.0) + 2, std::log(5.0) + 2}});
  Rows<TypeParam> teacher({{-1, 3, 2}, {7, 0, 1}});
  Rows<TypeParam> gradient({{9, 9, 9}, {9, 9, 9}});
  const std::vector<int64_t> labels = {1, 0};
  LossBatch<TypeParam> labeled;
  labeled.student_outputs = student.view();
  labeled.labels = labels;
  LossBatch<TypeParam> taught;
  taught.student_outputs = student.view();
  taught.targets = teacher.view();
  const auto check = [&](const std::string& config, const LossBatch<TypeParam>& batch) {
    const auto loss = Build<TypeParam>(config);
    const double expected = std::log(4.0) + std::log(8.0);
    EXPECT_NEAR(loss->Sum(batch), expected, this->kTolerance) << config;
    EXPECT_EQ(loss->SumAndGradient(batch, gradient.view()), loss->Sum(batch)) << config;
    const double expected_gradient[2][3] = {{0.125 / 2, (0.25 - 1) / 2, 0.625 / 2},
                                            {(0.125 - 1) / 2, 0.25 / 2, 0.625 / 2}};
    for (int64_t i = 0; i < 2; ++i) {
      for (int64_t k = 0; k < 3; ++k) {
        EXPECT_NEAR(gradient.view()(i, k), expected_gradient[i][k], this->kTolerance) << config;
      }
    }
    EXPECT_TRUE(gradient.has_intact_gaps());
  };
  check("labels {}", labeled);
  check("teacher_argmax {}", taught);
  check("", labeled);
  check("", taught);
}

TYPED_TEST(CrossEntropyTest, TakesTheFirstOfSeveralLargestOutputsOfTheTeacherAsTheClass) {
  Rows<TypeParam> student({{0, std::log(3.0), 0}});
  Rows<TypeParam> teacher({{-2, 1, 1}});
  const LossBatch<TypeParam> batch{student.view(), teacher.view(), {}};
  EXPECT_NEAR(Build<TypeParam>("teacher_argmax {}")->Sum(batch), std::log(5.0 / 3),
              this->kTolerance);
}

// Divided by the temperature 2, the student's probabilities are 1/8, 2/8 and 5/8, and the teacher's
// 2/4, 1/4 and 1/4.
TYPED_TEST(CrossEntropyTest, OfSoftTargetsComparesProbabilitiesAtTheTemperature) {
  Rows<TypeParam> student({{2 * std::log(1.0), 2 * std::log(2.0), 2 * std::log(5.0)}});
  Rows<TypeParam> teacher({{2 * std::log(2.0), 0, 0}});
  Rows<TypeParam> gradient({{9, 9, 9}});
  const LossBatch<TypeParam> batch{student.view(), teacher.view(), {}};
  const auto loss = Build<TypeParam>("soft_targets { temperature: 2 }");
  const double expected = 0.5 * std::log(8.0) + 0.25 * std::log(4.0) + 0.25 * std::log(1.6);
  EXPECT_NEAR(loss->SumAndGradient(batch, gradient.view()), expected, this->kTolerance);
  EXPECT_NEAR(gradient.view()(0, 0), (0.125 - 0.5) / 2, this->kTolerance);
  EXPECT_NEAR(gradient.view()(0, 1), (0.25 - 0.25) / 2, this->kTolerance);
  EXPECT_NEAR(gradient.view()(0, 2), (0.625 - 0.25) / 2, this->kTolerance);
}

TYPED_TEST(CrossEntropyTest, HasTheTemperatureOneUnlessToldOtherwise) {
  const LossBatch<TypeParam> batch{this->student_.view(), this->teacher_.view(), {}};
  EXPECT_EQ(Build<TypeParam>("soft_targets {}")->Sum(batch),
            Build<TypeParam>("soft_targets { temperature: 1 }")->Sum(batch));
}

// More outputs than are exponentiated at a time.
TYPED_TEST(CrossEntropyTest, IsItsDefinitionForAnyNumberOfOutputs) {
  using T = TypeParam;
  for (const int64_t outputs : {2, 7, 64, 65, 200}) {
    Rows<T> student(this->Normals("student", outputs));
    Rows<T> teacher(this->Normals("teacher", outputs));
    const std::vector<int64_t> labels = {0, outputs - 1, outputs / 2};
    const auto check = [&](const std::string& config, const LossBatch<T>& batch, double t,
                           const auto& target) {
      Rows<T> gradient = student;
      const double sum = Build<T>(config)->SumAndGradient(batch, gradient.view());
      long double expected = 0;
      for (int64_t i = 0; i < 3; ++i) {
        const auto probabilities = SoftmaxOf(student.view(), i, t);
        for (int64_t k = 0; k < outputs; ++k) {
          expected -= target(i, k) * std::log(probabilities[k]);
          EXPECT_NEAR(gradient.view()(i, k),
                      static_cast<double>((probabilities[k] - target(i, k)) / (t * 3)),
                      this->kTolerance / 8)
              << config << ", output " << k << " of " << outputs;
        }
      }
      EXPECT_NEAR(sum, static_cast<double>(expected), 1e-13) << config << ", " << outputs;
    };
    LossBatch<T> labeled;
    labeled.student_outputs = student.view();
    labeled.labels = labels;
    check("labels {}", labeled, 1,
          [&](int64_t i, int64_t k) -> long double { return k == labels[i] ? 1 : 0; });
    const LossBatch<T> taught{student.view(), teacher.view(), {}};
    check("teacher_argmax {}", taught, 1, [&](int64_t i, int64_t k) -> long double {
      const auto row = teacher.view().row(i);
      return std::max_element(row.begin(), row.end()) - row.begin() == k ? 1 : 0;
    });
    for (const double t : {0.5, 3.0}) {
      check("soft_targets { temperature: " + std::to_string(t) + " }", taught, t,
            [&](int64_t i, int64_t k) { return SoftmaxOf(teacher.view(), i, t)[k]; });
    }
  }
}

TYPED_TEST(CrossEntropyTest, NeitherOverflowsNorLosesWhatIsSmall) {
  using T = TypeParam;
  Rows<T> student({{1000, 0, -1000}, {-1e30, 1e30, 0}, {1e30, 1e30, -1e30}});
  Rows<T> gradient({{9, 9, 9}, {9, 9, 9}, {9, 9, 9}});
  const auto loss = Build<T>("labels {}");
  const auto sum = [&](int64_t row, int64_t label) {
    LossBatch<T> batch;
    batch.student_outputs = student.view().rows(row, 1);
    batch.labels = absl::MakeConstSpan(&label, 1);
    return loss->SumAndGradient(batch, gradient.view().rows(row, 1));
  };
  EXPECT_EQ(sum(0, 0), 0);
  EXPECT_EQ(sum(0, 1), 1000);
  EXPECT_EQ(sum(0, 2), 2000);
  EXPECT_THAT(gradient.view().row(0), ElementsAre(1, 0, -1));
  EXPECT_NEAR(sum(1, 0) / 2e30, 1, this->kTolerance);
  EXPECT_THAT(gradient.view().row(1), ElementsAre(-1, 1, 0));
  EXPECT_NEAR(sum(2, 0), std::log(2.0), this->kTolerance);
  EXPECT_THAT(gradient.view().row(2), ElementsAre(-0.5, 0.5, 0));
  // A probability of 0 of the teacher does not meet the logarithm of one of the student.
  Rows<T> teacher({{1e30, 0, -1e30}});
  const LossBatch<T> soft{student.view().rows(1, 1), teacher.view(), {}};
  EXPECT_NEAR(Build<T>("soft_targets { temperature: 1e-6 }")->Sum(soft) / 2e36, 1,
              this->kTolerance);
}

TYPED_TEST(CrossEntropyTest, IsNotANumberIfAnOutputIsNotFinite) {
  using T = TypeParam;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& row : std::vector<std::vector<double>>{
           {nan, 0, 1}, {0, nan, 1}, {0, 1, nan}, {infinity, 0, 1}, {0, 1, infinity}}) {
    Rows<T> student({row});
    const std::vector<int64_t> labels = {0};
    LossBatch<T> batch;
    batch.student_outputs = student.view();
    batch.labels = labels;
    EXPECT_FALSE(std::isfinite(Build<T>("labels {}")->Sum(batch))) << testing::PrintToString(row);
  }
}

TYPED_TEST(CrossEntropyTest, IsNotANumberIfAnOutputOfTheTeacherIsNotFinite) {
  using T = TypeParam;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& row : std::vector<std::vector<double>>{
           {nan, 0, 1}, {0, nan, 1}, {0, 1, nan}, {infinity, 0, 1}, {0, 1, infinity}}) {
    Rows<T> student({{0, 1, 2}, {0, 1, 2}});
    Rows<T> teacher({{2, 1, 0}, row});
    Rows<T> gradient({{0, 0, 0}, {0, 0, 0}});
    const LossBatch<T> batch{student.view(), teacher.view(), {}};
    for (const std::string config : {"teacher_argmax {}", "soft_targets {}"}) {
      const auto loss = Build<T>(config);
      EXPECT_TRUE(std::isnan(loss->Sum(batch))) << config << testing::PrintToString(row);
      EXPECT_TRUE(std::isnan(loss->SumAndGradient(batch, gradient.view()))) << config;
      EXPECT_TRUE(std::isfinite(gradient.view()(0, 0))) << config;
      EXPECT_TRUE(std::isnan(gradient.view()(1, 0))) << config << testing::PrintToString(row);
    }
  }
}

TYPED_TEST(CrossEntropyTest, NamesWhatItReads) {
  const auto targets = [](const std::string& config) {
    return Build<TypeParam>(config)->targets();
  };
  const LossTargets teacher = {.teacher = true};
  const LossTargets labels = {.labels = true};
  EXPECT_THAT(targets("teacher_argmax {}"), ElementsAre(teacher));
  EXPECT_THAT(targets("soft_targets {}"), ElementsAre(teacher));
  EXPECT_THAT(targets("labels {}"), ElementsAre(labels));
  EXPECT_THAT(targets(""), ElementsAre(teacher, labels));
  EXPECT_EQ(Build<TypeParam>("")->least_outputs(), 2);
  EXPECT_EQ(Build<TypeParam>("labels {}")->Classes(7), 7);
  EXPECT_EQ(Build<TypeParam>("")->SquaredErrorFactor(7), std::nullopt);
}

TEST(CrossEntropyConfig, RefusesTemperaturesThatAreNotPositive) {
  for (const char* const temperature : {"0", "-1"}) {
    const auto loss = BuildPlugin<LossFunction<double>>(
        RegisterCrossEntropy, std::string("soft_targets { temperature: ") + temperature + " }");
    EXPECT_EQ(loss.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(
        std::string(loss.status().message()),
        testing::StartsWith("soft_targets.temperature: must be >= 1e-06 and <= 1000000, got "));
  }
}

TEST(CrossEntropyInDouble, HasAGradientThatAgreesWithFiniteDifferences) {
  constexpr double kStep = 1e-5;
  for (const char* const config :
       {"teacher_argmax {}", "labels {}", "soft_targets { temperature: 2 }"}) {
    const auto loss = Build<double>(config);
    Rows<double> student({{0.3, -1.2, 2}, {0.7, 0.1, -0.4}, {1, 1, 1}});
    Rows<double> teacher({{0, 0.5, 1}, {-0.7, 0.2, 0.4}, {3, 2, 1}});
    Rows<double> gradient = student;
    const std::vector<int64_t> labels = {2, 0, 1};
    LossBatch<double> batch;
    batch.student_outputs = student.view();
    if (loss->targets().front().labels) {
      batch.labels = labels;
    } else {
      batch.targets = teacher.view();
    }
    loss->SumAndGradient(batch, gradient.view());
    for (int64_t i = 0; i < 3; ++i) {
      for (int64_t k = 0; k < 3; ++k) {
        double& output = student.view()(i, k);
        const double before = output;
        output = before + kStep;
        const double above = loss->Sum(batch);
        output = before - kStep;
        const double below = loss->Sum(batch);
        output = before;
        EXPECT_NEAR(gradient.view()(i, k), (above - below) / (2 * kStep) / 3, 1e-9) << config;
      }
    }
  }
}

}  // namespace
}  // namespace didact
