#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/status.h"
#include "framework/plugin/initializer.h"
#include "framework/plugin/layer_selection.h"
#include "framework/plugin/registry.h"
#include "framework/plugin/weights.h"
#include "protos/plugins/initializer.pb.h"

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
class ScaleWeightsInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const ScaleWeights& config,
                                                               const BuildContext& context) {
    return std::make_unique<ScaleWeightsInitializer>(
        config.factor(), config.biases(),
        LayerSelection(config.layer(), context.path.Field("layer")));
  }

  ScaleWeightsInitializer(double factor, bool biases, LayerSelection layers)
      : factor_(static_cast<T>(factor)), biases_(biases), layers_(std::move(layers)) {}

  absl::Status Apply(const InitializerContext<T>&, NetworkWeights<T> weights) const override {
    DIDACT_ASSIGN_OR_RETURN(const auto layers, layers_.Of(static_cast<int64_t>(weights.size())));
    for (const int64_t layer : layers) {
      const LayerWeights<T>& target = weights[layer];
      for (int64_t i = 0; i < target.weight.shape(0); ++i) {
        for (int64_t j = 0; j < target.weight.shape(1); ++j) target.weight(i, j) *= factor_;
        if (biases_) target.bias(i) *= factor_;
      }
    }
    return absl::OkStatus();
  }

 private:
  T factor_;
  bool biases_;
  LayerSelection layers_;
};

}  // namespace

absl::Status RegisterScaleWeights(PluginRegistry& registry) {
  return registry.Add<ScaleWeights, ScaleWeightsInitializer>();
}

}  // namespace didact
