#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/layer_initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Sets all biases to one value; weights stay.
//
// Config:   didact.ConstantBias; value (required), layer (none: all).
// Shapes:   bias [out] of each selected layer.
// Gradient: does not apply.
// Errors:   Apply fails with INVALID_ARGUMENT when the network has no such layer, or no biases.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: the value, rounded to the network's precision.
// Source:   `bias` of the two-layer reference of Tian, ICML 2020.
// Example:  initializer { [didact/ConstantBias] { value: -0.1 } }
template <class T>
class ConstantBiasInitializer final : public LayerInitializer<T> {
 public:
  ConstantBiasInitializer(const ConstantBias& config, const BuildContext& context)
      : LayerInitializer<T>(config, context),
        value_(static_cast<T>(config.value())),
        path_(context.path) {}

 private:
  absl::Status InitializeLayer(int64_t index, const RandomStream&,
                               const LayerView<T>& layer) const override {
    if (layer.bias.empty()) {
      return path_.Invalid(absl::StrCat("needs biases, but layer ", index,
                                        " has none; remove it, or bias: false of the network"));
    }
    for (int64_t i = 0; i < layer.bias.shape(0); ++i) layer.bias(i) = value_;
    return absl::OkStatus();
  }

  T value_;
  FieldPath path_;
};

}  // namespace

absl::Status RegisterConstantBias(PluginRegistry& registry) {
  return registry.Add<ConstantBias, ConstantBiasInitializer>();
}

}  // namespace didact
