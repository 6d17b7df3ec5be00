#include <cmath>
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
class UniformFanInInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const UniformFanIn& config,
                                                               const BuildContext& context) {
    return std::make_unique<UniformFanInInitializer>(
        LayerSelection(config.layer(), context.path.Field("layer")));
  }

  explicit UniformFanInInitializer(LayerSelection layers) : layers_(std::move(layers)) {}

  absl::Status Apply(const InitializerContext<T>& context,
                     NetworkWeights<T> weights) const override {
    DIDACT_ASSIGN_OR_RETURN(const auto layers, layers_.Of(static_cast<int64_t>(weights.size())));
    for (const int64_t layer : layers) {
      const LayerWeights<T>& target = weights[layer];
      const RandomStream stream = context.random.Split(static_cast<uint64_t>(layer));
      const RandomStream bias_stream = stream.Split("bias");
      const double bound = 1 / std::sqrt(static_cast<double>(target.weight.shape(1)));
      const auto number = [bound](double uniform) {
        return static_cast<T>(bound * (2 * uniform - 1));
      };
      uint64_t index = 0;
      for (int64_t i = 0; i < target.weight.shape(0); ++i) {
        for (int64_t j = 0; j < target.weight.shape(1); ++j) {
          target.weight(i, j) = number(stream.Uniform(index++));
        }
        target.bias(i) = number(bias_stream.Uniform(static_cast<uint64_t>(i)));
      }
    }
    return absl::OkStatus();
  }

 private:
  LayerSelection layers_;
};

}  // namespace

absl::Status RegisterUniformFanIn(PluginRegistry& registry) {
  return registry.Add<UniformFanIn, UniformFanInInitializer>();
}

}  // namespace didact
