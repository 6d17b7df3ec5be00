#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/random.h"
#include "framework/base/status.h"
#include "framework/plugin/initializer.h"
#include "framework/plugin/layer_selection.h"
#include "framework/plugin/registry.h"
#include "framework/plugin/weights.h"
#include "protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Independent normal weights of mean 0; biases become 0.
//
// Config:   didact.GaussianWeights; stddev >= 0 (default 1), layer (none: all).
// Shapes:   weight [out, in], bias [out] of each selected layer; what they held is lost.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT when stddev is out of range, Apply when the
//           network has no such layer.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: weight (i, j) of layer l has the random number i * in + j of the stream of l, so that
//           the width of one layer does not move the numbers of another; drawn in double, then
//           rounded.
// Source:   `randn` of the two-layer reference of Tian, ICML 2020.
// Example:  initializer { [didact/GaussianWeights] { stddev: 0.005 } }
template <class T>
class GaussianWeightsInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const GaussianWeights& config,
                                                               const BuildContext& context) {
    return std::make_unique<GaussianWeightsInitializer>(
        config.stddev(), LayerSelection(config.layer(), context.path.Field("layer")));
  }

  GaussianWeightsInitializer(double stddev, LayerSelection layers)
      : stddev_(stddev), layers_(std::move(layers)) {}

  absl::Status Apply(const InitializerContext<T>& context,
                     NetworkWeights<T> weights) const override {
    DIDACT_ASSIGN_OR_RETURN(const auto layers, layers_.Of(static_cast<int64_t>(weights.size())));
    for (const int64_t layer : layers) {
      const LayerWeights<T>& target = weights[layer];
      const RandomStream stream = context.random.Split(static_cast<uint64_t>(layer));
      uint64_t index = 0;
      for (int64_t i = 0; i < target.weight.shape(0); ++i) {
        for (int64_t j = 0; j < target.weight.shape(1); ++j) {
          target.weight(i, j) = static_cast<T>(stddev_ * stream.Normal(index++));
        }
        target.bias(i) = 0;
      }
    }
    return absl::OkStatus();
  }

 private:
  double stddev_;
  LayerSelection layers_;
};

}  // namespace

absl::Status RegisterGaussianWeights(PluginRegistry& registry) {
  return registry.Add<GaussianWeights, GaussianWeightsInitializer>();
}

}  // namespace didact
