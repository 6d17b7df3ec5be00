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

// Adam: descent along a moving average of the gradient, divided for each parameter by the root of a
// moving average of its square (adam_optimizer.h has the formula).
//
// Config:   didact.Adam; learning_rate a schedule, beta1 and beta2 in [0, 1), epsilon >= 0,
//           weight_decay >= 0, decoupled_weight_decay, decay_biases.
// Shapes:   any parameter blocks; two moments of its shape per block.
// Gradient: that of the objective's mean over the mini-batch.
// Errors:   building fails with INVALID_ARGUMENT for fields out of range and for errors of the
//           schedule; calls cannot fail.
// Threads:  one trial has one; parts of a step may be updated concurrently. Updates allocate
//           nothing.
// Numerics: in the precision of the parameters (AdamUpdate); factors of a step in double. With
//           epsilon 0, a parameter whose gradient has always been 0 becomes NaN, as in PyTorch.
// Source:   Kingma and Ba, ICLR 2015; torch.optim.Adam without amsgrad.
// Example:  optimizer { [didact/Adam] { learning_rate { [didact/Constant] { value: 0.001 } } } }
template <class T>
class AdamPlugin final : public AdamOptimizer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Optimizer<T>>> Build(const Adam& config,
                                                             const BuildContext& context) {
    DIDACT_ASSIGN_OR_RETURN(
        ConfiguredPlugin<Schedule> rate,
        context.Create<Schedule>(config.learning_rate(), context.path.Field("learning_rate")));
    AdamSettings settings;
    settings.beta1 = config.beta1();
    settings.beta2 = config.beta2();
    settings.epsilon = config.epsilon();
    settings.weight_decay = config.weight_decay();
    settings.decoupled_weight_decay = config.decoupled_weight_decay();
    settings.decay_biases = config.decay_biases();
    return std::make_unique<AdamPlugin>(std::move(rate), settings);
  }

  using AdamOptimizer<T>::AdamOptimizer;
};

}  // namespace

absl::Status RegisterAdam(PluginRegistry& registry) { return registry.Add<Adam, AdamPlugin>(); }

}  // namespace didact
