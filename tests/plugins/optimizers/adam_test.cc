// Compares Adam and AdamW with the recorded steps of PyTorch's single-tensor implementation
// (make_torch_steps.py).

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/plugins/optimizers/optimizers.h"
#include "didact/plugins/schedules/schedules.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/optimizers/torch_steps.h"

namespace didact {
namespace {

using testing::ElementsAre;

constexpr char kRate[] = "learning_rate { [didact/StepDecay] { value: 0.125 every_epochs: 1 } } ";
constexpr int64_t kParameters = 8;

template <class T>
absl::StatusOr<std::unique_ptr<Optimizer<T>>> Build(const std::string& plugin,
                                                    const std::string& config) {
  return BuildPlugin<Optimizer<T>>(plugin == "Adam" ? RegisterAdam : RegisterAdamW, config,
                                   {RegisterConstant, RegisterStepDecay});
}

template <class T>
std::unique_ptr<Optimizer<T>> Prepared(const std::string& plugin, const std::string& config,
                                       const std::vector<ParameterBlock>& blocks) {
  absl::StatusOr<std::unique_ptr<Optimizer<T>>> optimizer = Build<T>(plugin, kRate + config);
  EXPECT_TRUE(optimizer.ok()) << optimizer.status();
  EXPECT_TRUE((*optimizer)->Prepare({RandomStream(1, "optimizer"), blocks}).ok());
  return *std::move(optimizer);
}

TrainingTime Time(int64_t step) {
  return {.step = step, .epoch = step / 3, .steps_per_epoch = 3, .total_epochs = 4};
}

double Gradient(int64_t step, int64_t i) {
  return i == 4 ? 0 : static_cast<double>((7 * step + 5 * i) % 11 - 5) / 8;
}

// The weight [2, 3] and the bias [2] of a layer as blocks, in one of several layouts.
struct Layout {
  std::string name;
  std::vector<ParameterBlock> blocks;
};

BlockParameter Weight(BlockPosition first, BlockPosition node, BlockPosition input) {
  return {"0.weight", {2, 3}, first, {node, input}, ParameterRole::kWeight};
}

BlockParameter Bias(BlockPosition first, BlockPosition node,
                    ParameterRole role = ParameterRole::kBias) {
  return {"0.bias", {2}, first, {node}, role};
}

std::vector<Layout> Layouts() {
  return {
      {"biases below the weights",
       {{4, 2, {Weight({0, 0}, {0, 1}, {1, 0}), Bias({3, 0}, {0, 1})}}}},
      {"biases right of the weights",
       {{2, 4, {Weight({0, 0}, {1, 0}, {0, 1}), Bias({0, 3}, {1, 0})}}}},
      {"biases left of the weights",
       {{2, 4, {Weight({0, 1}, {1, 0}, {0, 1}), Bias({0, 0}, {1, 0})}}}},
      {"biases between the weights",
       {{1, 8, {Weight({0, 0}, {0, 4}, {0, 1}), Bias({0, 3}, {0, 4})}}}},
      {"shifts in a block of their own",
       {{2, 3, {Weight({0, 0}, {1, 0}, {0, 1})}},
        {1, 2, {Bias({0, 0}, {0, 1}, ParameterRole::kShift)}}}},
  };
}

// Parameters or gradients in a layout; rows are longer than needed.
template <class T>
struct Arrays {
  explicit Arrays(const Layout& layout) : blocks(layout.blocks) {
    for (const ParameterBlock& block : blocks) {
      elements.emplace_back(block.rows * (block.columns + 2), T(77));
    }
  }

  ArrayView<T> view(size_t b) {
    return ArrayView<T>(elements[b].data(), {blocks[b].rows, blocks[b].columns},
                        {blocks[b].columns + 2, 1});
  }

