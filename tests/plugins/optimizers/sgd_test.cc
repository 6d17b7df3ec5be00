// Compares Sgd with a plain implementation of PyTorch's rule, written with indices.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/plugins/optimizers/optimizers.h"
#include "didact/plugins/schedules/schedules.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kRate[] = "learning_rate { [didact/StepDecay] { value: 0.5 every_epochs: 1 } } ";

template <class T>
absl::StatusOr<std::unique_ptr<Optimizer<T>>> Build(const std::string& config) {
  return BuildPlugin<Optimizer<T>>(RegisterSgd, config, {RegisterConstant, RegisterStepDecay});
}

// A block of parameters or a gradient, in rows that are longer than needed.
template <class T>
struct Block {
  Block(int64_t row_count, int64_t column_count)
      : rows(row_count), columns(column_count), elements(row_count * (column_count + 2), T(77)) {}
  ArrayView<T> view() { return ArrayView<T>(elements.data(), {rows, columns}, {columns + 2, 1}); }

  int64_t rows;
  int64_t columns;
  std::vector<T> elements;
};

template <class T>
void Fill(Block<T>& block, uint64_t seed) {
  const RandomStream random(seed, "sgd");
  uint64_t index = 0;
  for (int64_t i = 0; i < block.rows; ++i) {
    for (int64_t j = 0; j < block.columns; ++j)
      block.view()(i, j) = static_cast<T>(random.Normal(index++));
  }
}

// torch.optim.SGD for one number, without dampening.
struct TorchSgd {
  double momentum = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool first = true;
  double buffer = 0;

  void Step(double rate, double gradient, double& parameter) {
    double g = gradient + weight_decay * parameter;
    if (momentum != 0) {
      buffer = first ? g : momentum * buffer + g;
      first = false;
      g = nesterov ? g + momentum * buffer : buffer;
    }
    parameter -= rate * g;
  }
};

template <class T>
class SgdTest : public testing::Test {
 protected:
  // Compares two blocks over 12 steps in 4 epochs, with a rate that is halved.
  void ExpectTorch(const std::string& options, const TorchSgd& rule, double tolerance) {
    auto optimizer = Build<T>(kRate + options);
    ASSERT_TRUE(optimizer.ok()) << optimizer.status();
    std::vector<Block<T>> parameters = {Block<T>(3, 5), Block<T>(1, 19)};
    std::vector<std::vector<TorchSgd>> rules;
    std::vector<std::vector<double>> expected;
    std::vector<ParameterBlock> blocks;
    for (size_t b = 0; b < parameters.size(); ++b) {
      Fill(parameters[b], b);
      blocks.push_back(ParameterBlock::Whole("w", parameters[b].rows, parameters[b].columns));
      rules.emplace_back(parameters[b].elements.size(), rule);
      expected.emplace_back(parameters[b].elements.begin(), parameters[b].elements.end());
    }
    ASSERT_TRUE((*optimizer)->Prepare({RandomStream(1, "optimizer"), blocks}).ok());
    for (int64_t step = 0; step < 12; ++step) {
      const TrainingTime time{
          .step = step, .epoch = step / 3, .steps_per_epoch = 3, .total_epochs = 4};
      for (size_t b = 0; b < parameters.size(); ++b) {
        Block<T> gradient(parameters[b].rows, parameters[b].columns);
        Fill(gradient, 100 + 10 * step + b);
        (*optimizer)->Update(time, static_cast<int64_t>(b), parameters[b].view(), gradient.view());
        for (size_t k = 0; k < expected[b].size(); ++k) {
          if (static_cast<int64_t>(k) % (gradient.columns + 2) >= gradient.columns) continue;
          rules[b][k].Step(0.5 / static_cast<double>(int64_t{1} << time.epoch),
                           gradient.elements[k], expected[b][k]);
        }
      }
    }
    for (size_t b = 0; b < parameters.size(); ++b) {
      for (size_t k = 0; k < expected[b].size(); ++k) {
        EXPECT_NEAR(parameters[b].elements[k], expected[b][k], tolerance)
            << options << " block " << b << ", " << k;
      }
    }
  }
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SgdTest, Precisions);

