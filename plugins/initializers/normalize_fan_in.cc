#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/fan_in_normalization.h"
#include "didact/framework/plugin/layer_initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

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
class NormalizeFanInInitializer final : public LayerInitializer<T> {
 public:
  NormalizeFanInInitializer(const NormalizeFanIn& config, const BuildContext& context)
      : LayerInitializer<T>(config, context), normalization_(config) {}

 private:
  absl::Status InitializeLayer(int64_t, const RandomStream&,
                               const LayerView<T>& layer) const override {
    normalization_.Apply(layer);
    return absl::OkStatus();
  }

  FanInNormalization normalization_;
};

}  // namespace

absl::Status RegisterNormalizeFanIn(PluginRegistry& registry) {
  return registry.Add<NormalizeFanIn, NormalizeFanInInitializer>();
}

}  // namespace didact
