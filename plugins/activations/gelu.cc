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

// The Gaussian error linear unit: y = x Phi(x), Phi the standard normal distribution function;
// the exact form, not the one with tanh.
//
// Config:   didact.Gelu, without fields.
// Shapes:   any; input and output may be the same memory.
// Gradient: Phi(x) + x phi(x), phi the standard normal density.
// Errors:   none.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: Phi comes from the complementary error function, so that small values keep their
//           digits, all but about x^2 units in the last place. NaN gives NaN, -infinity 0,
//           +infinity itself.
// Source:   Hendrycks and Gimpel, arXiv 1606.08415, section 2.
// Example:  activation { [didact/Gelu] {} }
template <class T>
class GeluActivation final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    SimdMap(
        activation,
        [](Batch x) {
          // The product must be 0 where Phi is 0, even at -infinity.
          return xsimd::select(x < Batch(-kFar), Batch(T(0)), x * Phi(x));
        },
        pre_activation);
  }

  void MultiplyByDerivative(absl::Span<const T> pre_activation, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    SimdMap(
        gradient,
        [](Batch x, Batch upstream) {
          const Batch density = Batch(kDensityAtZero) * xsimd::exp(Batch(T(-0.5)) * x * x);
          const Batch slope = xsimd::select(xsimd::abs(x) > Batch(kFar), Batch(T(0)), x * density);
          return upstream * (Phi(x) + slope);
        },
        pre_activation, gradient);
  }

 private:
  using Batch = xsimd::batch<T>;

  // Beyond this argument, Phi is 0 or 1 in either precision.
  static constexpr T kFar = 40;
  static constexpr T kDensityAtZero = std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;

  static Batch Phi(Batch x) {
    return Batch(T(0.5)) * SimdErfc(x * Batch(T(-1) / std::numbers::sqrt2_v<T>));
  }
};

}  // namespace

absl::Status RegisterGelu(PluginRegistry& registry) { return registry.Add<Gelu, GeluActivation>(); }

}  // namespace didact
