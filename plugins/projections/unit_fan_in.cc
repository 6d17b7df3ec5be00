#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/array_view.h"
#include "framework/base/status.h"
#include "framework/kernels/normalize_rows.h"
#include "framework/plugin/layer_selection.h"
#include "framework/plugin/projection.h"
#include "framework/plugin/registry.h"
#include "framework/plugin/weights.h"
#include "plugins/projections/projections.h"
#include "protos/plugins/projection.pb.h"

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
  static absl::StatusOr<std::unique_ptr<Projection<T>>> Build(const UnitFanIn& config,
                                                              const BuildContext& context) {
    return std::make_unique<UnitFanInProjection>(
        config.epsilon(), config.rescale_bias(),
        LayerSelection(config.layer(), context.path.Field("layer")));
  }

  UnitFanInProjection(double epsilon, bool rescale_bias, LayerSelection selection)
      : epsilon_(epsilon), rescale_bias_(rescale_bias), selection_(std::move(selection)) {}

  absl::Status Prepare(NetworkWeights<const T> student) override {
    DIDACT_ASSIGN_OR_RETURN(layers_, selection_.Of(static_cast<int64_t>(student.size())));
    return absl::OkStatus();
  }

  void Apply(const RandomStream&, NetworkWeights<T> student) const override {
    for (const int64_t layer : layers_) {
      NormalizeRows(student[layer].weight, rescale_bias_ ? student[layer].bias : ArrayView<T>(),
                    epsilon_);
    }
  }

 private:
  double epsilon_;
  bool rescale_bias_;
  LayerSelection selection_;
  std::vector<int64_t> layers_;
};

}  // namespace

absl::Status RegisterUnitFanIn(PluginRegistry& registry) {
  return registry.Add<UnitFanIn, UnitFanInProjection>();
}

}  // namespace didact
