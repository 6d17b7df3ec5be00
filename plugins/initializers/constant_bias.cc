#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/array_view.h"
#include "framework/base/status.h"
#include "framework/plugin/initializer.h"
#include "framework/plugin/layer_selection.h"
#include "framework/plugin/registry.h"
#include "framework/plugin/weights.h"
#include "protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Sets all biases to one value; weights stay.
//
// Config:   didact.ConstantBias; value (required), layer (none: all).
// Shapes:   bias [out] of each selected layer.
// Gradient: does not apply.
// Errors:   Apply fails with INVALID_ARGUMENT when the network has no such layer.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: the value, rounded to the network's precision.
// Source:   `bias` of the two-layer reference of Tian, ICML 2020.
// Example:  initializer { [didact/ConstantBias] { value: -0.1 } }
template <class T>
class ConstantBiasInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const ConstantBias& config,
                                                               const BuildContext& context) {
    return std::make_unique<ConstantBiasInitializer>(
        config.value(), LayerSelection(config.layer(), context.path.Field("layer")));
  }

  ConstantBiasInitializer(double value, LayerSelection layers)
      : value_(static_cast<T>(value)), layers_(std::move(layers)) {}

  absl::Status Apply(const InitializerContext<T>&, NetworkWeights<T> weights) const override {
    DIDACT_ASSIGN_OR_RETURN(const auto layers, layers_.Of(static_cast<int64_t>(weights.size())));
    for (const int64_t layer : layers) {
      const ArrayView<T>& bias = weights[layer].bias;
      for (int64_t i = 0; i < bias.shape(0); ++i) bias(i) = value_;
    }
    return absl::OkStatus();
  }

 private:
  T value_;
  LayerSelection layers_;
};

}  // namespace

absl::Status RegisterConstantBias(PluginRegistry& registry) {
  return registry.Add<ConstantBias, ConstantBiasInitializer>();
}

}  // namespace didact
