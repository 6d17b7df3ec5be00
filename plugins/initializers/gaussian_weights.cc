#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/plugin/layer_initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

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
//           the width of one layer does not move the numbers of another; drawn in T, floats are the
//           doubles to float's precision.
// Source:   `randn` of the two-layer reference of Tian, ICML 2020.
// Example:  initializer { [didact/GaussianWeights] { stddev: 0.005 } }
template <class T>
class GaussianWeightsInitializer final : public LayerInitializer<T> {
 public:
  GaussianWeightsInitializer(const GaussianWeights& config, const BuildContext& context)
      : LayerInitializer<T>(config, context), stddev_(static_cast<T>(config.stddev())) {}

 private:
  absl::Status InitializeLayer(int64_t, const RandomStream& random,
                               const LayerView<T>& layer) const override {
    ForEachRowOfNormals<T>(random, NumberedByRows(layer.weight),
                           [&](int64_t i, absl::Span<const T> normals) {
                             for (size_t j = 0; j < normals.size(); ++j) {
                               layer.weight(i, j) = stddev_ * normals[j];
                             }
                             if (!layer.bias.empty()) layer.bias(i) = 0;
                           });
    return absl::OkStatus();
  }

  T stddev_;
};

}  // namespace

absl::Status RegisterGaussianWeights(PluginRegistry& registry) {
  return registry.Add<GaussianWeights, GaussianWeightsInitializer>();
}

}  // namespace didact
