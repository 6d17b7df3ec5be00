#include <cmath>
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

// Weights and biases uniform in [-1/sqrt(in), 1/sqrt(in)), `in` the number of a node's inputs.
//
// Config:   didact.UniformFanIn; layer (none: all).
// Shapes:   weight [out, in], bias [out] of each selected layer; what they held is lost.
// Gradient: does not apply.
// Errors:   Apply fails with INVALID_ARGUMENT when the network has no such layer.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: weight (i, j) of layer l has the random number i * in + j of the stream of l, biases
//           have a stream of their own; drawn in double, then rounded.
// Source:   PyTorch's default for linear layers (kaiming_uniform_ with a = sqrt 5).
// Example:  initializer { [didact/UniformFanIn] {} }
template <class T>
class UniformFanInInitializer final : public LayerInitializer<T> {
 public:
  using LayerInitializer<T>::LayerInitializer;

 private:
  absl::Status InitializeLayer(int64_t, const RandomStream& random,
                               const LayerView<T>& layer) const override {
    const RandomStream bias_random = random.Split("bias");
    const double bound = 1 / std::sqrt(static_cast<double>(layer.weight.shape(1)));
    const auto number = [bound](double uniform) {
      return static_cast<T>(bound * (2 * uniform - 1));
    };
    ForEachRowOfUniforms(random, NumberedByRows(layer.weight),
                         [&](int64_t i, absl::Span<const double> uniforms) {
                           for (size_t j = 0; j < uniforms.size(); ++j) {
                             layer.weight(i, j) = number(uniforms[j]);
                           }
                           if (layer.bias.empty()) return;
                           layer.bias(i) = number(bias_random.Uniform(static_cast<uint64_t>(i)));
                         });
    return absl::OkStatus();
  }
};

}  // namespace

absl::Status RegisterUniformFanIn(PluginRegistry& registry) {
  return registry.Add<UniformFanIn, UniformFanInInitializer>();
}

}  // namespace didact
