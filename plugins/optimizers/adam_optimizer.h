// The update rule of Adam and AdamW, which differ in their configs alone.

#ifndef DIDACT_PLUGINS_OPTIMIZERS_ADAM_OPTIMIZER_H_
#define DIDACT_PLUGINS_OPTIMIZERS_ADAM_OPTIMIZER_H_

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/kernels/parameter_updates.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/plugins/optimizers/undecayed_elements.h"

namespace didact {

// The fields of didact.Adam, apart from the schedule.
struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
  bool decay_biases = true;
};

// Adam (Kingma and Ba, ICLR 2015), and with decoupled weight decay AdamW (Loshchilov and Hutter,
// ICLR 2019), in the order of operations of torch.optim. With gradient g and rate r, step t from 1:
//
//   w <- (1 - r * weight_decay) * w     if decoupled; otherwise g <- g + weight_decay * w
//   m <- beta1 * m + (1 - beta1) * g
//   v <- beta2 * v + (1 - beta2) * g^2
//   w <- w - r / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
//
// Threads: one trial has one; parts of a step may be updated concurrently.
template <class T>
class AdamOptimizer : public Optimizer<T> {
 public:
  AdamOptimizer(ConfiguredPlugin<Schedule> rate, const AdamSettings& settings)
      : rate_(std::move(rate)), settings_(settings) {
    rule_.first_decay = static_cast<T>(settings.beta1);
    rule_.first_weight = static_cast<T>(1 - settings.beta1);
    rule_.second_decay = static_cast<T>(settings.beta2);
    rule_.second_weight = static_cast<T>(1 - settings.beta2);
    rule_.epsilon = static_cast<T>(settings.epsilon);
  }

  absl::Status Prepare(const OptimizerContext& context) override {
    blocks_.assign(context.blocks.begin(), context.blocks.end());
    for (const ParameterBlock& block : blocks_) {
      first_moments_.emplace_back(block.rows, block.columns);
      second_moments_.emplace_back(block.rows, block.columns);
      undecayed_.push_back(settings_.decay_biases || settings_.weight_decay == 0
                               ? UndecayedElements()
                               : UndecayedElements(block));
    }
    return absl::OkStatus();
  }

  void Update(const TrainingTime& time, int64_t block, ArrayView<T> parameters,
              ArrayView<const T> gradient) override {
    StartPartialUpdates(time);
    UpdatePart(block, {0, 0}, parameters, gradient);
  }

  bool StartPartialUpdates(const TrainingTime& time) override {
    const double rate = rate_.Call("Value", &Schedule::Value, time);
    const auto step = static_cast<double>(time.step + 1);
    rule_.step_size = static_cast<T>(rate / (1 - std::pow(settings_.beta1, step)));
    rule_.root_factor = static_cast<T>(1 / std::sqrt(1 - std::pow(settings_.beta2, step)));
    decaying_rule_ = rule_;
    if (settings_.decoupled_weight_decay) {
      decaying_rule_.shrinkage = static_cast<T>(1 - rate * settings_.weight_decay);
    } else {
      decaying_rule_.weight_decay = static_cast<T>(settings_.weight_decay);
    }
    return true;
  }

  void UpdatePart(int64_t block, BlockPosition first, ArrayView<T> parameters,
                  ArrayView<const T> gradient) override {
    for (int64_t i = 0; i < parameters.shape(0); ++i) {
      const int64_t row = first.row + i;
      undecayed_[block].SplitRow(
          row, first.column, parameters.shape(1),
          [&](int64_t column, int64_t count, bool is_decayed) {
            const int64_t j = column - first.column;
            AdamUpdate(is_decayed ? decaying_rule_ : rule_, gradient.row(i).data() + j,
                       parameters.row(i).data() + j, &first_moments_[block](row, column),
                       &second_moments_[block](row, column), count);
          });
    }
  }

  // Under the names of torch.optim.
  void VisitState(StateVisitor& visitor) override {
    for (size_t block = 0; block < blocks_.size(); ++block) {
      VisitPerParameter("exp_avg", blocks_[block], first_moments_[block].view(), visitor);
      VisitPerParameter("exp_avg_sq", blocks_[block], second_moments_[block].view(), visitor);
    }
  }

 private:
  ConfiguredPlugin<Schedule> rate_;
  AdamSettings settings_;
  // The rule of the step that was started last, without weight decay and with it.
  AdamRule<T> rule_;
  AdamRule<T> decaying_rule_;
  std::vector<ParameterBlock> blocks_;
  std::vector<UndecayedElements> undecayed_;  // one per block, as the moments
  std::vector<Matrix<T>> first_moments_;
  std::vector<Matrix<T>> second_moments_;
};

}  // namespace didact

#endif  // DIDACT_PLUGINS_OPTIMIZERS_ADAM_OPTIMIZER_H_
