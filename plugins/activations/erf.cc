#include <numbers>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/kernels/simd_error_function.h"
#include "didact/framework/kernels/simd_map.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/activation.pb.h"

namespace didact {
namespace {

// The error function: y = erf(x / sqrt 2), the probability that a standard normal number lies
// in [-x, x], with the sign of x.
//
// Config:   didact.Erf, without fields.
// Shapes:   any; input and output may be the same memory.
// Gradient: sqrt(2 / pi) exp(-x^2 / 2).
// Errors:   none.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: within 4 units in the last place. NaN gives NaN, +-infinity +-1.
// Source:   Saad and Solla, Physical Review E 52 (1995), 4225: online learning in soft
//           committee machines, where averages over Gaussian inputs are closed forms.
// Example:  activation { [didact/Erf] {} }
template <class T>
class ErfActivation final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    SimdMap(
        activation, [](Batch x) { return SimdErf(x * Batch(T(1) / std::numbers::sqrt2_v<T>)); },
        pre_activation);
  }

  void MultiplyByDerivative(absl::Span<const T> pre_activation, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    SimdMap(
        gradient,
        [](Batch x, Batch upstream) {
          return upstream * (Batch(kSlopeAtZero) * xsimd::exp(Batch(T(-0.5)) * x * x));
        },
        pre_activation, gradient);
  }

  bool is_odd() const override { return true; }

 private:
  using Batch = xsimd::batch<T>;

  static constexpr T kSlopeAtZero = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;
};

}  // namespace

absl::Status RegisterErf(PluginRegistry& registry) { return registry.Add<Erf, ErfActivation>(); }

}  // namespace didact
