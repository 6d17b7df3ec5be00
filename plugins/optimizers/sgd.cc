#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/kernels/parameter_updates.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/protos/plugins/optimizer.pb.h"

namespace didact {
namespace {

// Stochastic gradient descent. With g = gradient + weight_decay * w for every parameter w:
//
//   buffer <- momentum * buffer + g     (g alone at the first step)
//   w      <- w - rate * buffer, or, with nesterov, w - rate * (g + momentum * buffer)
//
// Config:   didact.Sgd; learning_rate a schedule, momentum in [0, 1), nesterov, weight_decay >= 0.
// Shapes:   any parameter blocks; with momentum, one buffer of its shape per block.
// Gradient: that of the objective's mean over the mini-batch.
// Errors:   building fails with INVALID_ARGUMENT for fields out of range, for nesterov without
//           momentum and for errors of the schedule; calls cannot fail.
// Threads:  one trial has one; parts of a step may be updated concurrently. Updates allocate
//           nothing.
// Numerics: in the precision of the parameters, every product with a sum fused (MomentumUpdate).
//           Plain descent (neither momentum nor weight decay) is left to the framework
//           (PlainDescentRate).
// Source:   torch.optim.SGD without dampening; Sutskever, Martens, Dahl and Hinton, ICML 2013.
// Example:  optimizer {
//             [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.01 } } momentum: 0.9 }
//           }
template <class T>
class SgdOptimizer final : public Optimizer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Optimizer<T>>> Build(const Sgd& config,
                                                             const BuildContext& context) {
    Problems problems;
    absl::StatusOr<ConfiguredPlugin<Schedule>> rate =
        context.Create<Schedule>(config.learning_rate(), context.path.Field("learning_rate"));
    problems.Add(rate.status());
    if (config.nesterov() && config.momentum() == 0) {
      problems.Add(
          context.path.Field("nesterov").Invalid("must be false when momentum is 0, got true"));
    }
    DIDACT_RETURN_IF_ERROR(problems.ToStatus());
    return std::make_unique<SgdOptimizer>(*std::move(rate), config);
  }

  SgdOptimizer(ConfiguredPlugin<Schedule> rate, const Sgd& config) : rate_(std::move(rate)) {
    rule_.momentum = static_cast<T>(config.momentum());
    rule_.nesterov = config.nesterov();
    rule_.weight_decay = static_cast<T>(config.weight_decay());
  }

  absl::Status Prepare(const OptimizerContext& context) override {
    blocks_.assign(context.blocks.begin(), context.blocks.end());
    if (rule_.momentum == 0) return absl::OkStatus();
    // Zeros, so that the first step needs no special case.
    for (const ParameterBlock& block : blocks_) buffers_.emplace_back(block.rows, block.columns);
    return absl::OkStatus();
  }

  std::optional<double> PlainDescentRate(const TrainingTime& time) const override {
    if (rule_.momentum != 0 || rule_.weight_decay != 0) return std::nullopt;
    return Rate(time);
  }

  void Update(const TrainingTime& time, int64_t block, ArrayView<T> parameters,
              ArrayView<const T> gradient) override {
    StartPartialUpdates(time);
    UpdatePart(block, {0, 0}, parameters, gradient);
  }

  bool StartPartialUpdates(const TrainingTime& time) override {
    rule_.rate = static_cast<T>(Rate(time));
    return true;
  }

  void UpdatePart(int64_t block, BlockPosition first, ArrayView<T> parameters,
                  ArrayView<const T> gradient) override {
    for (int64_t i = 0; i < parameters.shape(0); ++i) {
      T* const momentum =
          rule_.momentum == 0 ? nullptr : &buffers_[block](first.row + i, first.column);
      MomentumUpdate(rule_, gradient.row(i).data(), parameters.row(i).data(), momentum,
                     parameters.shape(1));
    }
  }

  void VisitState(StateVisitor& visitor) override {
    for (size_t block = 0; block < buffers_.size(); ++block) {
      VisitPerParameter("momentum", blocks_[block], buffers_[block].view(), visitor);
    }
  }

 private:
  double Rate(const TrainingTime& time) const {
    return rate_.Call("Value", &Schedule::Value, time);
  }

  ConfiguredPlugin<Schedule> rate_;
  MomentumRule<T> rule_;  // with the rate of the step that was started last
  std::vector<ParameterBlock> blocks_;
  std::vector<Matrix<T>> buffers_;  // one per block; none without momentum
};

}  // namespace

absl::Status RegisterSgd(PluginRegistry& registry) { return registry.Add<Sgd, SgdOptimizer>(); }

}  // namespace didact
