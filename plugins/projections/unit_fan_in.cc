#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/fan_in_normalization.h"
#include "didact/framework/plugin/layer_selection.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/projection.pb.h"

namespace didact {
namespace {

// Divides the fan-in weights w_j of every node by r = ||w_j|| + epsilon.
//
// Config:   didact.UnitFanIn; layer (none: all), epsilon >= 0 (default 0), rescale_bias (default
//           false: biases stay; true: a node's bias is divided by r too).
// Shapes:   weight [out, in], bias [out] of each selected layer.
// Gradient: the step knows nothing of the constraint; this projects afterwards.
// Errors:   building fails with INVALID_ARGUMENT when epsilon is out of range, Prepare when the
//           network has no such layer. Fan-in weights that are all 0 stay so.
// Threads:  after Prepare immutable; may run concurrently on different networks. Apply allocates
//           nothing.
// Numerics: as NormalizeRows (framework/kernels/normalize_rows.h). With an epsilon, norms end
//           below 1.
// Source:   `normalize` of both references of Tian, ICML 2020: the two-layer one has neither
//           epsilon nor rescaled biases, the multi-layer one epsilon 1e-5 and rescaled biases.
// Example:  projection { [didact/UnitFanIn] { layer: 0 } }
template <class T>
class UnitFanInProjection final : public Projection<T> {
 public:
  UnitFanInProjection(const UnitFanIn& config, const BuildContext& context)
      : normalization_(config), selection_(config.layer(), context.path.Field("layer")) {}

  absl::Status Prepare(const ProjectionContext<T>& context) override {
    DIDACT_ASSIGN_OR_RETURN(layers_, selection_.Of(static_cast<int64_t>(context.student.size())));
    return absl::OkStatus();
  }

  void Apply(const RandomStream&, NetworkView<T> student) const override {
    for (const int64_t layer : layers_) normalization_.Apply(student[layer]);
  }

 private:
  FanInNormalization normalization_;
  LayerSelection selection_;
  std::vector<int64_t> layers_;
};

}  // namespace

absl::Status RegisterUnitFanIn(PluginRegistry& registry) {
  return registry.Add<UnitFanIn, UnitFanInProjection>();
}

}  // namespace didact
