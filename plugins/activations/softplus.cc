#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/kernels/simd_map.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/activation.pb.h"

namespace didact {
namespace {

// A smooth rectifier: y = log(1 + exp(b x)) / b.
//
// Config:   didact.Softplus; b = sharpness, in [1e-6, 1e6], default 1.
// Shapes:   any; input and output may be the same memory.
// Gradient: 1 / (1 + exp(-b x)).
// Errors:   building fails with INVALID_ARGUMENT when b is out of range; calls cannot
//           fail.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: computed as max(x, 0) + log(1 + exp(-|b x|)) / b, whose exponential cannot
//           overflow. NaN gives NaN, -infinity 0, +infinity itself.
// Source:   Dugas, Bengio, Belisle, Nadeau and Garcia, NIPS 2000.
// Example:  activation { [didact/Softplus] { sharpness: 10 } }
template <class T>
class SoftplusActivation final : public Activation<T> {
 public:
  explicit SoftplusActivation(const Softplus& config)
      : sharpness_(static_cast<T>(config.sharpness())) {}

  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    SimdMap(
        activation,
        [this](Batch x) {
          const Batch rest = xsimd::log1p(xsimd::exp(-xsimd::abs(x * Batch(sharpness_))));
          return xsimd::select(x > Batch(T(0)), x, Batch(T(0))) + rest / Batch(sharpness_);
        },
        pre_activation);
  }

  void MultiplyByDerivative(absl::Span<const T> pre_activation, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    SimdMap(
        gradient,
        [this](Batch x, Batch upstream) {
          const Batch exponential = xsimd::exp(-xsimd::abs(x * Batch(sharpness_)));
          const Batch numerator = xsimd::select(x > Batch(T(0)), Batch(T(1)), exponential);
          return upstream * (numerator / (Batch(T(1)) + exponential));
        },
        pre_activation, gradient);
  }

 private:
  using Batch = xsimd::batch<T>;

  T sharpness_;
};

}  // namespace

absl::Status RegisterSoftplus(PluginRegistry& registry) {
  return registry.Add<Softplus, SoftplusActivation>();
}

}  // namespace didact
