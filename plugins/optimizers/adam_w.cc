#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/plugins/optimizers/adam_optimizer.h"
#include "didact/protos/plugins/optimizer.pb.h"

namespace didact {
namespace {

// Adam with decoupled weight decay: parameters shrink by the factor 1 - rate * weight_decay in each
// step, whatever the moments (adam_optimizer.h has the formula). Layers that are frozen do not
// shrink; projections are applied afterwards.
//
// Config:   didact.AdamW; learning_rate a schedule, beta1 and beta2 in [0, 1), epsilon >= 0,
//           weight_decay >= 0 (default 0.01), decay_biases.
// Shapes:   any parameter blocks; two moments of its shape per block.
// Gradient: that of the objective's mean over the mini-batch.
// Errors:   building fails with INVALID_ARGUMENT for fields out of range and for errors of the
//           schedule; calls cannot fail.
// Threads:  one trial has one; parts of a step may be updated concurrently. Updates allocate
//           nothing.
// Numerics: as Adam.
// Source:   Loshchilov and Hutter, ICLR 2019; torch.optim.AdamW without amsgrad.
// Example:  optimizer {
//             [didact/AdamW] { learning_rate { [didact/Constant] { value: 0.001 } }
//                              decay_biases: false }
//           }
template <class T>
class AdamWPlugin final : public AdamOptimizer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Optimizer<T>>> Build(const AdamW& config,
                                                             const BuildContext& context) {
    DIDACT_ASSIGN_OR_RETURN(
        ConfiguredPlugin<Schedule> rate,
        context.Create<Schedule>(config.learning_rate(), context.path.Field("learning_rate")));
    AdamSettings settings;
    settings.beta1 = config.beta1();
    settings.beta2 = config.beta2();
    settings.epsilon = config.epsilon();
    settings.weight_decay = config.weight_decay();
    settings.decoupled_weight_decay = true;
    settings.decay_biases = config.decay_biases();
    return std::make_unique<AdamWPlugin>(std::move(rate), settings);
  }

  using AdamOptimizer<T>::AdamOptimizer;
};

}  // namespace

absl::Status RegisterAdamW(PluginRegistry& registry) { return registry.Add<AdamW, AdamWPlugin>(); }

}  // namespace didact
