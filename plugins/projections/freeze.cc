#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/layer_selection.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/projection.pb.h"

namespace didact {
namespace {

// Excludes layers from training.
//
// Config:   didact.Freeze; layer: at least one.
// Shapes:   weight [out, in], bias [out] of each selected layer stay what they are.
// Gradient: none is needed for these layers.
// Errors:   building fails with INVALID_ARGUMENT without a layer, Prepare when the network has no
//           such layer.
// Threads:  after Prepare immutable; may run concurrently on different networks.
// Numerics: exact. Other projections that name such a layer still apply to it.
// Source:   `feature_fixed`, `top_layer_fixed` of the two-layer reference of Tian, ICML 2020.
// Example:  projection { [didact/Freeze] { layer: 0 } }
template <class T>
class FreezeProjection final : public Projection<T> {
 public:
  FreezeProjection(const Freeze& config, const BuildContext& context)
      : selection_(config.layer(), context.path.Field("layer")) {}

  absl::Status Prepare(const ProjectionContext<T>& context) override {
    DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> layers,
                            selection_.Of(static_cast<int64_t>(context.student.size())));
    for (const int64_t layer : layers) context.trained[layer] = false;
    return absl::OkStatus();
  }

  void Apply(const RandomStream&, NetworkView<T>) const override {}

 private:
  LayerSelection selection_;
};

}  // namespace

absl::Status RegisterFreeze(PluginRegistry& registry) {
  return registry.Add<Freeze, FreezeProjection>();
}

}  // namespace didact