TYPED_TEST(SgdTest, FollowsTorchsRule) {
  const double tolerance = sizeof(TypeParam) == 4 ? 2e-5 : 1e-13;
  this->ExpectTorch("", {}, tolerance);
  this->ExpectTorch("weight_decay: 0.125", {.weight_decay = 0.125}, tolerance);
  this->ExpectTorch("momentum: 0.75", {.momentum = 0.75}, tolerance);
  this->ExpectTorch("momentum: 0.75 weight_decay: 0.125", {.momentum = 0.75, .weight_decay = 0.125},
                    tolerance);
  this->ExpectTorch("momentum: 0.75 nesterov: true", {.momentum = 0.75, .nesterov = true},
                    tolerance);
  this->ExpectTorch("momentum: 0.75 nesterov: true weight_decay: 0.125",
                    {.momentum = 0.75, .weight_decay = 0.125, .nesterov = true}, tolerance);
}

TYPED_TEST(SgdTest, IsPlainDescentOnlyWithoutMomentumAndWeightDecay) {
  const TrainingTime time{.step = 5, .epoch = 1, .steps_per_epoch = 3, .total_epochs = 4};
  EXPECT_EQ((*Build<TypeParam>(kRate))->PlainDescentRate(time), 0.25);
  EXPECT_EQ((*Build<TypeParam>(absl::StrCat(kRate, "momentum: 0.5")))->PlainDescentRate(time),
            std::nullopt);
  EXPECT_EQ((*Build<TypeParam>(absl::StrCat(kRate, "weight_decay: 0.5")))->PlainDescentRate(time),
            std::nullopt);
}

// Records the names that it visits.
class Names final : public StateVisitor {
 public:
  using StateVisitor::Visit;
  void Visit(absl::string_view name, AnyArrayView array) override {
    names_.push_back(absl::StrCat(name, " ", array.shape(0), "x", array.shape(1)));
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

TYPED_TEST(SgdTest, HasABufferPerParameterAsItsState) {
  for (const bool momentum : {false, true}) {
    const auto optimizer = *Build<TypeParam>(absl::StrCat(kRate, momentum ? "momentum: 0.5" : ""));
    const std::vector<ParameterBlock> blocks = {ParameterBlock::Whole("0.weight", 3, 5),
                                                ParameterBlock::Whole("1.weight", 1, 2)};
    ASSERT_TRUE(optimizer->Prepare({RandomStream(1, "optimizer"), blocks}).ok());
    Names names;
    optimizer->VisitState(names);
    if (momentum) {
      EXPECT_THAT(names.names(), ElementsAre("momentum.0.weight 3x5", "momentum.1.weight 1x2"));
    } else {
      EXPECT_THAT(names.names(), IsEmpty());
    }
  }
}

std::string Message(const std::string& config) {
  return std::string(Build<double>(config).status().message());
}

TEST(Sgd, NeedsALearningRate) {
  EXPECT_EQ(
      Message(""),
      "learning_rate: must be given, such as learning_rate { [didact/Constant] { value: 0.01 } }");
}

TEST(Sgd, RefusesNesterovWithoutMomentum) {
  EXPECT_EQ(Message(absl::StrCat(kRate, "nesterov: true")),
            "nesterov: must be false when momentum is 0, got true");
}

TEST(Sgd, NamesEveryFieldOutOfRange) {
  EXPECT_EQ(
      Message("learning_rate { [didact/Constant] { value: -2 } } momentum: 1 weight_decay: -1"),
      "learning_rate.value: must be >= 0, got -2\n"
      "momentum: must be >= 0 and < 1, got 1\n"
      "weight_decay: must be >= 0, got -1");
}

TEST(Sgd, RefusesAScheduleOfAnotherKind) {
  EXPECT_EQ(Message("learning_rate { [didact/Sgd] {} }"),
            "learning_rate: no plugin didact.Sgd of kind schedule (didact.Sgd is of kind "
            "optimizer); there are: "
            "didact.Constant, didact.StepDecay");
}

}  // namespace
}  // namespace didact
