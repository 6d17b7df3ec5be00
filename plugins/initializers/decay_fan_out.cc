#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/xtensor_view.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/layer_selection.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "xtensor/xbuilder.hpp"
#include "xtensor/xmath.hpp"
#include "xtensor/xnoalias.hpp"
#include "xtensor/xtensor.hpp"

namespace didact {
namespace {

// Divides the fan-out weights v_j of hidden node j = 1, 2, ... by j^exponent, so that the strength
// of nodes decreases with j.
//
// Config:   didact.DecayFanOut; exponent >= 0 (required; 0: nothing changes), layer: hidden layers
//           (none: all hidden layers).
// Shapes:   column j of weight [out, in] of the layer after each selected hidden layer, or all
//           weights that read channel j of a convolution; biases stay.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT when the exponent is out of range, Apply when the
//           network has no such hidden layer.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: powers and quotients in double, then rounded.
// Source:   Tian, ICML 2020, section 6: teacher nodes of strength 1/j^p.
// Example:  initializer { [didact/DecayFanOut] { exponent: 1 } }
template <class T>
class DecayFanOutInitializer final : public Initializer<T> {
 public:
  DecayFanOutInitializer(const DecayFanOut& config, const BuildContext& context)
      : exponent_(config.exponent()), layers_(config.layer(), context.path.Field("layer")) {}

  absl::Status Apply(const InitializerContext<T>&, NetworkView<T> weights) const override {
    const int64_t hidden_layers = static_cast<int64_t>(weights.size()) - 1;
    DIDACT_ASSIGN_OR_RETURN(const auto layers, layers_.Of(hidden_layers));
    for (const int64_t layer : layers) {
      const ArrayView<T>& fan_out = weights[layer + 1].weight;
      const auto nodes = static_cast<double>(weights[layer].nodes);
      const int64_t per_node = fan_out.shape(1) / weights[layer].nodes;
      const xt::xtensor<double, 1> divisors = xt::pow(xt::arange<double>(1, nodes + 1), exponent_);
      for (int64_t j = 0; j < fan_out.shape(1); ++j) {
        for (int64_t i = 0; i < fan_out.shape(0); ++i) {
          fan_out(i, j) = static_cast<T>(fan_out(i, j) / divisors(j / per_node));
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  double exponent_;
  LayerSelection layers_;
};

}  // namespace

absl::Status RegisterDecayFanOut(PluginRegistry& registry) {
  return registry.Add<DecayFanOut, DecayFanOutInitializer>();
}

}  // namespace didact
