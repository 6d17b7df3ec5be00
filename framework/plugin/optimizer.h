// Plugin kind `optimizer`: rules that update the student's parameters with a gradient.
//
// 1. The framework builds one optimizer for a trial and calls Prepare once with all trained
//    parameter blocks.
// 2. Each step asks for PlainDescentRate. If that returns no rate, the step asks whether the rule
//    can be applied to parts of a block (StartPartialUpdates), and then calls UpdatePart for parts
//    of every block, or otherwise Update once for every block, in the same order in all steps.
// 3. Between steps VisitState saves or restores state for a checkpoint.
//
// Before training, one more optimizer is built, tried on a block of two parameters to find out
// whether it changes anything, and discarded.
//
// Example, gradient descent on the sign of the gradient:
//
//   template <class T>
//   class SignDescent final : public Optimizer<T> {
//    public:
//     void Update(const TrainingTime&, int64_t, ArrayView<T> parameters,
//                 ArrayView<const T> gradient) override {
//       for (int64_t i = 0; i < parameters.shape(0); ++i) {
//         for (int64_t j = 0; j < parameters.shape(1); ++j) {
//           parameters(i, j) -= T(0.001) * ((gradient(i, j) > 0) - (gradient(i, j) < 0));
//         }
//       }
//     }
//   };

#ifndef DIDACT_FRAMEWORK_PLUGIN_OPTIMIZER_H_
#define DIDACT_FRAMEWORK_PLUGIN_OPTIMIZER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/plugin/training_time.h"

namespace didact {

// A place in a block, or the way from one to another.
struct BlockPosition {
  int64_t row = 0;
  int64_t column = 0;
};

// One parameter of a layer and the elements of a block that hold it.
struct BlockParameter {
  std::string name;                  // the layer and PyTorch's name: "0.weight", "0.bias"
  std::vector<int64_t> shape;        // [nodes, fan-in], that of a kernel (LayerView), or [nodes]
  BlockPosition first;               // its first element
  std::vector<BlockPosition> steps;  // per dimension, the way to the next element
  ParameterRole role = ParameterRole::kWeight;
};

// A parameter block: a matrix [rows, columns]. Which parameters of a layer are in which block, and
// where, is up to the layer. An update rule needs to know only if it treats roles in different
// ways, such as Adam with `decay_biases: false`, and for the names in a checkpoint
// (VisitPerParameter).
struct ParameterBlock {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<BlockParameter> parameters;  // together they hold every element once

  // Returns a block that is a single parameter.
  static ParameterBlock Whole(std::string name, int64_t rows, int64_t columns) {
    return {rows, columns, {{std::move(name), {rows, columns}, {0, 0}, {{1, 0}, {0, 1}}}}};
  }
};

// Visits `array` [rows, columns], which has a number for each element of `block`, such as a
// momentum, as one array per parameter, in its shape: "momentum.0.weight", "momentum.0.bias" if
// `name` is "momentum". For VisitState of an optimizer that keeps a copy of OptimizerContext::blocks.
template <class T>
void VisitPerParameter(absl::string_view name, const ParameterBlock& block, ArrayView<T> array,
                       StateVisitor& visitor) {
  const auto offset = [&array](const BlockPosition& position) {
    return position.row * array.stride(0) + position.column * array.stride(1);
  };
  for (const BlockParameter& parameter : block.parameters) {
    T* const first = array.data() + offset(parameter.first);
    const std::string path = absl::StrCat(name, ".", parameter.name);
    const std::vector<int64_t>& shape = parameter.shape;
    const std::vector<BlockPosition>& steps = parameter.steps;
    if (shape.size() == 1) {
      visitor.Visit(path, ArrayView<T>(first, {shape[0]}, {offset(steps[0])}));
    } else if (shape.size() == 2) {
      visitor.Visit(
          path, ArrayView<T>(first, {shape[0], shape[1]}, {offset(steps[0]), offset(steps[1])}));
    } else {
      visitor.Visit(path, ArrayView<T>(first, {shape[0], shape[1], shape[2], shape[3]},
                                       {offset(steps[0]), offset(steps[1]), offset(steps[2]),
                                        offset(steps[3])}));
    }
  }
}

// Inputs of an optimizer besides its config.
struct OptimizerContext {
  // Random numbers for the optimizer in this trial. Draw the noise of a step from
  // random.Split(time.step), so that it needs no state.
  RandomStream random;
  // All parameter blocks that are trained.
  absl::Span<const ParameterBlock> blocks;
};

// An update rule that treats all parameters of a role in the same way, and that decreases a
// quadratic function of the parameters at the learning rate of its config. A block does not depend
// on the gradients of other blocks.
//
// Threads: each trial has its own optimizer; only UpdatePart is called concurrently.
template <class T>
class Optimizer {
 public:
  static constexpr absl::string_view kKind = "optimizer";
  using Scalar = T;
  using Interface = Optimizer;

  virtual ~Optimizer() = default;

  // Called once; allocates state, which Update must not. `context` is valid only during the call.
  virtual absl::Status Prepare(const OptimizerContext& context) {
    static_cast<void>(context);
    return absl::OkStatus();
  }

  // The rate r if the update at this time is parameter -= r * gradient; the framework then
  // accumulates the gradient directly into the parameters and does not call Update in this step.
  // Update must give the same result all the same. std::nullopt for all other rules.
  virtual std::optional<double> PlainDescentRate(const TrainingTime& time) const {
    static_cast<void>(time);
    return std::nullopt;
  }

  // Updates `parameters` [rows, columns] of block `block` (its index in context.blocks) with
  // `gradient`, of the same shape. Rows are dense.
  virtual void Update(const TrainingTime& time, int64_t block, ArrayView<T> parameters,
                      ArrayView<const T> gradient) = 0;

  // Starts a step that has no PlainDescentRate. Returns true if UpdatePart makes the step in place
  // of Update, with the same bits. Only a rule that updates each parameter from nothing but its own
  // gradient and its own state can do this. It saves time: the gradient of a part is still in the
  // cache when it is used, and several threads can update parts of a large block.
  virtual bool StartPartialUpdates(const TrainingTime& time) {
    static_cast<void>(time);
    return false;
  }

  // Updates the part `parameters` of block `block` whose element (0, 0) is at `first` in the block,
  // with `gradient`, of the same shape. The parts of a step are the whole block without overlaps,
  // in any order and of any shapes. Rows are dense. Called, perhaps concurrently, only after
  // StartPartialUpdates has returned true.
  virtual void UpdatePart(int64_t block, BlockPosition first, ArrayView<T> parameters,
                          ArrayView<const T> gradient) {
    static_cast<void>(block);
    static_cast<void>(first);
    static_cast<void>(parameters);
    static_cast<void>(gradient);
  }

  // Visits the state that a checkpoint must hold; VisitPerParameter visits what there is of each
  // parameter.
  virtual void VisitState(StateVisitor& visitor) { static_cast<void>(visitor); }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_OPTIMIZER_H_
