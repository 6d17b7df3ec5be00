#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/array_view.h"
#include "framework/base/status.h"
#include "framework/kernels/normalize_rows.h"
#include "framework/plugin/initializer.h"
#include "framework/plugin/layer_selection.h"
#include "framework/plugin/registry.h"
#include "framework/plugin/weights.h"
#include "protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Divides the fan-in weights w_j of every node by r = ||w_j|| + epsilon.
//
// Config:   didact.NormalizeFanIn; layer (none: all), epsilon >= 0 (default 0), rescale_bias
//           (default false: biases stay; true: a node's bias is divided by r too).
// Shapes:   weight [out, in], bias [out] of each selected layer.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT when epsilon is out of range, Apply when the
//           network has no such layer. Fan-in weights that are all 0 stay so.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: as NormalizeRows (framework/kernels/normalize_rows.h).
// Source:   `normalize` of both references of Tian, ICML 2020: the two-layer one has neither
//           epsilon nor rescaled biases, the multi-layer one epsilon 1e-5 and rescaled biases.
// Example:  initializer { [didact/NormalizeFanIn] { layer: 0 } }
template <class T>
class NormalizeFanInInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const NormalizeFanIn& config,
                                                               const BuildContext& context) {
    return std::make_unique<NormalizeFanInInitializer>(
        config.epsilon(), config.rescale_bias(),
        LayerSelection(config.layer(), context.path.Field("layer")));
  }

  NormalizeFanInInitializer(double epsilon, bool rescale_bias, LayerSelection layers)
      : epsilon_(epsilon), rescale_bias_(rescale_bias), layers_(std::move(layers)) {}

  absl::Status Apply(const InitializerContext<T>&, NetworkWeights<T> weights) const override {
    DIDACT_ASSIGN_OR_RETURN(const auto layers, layers_.Of(static_cast<int64_t>(weights.size())));
    for (const int64_t layer : layers) {
      NormalizeRows(weights[layer].weight, rescale_bias_ ? weights[layer].bias : ArrayView<T>(),
                    epsilon_);
    }
    return absl::OkStatus();
  }

 private:
  double epsilon_;
  bool rescale_bias_;
  LayerSelection layers_;
};

}  // namespace

absl::Status RegisterNormalizeFanIn(PluginRegistry& registry) {
  return registry.Add<NormalizeFanIn, NormalizeFanInInitializer>();
}

}  // namespace didact
