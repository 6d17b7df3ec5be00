// Shared by plugins that normalize the fan-in weights of nodes.

#ifndef DIDACT_FRAMEWORK_PLUGIN_FAN_IN_NORMALIZATION_H_
#define DIDACT_FRAMEWORK_PLUGIN_FAN_IN_NORMALIZATION_H_

#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/normalize_rows.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Divides the fan-in weights w_j of every node of a layer by r = ||w_j|| + epsilon, and its bias
// too if the config asks for it. Numerics: see NormalizeRows. Allocates nothing. A value.
class FanInNormalization {
 public:
  // `config` has the fields double epsilon, at least 0, and bool rescale_bias.
  template <class Config>
  explicit FanInNormalization(const Config& config)
      : epsilon_(config.epsilon()), rescale_bias_(config.rescale_bias()) {}

  template <class T>
  void Apply(const LayerView<T>& layer) const {
    NormalizeRows(layer.weight, rescale_bias_ ? layer.bias : ArrayView<T>(), epsilon_);
  }

 private:
  double epsilon_;
  bool rescale_bias_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_FAN_IN_NORMALIZATION_H_
