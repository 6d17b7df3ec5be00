#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/projection.pb.h"

namespace didact {
namespace {

// Sets all biases to 0.
//
// Config:   didact.ZeroBias, without fields.
// Shapes:   bias [out] of every layer.
// Gradient: the step knows nothing of the constraint; this projects afterwards.
// Errors:   none.
// Threads:  immutable once built; may run concurrently on different networks. Apply allocates
//           nothing.
// Numerics: exact.
// Source:   `no_bias` of the two-layer reference of Tian, ICML 2020.
// Example:  projection { [didact/ZeroBias] {} }
template <class T>
class ZeroBiasProjection final : public Projection<T> {
 public:
  void Apply(const RandomStream&, NetworkView<T> student) const override {
    for (const LayerView<T>& layer : student) {
      for (int64_t i = 0; i < layer.bias.shape(0); ++i) layer.bias(i) = 0;
    }
  }
};

}  // namespace

absl::Status RegisterZeroBias(PluginRegistry& registry) {
  return registry.Add<ZeroBias, ZeroBiasProjection>();
}

}  // namespace didact
