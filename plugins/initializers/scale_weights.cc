#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/xtensor_view.h"
#include "didact/framework/plugin/layer_initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "xtensor/xmath.hpp"
#include "xtensor/xnoalias.hpp"

namespace didact {
namespace {

// Multiplies weights, and biases too unless told otherwise, by a factor.
//
// Config:   didact.ScaleWeights; factor (required), biases (default true), layer (none: all).
// Shapes:   weight [out, in], bias [out] of each selected layer.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT without a factor, Apply when the network has no
//           such layer.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: the factor is rounded to the network's precision, then each product.
// Source:   `scale` of the multi-layer reference of Tian, ICML 2020.
// Example:  initializer { [didact/ScaleWeights] { factor: 5 biases: false } }
template <class T>
class ScaleWeightsInitializer final : public LayerInitializer<T> {
 public:
  ScaleWeightsInitializer(const ScaleWeights& config, const BuildContext& context)
      : LayerInitializer<T>(config, context),
        factor_(static_cast<T>(config.factor())),
        biases_(config.biases()) {}

 private:
  absl::Status InitializeLayer(int64_t, const RandomStream&,
                               const LayerView<T>& layer) const override {
    auto weight = AsTensor(layer.weight);
    xt::noalias(weight) = factor_ * weight;
    for (int64_t i = 0; biases_ && i < layer.bias.shape(0); ++i) layer.bias(i) *= factor_;
    return absl::OkStatus();
  }

  T factor_;
  bool biases_;
};

}  // namespace

absl::Status RegisterScaleWeights(PluginRegistry& registry) {
  return registry.Add<ScaleWeights, ScaleWeightsInitializer>();
}

}  // namespace didact
