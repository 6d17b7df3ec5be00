// Plugin kind `optimizer`: how a gradient changes the student's parameters.

#ifndef DIDACT_FRAMEWORK_PLUGIN_OPTIMIZER_H_
#define DIDACT_FRAMEWORK_PLUGIN_OPTIMIZER_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "framework/base/random.h"
#include "framework/plugin/state.h"
#include "framework/plugin/training_time.h"

namespace didact {

// Shape of a parameter block: a matrix [rows, columns]. A fully connected layer has one block [in +
// 1, out], the bias last.
struct ParameterShape {
  int64_t rows = 0;
  int64_t columns = 0;
};

// What an optimizer may depend on besides its config.
struct OptimizerContext {
  // The random numbers of the optimizer in this trial. Noise of a step is drawn from
  // random.Split(time.step), so that it needs no state.
  RandomStream random;
  // Every parameter block that is trained.
  absl::Span<const ParameterShape> blocks;
};

// An update rule that treats every parameter in the same way.
//
// Life:    built, prepared once, then updates every trained block once per step, in any fixed
//          order.
// Threads: one trial has one optimizer; its methods are never called concurrently.
template <class T>
class Optimizer {
 public:
  static constexpr absl::string_view kKind = "optimizer";
  using Scalar = T;
  using Interface = Optimizer;

  virtual ~Optimizer() = default;

  // Called once; state is allocated here, never in Update. `context` is good during the call only.
  virtual absl::Status Prepare(const OptimizerContext& context) {
    static_cast<void>(context);
    return absl::OkStatus();
  }

  // The rate r if at this time an update is nothing but parameter -= r * gradient. The framework
  // then accumulates the gradient straight into the parameters and does not call Update in this
  // step. Nothing for all other rules.
  virtual std::optional<double> PlainDescentRate(const TrainingTime& time) const {
    static_cast<void>(time);
    return std::nullopt;
  }

  // Changes `parameters` [rows, columns] of block `block` (its index in context.blocks) by
  // `gradient`, of the same shape. Rows are dense.
  virtual void Update(const TrainingTime& time, int64_t block, ArrayView<T> parameters,
                      ArrayView<const T> gradient) = 0;

  // State that a checkpoint must hold.
  virtual void VisitState(StateVisitor& visitor) { static_cast<void>(visitor); }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_OPTIMIZER_H_
