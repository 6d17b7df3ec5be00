// Plugin kind `optimizer`: rules that update the student's parameters with a gradient.
//
// 1. The framework builds one optimizer for a trial and calls Prepare once with the shapes of all
//    trained parameter blocks.
// 2. Each step asks for PlainDescentRate. If that returns no rate, the step calls Update once for
//    every block, in the same order in all steps.
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

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/plugin/training_time.h"

namespace didact {

// Shape of a parameter block: a matrix [rows, columns]. Which parameters of a layer are in which
// block, and where, is up to the layer; an update rule treats all of them in the same way.
struct ParameterShape {
  int64_t rows = 0;
  int64_t columns = 0;
};

// Inputs of an optimizer besides its config.
struct OptimizerContext {
  // Random numbers for the optimizer in this trial. Draw the noise of a step from
  // random.Split(time.step), so that it needs no state.
  RandomStream random;
  // All parameter blocks that are trained.
  absl::Span<const ParameterShape> blocks;
};

// An update rule that treats every parameter in the same way, and that decreases a quadratic
// function of the parameters at the learning rate of its config.
//
// Threads: each trial has its own optimizer; its methods are never called concurrently.
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

  // Visits the state that a checkpoint must hold.
  virtual void VisitState(StateVisitor& visitor) { static_cast<void>(visitor); }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_OPTIMIZER_H_