  // Element i of weight and bias, one after the other.
  T& At(int64_t i) {
    for (size_t b = 0; b < blocks.size(); ++b) {
      for (const BlockParameter& parameter : blocks[b].parameters) {
        const bool is_bias = parameter.shape.size() == 1;
        if (is_bias != (i >= 6)) continue;
        const int64_t node = is_bias ? i - 6 : i / 3;
        int64_t row = parameter.first.row + node * parameter.steps[0].row;
        int64_t column = parameter.first.column + node * parameter.steps[0].column;
        if (!is_bias) {
          row += i % 3 * parameter.steps[1].row;
          column += i % 3 * parameter.steps[1].column;
        }
        return view(b)(row, column);
      }
    }
    ADD_FAILURE() << "no element " << i;
    return elements[0][0];
  }

  std::vector<ParameterBlock> blocks;
  std::vector<std::vector<T>> elements;
};

template <class T>
Arrays<T> Start(const Layout& layout) {
  Arrays<T> parameters(layout);
  for (int64_t i = 0; i < kParameters; ++i) {
    parameters.At(i) = static_cast<T>(static_cast<double>(i % 5 - 2) / 4);
  }
  return parameters;
}

template <class T>
Arrays<T> Gradients(const Layout& layout, int64_t step) {
  Arrays<T> gradients(layout);
  for (int64_t i = 0; i < kParameters; ++i) gradients.At(i) = static_cast<T>(Gradient(step, i));
  return gradients;
}

template <class T>
class AdamTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(AdamTest, Precisions);

TYPED_TEST(AdamTest, TakesTheStepsOfTorchInEveryLayout) {
  using T = TypeParam;
  const double tolerance = sizeof(T) == 4 ? 4e-6 : 1e-14;
  for (const TorchSteps& torch : kTorchSteps) {
    for (const Layout& layout : Layouts()) {
      SCOPED_TRACE(absl::StrCat(torch.plugin, " { ", torch.options, " }, ", layout.name));
      const auto optimizer = Prepared<T>(torch.plugin, torch.options, layout.blocks);
      Arrays<T> parameters = Start<T>(layout);
      for (int64_t step = 0; step < 12; ++step) {
        EXPECT_EQ(optimizer->PlainDescentRate(Time(step)), std::nullopt);
        Arrays<T> gradients = Gradients<T>(layout, step);
        for (size_t b = 0; b < layout.blocks.size(); ++b) {
          optimizer->Update(Time(step), static_cast<int64_t>(b), parameters.view(b),
                            gradients.view(b));
        }
        for (int64_t i = 0; i < kParameters; ++i) {
          ASSERT_NEAR(parameters.At(i), torch.parameters[step][i], tolerance)
              << "parameter " << i << " after step " << step;
        }
      }
    }
  }
}

// In single elements, the last first.
TYPED_TEST(AdamTest, UpdatesPartsLikeWholeBlocks) {
  using T = TypeParam;
  for (const TorchSteps& torch : kTorchSteps) {
    for (const Layout& layout : Layouts()) {
      const auto whole = Prepared<T>(torch.plugin, torch.options, layout.blocks);
      const auto in_parts = Prepared<T>(torch.plugin, torch.options, layout.blocks);
      Arrays<T> expected = Start<T>(layout);
      Arrays<T> parameters = Start<T>(layout);
      for (int64_t step = 0; step < 5; ++step) {
        Arrays<T> gradients = Gradients<T>(layout, step);
        ASSERT_TRUE(in_parts->StartPartialUpdates(Time(step)));
        for (size_t b = 0; b < layout.blocks.size(); ++b) {
          whole->Update(Time(step), static_cast<int64_t>(b), expected.view(b), gradients.view(b));
          const ParameterBlock& block = layout.blocks[b];
          for (int64_t k = block.rows * block.columns - 1; k >= 0; --k) {
            const BlockPosition first = {k / block.columns, k % block.columns};
            in_parts->UpdatePart(
                static_cast<int64_t>(b), first,
                ArrayView<T>(&parameters.view(b)(first.row, first.column), {1, 1}),
                ArrayView<const T>(&gradients.view(b)(first.row, first.column), {1, 1}));
          }
        }
      }
      EXPECT_EQ(parameters.elements, expected.elements) << torch.options << ", " << layout.name;
    }
  }
}

// The step is the rate times the sign of the gradient, however small or large the gradient is.
TYPED_TEST(AdamTest, TakesAFirstStepOfTheRate) {
  using T = TypeParam;
  const std::vector<ParameterBlock> blocks = {ParameterBlock::Whole("0.weight", 1, 4)};
  const T large = std::ldexp(T(1), sizeof(T) == 4 ? 60 : 500);
  std::vector<T> gradient = {1 / large, large, -1 / large, -large};
  std::vector<T> parameters(4, T(0));
  Prepared<T>("Adam", "epsilon: 0", blocks)
      ->Update(Time(0), 0, ArrayView<T>(parameters.data(), {1, 4}),
               ArrayView<const T>(gradient.data(), {1, 4}));
  const auto near = [](double value) {
    return testing::FloatNear(static_cast<float>(value), 1e-5f);
  };
  EXPECT_THAT(std::vector<float>(parameters.begin(), parameters.end()),
              ElementsAre(near(-0.125), near(-0.125), near(0.125), near(0.125)));
}

TYPED_TEST(AdamTest, SpreadsWhatIsNotFiniteToItsOwnParameterAlone) {
  using T = TypeParam;
  const std::vector<ParameterBlock> blocks = {ParameterBlock::Whole("0.weight", 1, 40)};
  std::vector<T> gradient(40, T(0.5));
  gradient[3] = std::numeric_limits<T>::quiet_NaN();
  gradient[7] = std::numeric_limits<T>::infinity();
  std::vector<T> parameters(40, T(1));
  Prepared<T>("Adam", "", blocks)
      ->Update(Time(0), 0, ArrayView<T>(parameters.data(), {1, 40}),
               ArrayView<const T>(gradient.data(), {1, 40}));
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (i == 3 || i == 7) {
      EXPECT_TRUE(std::isnan(parameters[i])) << i;
    } else {
      EXPECT_NEAR(parameters[i], 0.875, 1e-5) << i;
    }
  }
}

// Records the names that it visits.
class Names final : public StateVisitor {
 public:
  using StateVisitor::Visit;
  void Visit(absl::string_view name, AnyArrayView array) override {
    names.push_back(absl::StrCat(name, " ", array.shape(0),
                                 array.rank() == 1 ? "" : absl::StrCat("x", array.shape(1))));
  }
  std::vector<std::string> names;
};

TYPED_TEST(AdamTest, HasTwoMomentsOfEachParameterAsItsState) {
  for (const std::string plugin : {"Adam", "AdamW"}) {
    Names names;
    Prepared<TypeParam>(plugin, "", Layouts()[0].blocks)->VisitState(names);
    EXPECT_THAT(names.names, ElementsAre("exp_avg.0.weight 2x3", "exp_avg.0.bias 2",
                                         "exp_avg_sq.0.weight 2x3", "exp_avg_sq.0.bias 2"));
  }
}

std::string Message(const std::string& plugin, const std::string& config) {
  return std::string(Build<double>(plugin, config).status().message());
}

TEST(Adam, NeedsALearningRate) {
  for (const std::string plugin : {"Adam", "AdamW"}) {
    EXPECT_EQ(Message(plugin, ""),
              "learning_rate: must be given, such as learning_rate { [didact/Constant] { value: "
              "0.01 } }");
  }
}

TEST(Adam, NamesEveryFieldOutOfRange) {
  for (const std::string plugin : {"Adam", "AdamW"}) {
    EXPECT_EQ(Message(plugin,
                      "learning_rate { [didact/Constant] { value: -2 } } beta1: 1 beta2: -0.5 "
                      "epsilon: -1 weight_decay: -1"),
              "learning_rate.value: must be >= 0, got -2\n"
              "beta1: must be >= 0 and < 1, got 1\n"
              "beta2: must be >= 0 and < 1, got -0.5\n"
              "epsilon: must be >= 0, got -1\n"
              "weight_decay: must be >= 0, got -1");
  }
}

}  // namespace
}  // namespace didact
