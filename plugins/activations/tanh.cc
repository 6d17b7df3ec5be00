#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/kernels/simd_map.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/activation.pb.h"

namespace didact {
namespace {

// The hyperbolic tangent: y = tanh x.
//
// Config:   didact.Tanh, without fields.
// Shapes:   any; input and output may be the same memory.
// Gradient: 1 - y^2, computed as (1 - y)(1 + y), which keeps its digits where y is near
//           +-1.
// Errors:   none.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: within 2 units in the last place. NaN gives NaN, +-infinity +-1.
// Source:   LeCun, Bottou, Orr and Mueller, Efficient BackProp, 1998, section 4.4.
// Example:  activation { [didact/Tanh] {} }
template <class T>
class TanhActivation final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    SimdMap(activation, [](Batch x) { return xsimd::tanh(x); }, pre_activation);
  }

  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T> activation,
                            absl::Span<T> gradient) const override {
    SimdMap(
        gradient,
        [](Batch y, Batch upstream) { return upstream * ((Batch(T(1)) - y) * (Batch(T(1)) + y)); },
        activation, gradient);
  }

  bool is_odd() const override { return true; }

 private:
  using Batch = xsimd::batch<T>;
};

}  // namespace

absl::Status RegisterTanh(PluginRegistry& registry) { return registry.Add<Tanh, TanhActivation>(); }

}  // namespace didact
