#include <algorithm>
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
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/matrix.h"
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
// Threads:  one trial has one; never called concurrently. Updates allocate nothing.
// Numerics: in the precision of the parameters, every product with a sum fused. Plain descent
//           (neither momentum nor weight decay) is left to the framework (PlainDescentRate).
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

  SgdOptimizer(ConfiguredPlugin<Schedule> rate, const Sgd& config)
      : rate_(std::move(rate)),
        momentum_(static_cast<T>(config.momentum())),
        weight_decay_(static_cast<T>(config.weight_decay())),
        nesterov_(config.nesterov()) {}

  absl::Status Prepare(const OptimizerContext& context) override {
    blocks_.assign(context.blocks.begin(), context.blocks.end());
    int64_t most_columns = 0;
    for (const ParameterBlock& block : context.blocks) {
      most_columns = std::max(most_columns, block.columns);
      // Zeros, so that the first step needs no special case.
      if (momentum_ != 0) buffers_.emplace_back(block.rows, block.columns);
    }
    direction_.resize(most_columns);
    return absl::OkStatus();
  }

  std::optional<double> PlainDescentRate(const TrainingTime& time) const override {
    if (momentum_ != 0 || weight_decay_ != 0) return std::nullopt;
    return Rate(time);
  }

  void Update(const TrainingTime& time, int64_t block, ArrayView<T> parameters,
              ArrayView<const T> gradient) override {
    const T step = static_cast<T>(-Rate(time));
    const int64_t columns = parameters.shape(1);
    T* direction = direction_.data();
    for (int64_t i = 0; i < parameters.shape(0); ++i) {
      T* row = parameters.row(i).data();
      std::copy_n(gradient.row(i).data(), columns, direction);
      if (weight_decay_ != 0) Axpy(weight_decay_, row, direction, columns);
      if (momentum_ != 0) {
        T* buffer = buffers_[block].row(i).data();
        Axpby(T(1), direction, momentum_, buffer, columns);
        if (nesterov_) {
          Axpy(momentum_, buffer, direction, columns);
        } else {
          std::copy_n(buffer, columns, direction);
        }
      }
      Axpy(step, direction, row, columns);
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
  T momentum_;
  T weight_decay_;
  bool nesterov_;
  std::vector<ParameterBlock> blocks_;
  std::vector<Matrix<T>> buffers_;  // one per block; none without momentum
  std::vector<T> direction_;        // one row during an update
};

}  // namespace

absl::Status RegisterSgd(PluginRegistry& registry) { return registry.Add<Sgd, SgdOptimizer>(); }

}  // namespace didact
