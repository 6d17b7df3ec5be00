// The activation Swish: y = x / (1 + exp(-beta x)).

#ifndef EXAMPLE_SWISH_ACTIVATION_H_
#define EXAMPLE_SWISH_ACTIVATION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/kernels/simd_map.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/factory.h"
#include "example_plugins.pb.h"

namespace example {

template <class T>
class SwishActivation : public didact::Activation<T> {
 public:
  static absl::StatusOr<std::unique_ptr<didact::Activation<T>>> Build(const Swish& config,
                                                                      const didact::BuildContext&) {
    return std::make_unique<SwishActivation>(config.beta());
  }

  explicit SwishActivation(double beta) : beta_(static_cast<T>(beta)) {}

  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    didact::SimdMap(activation, [this](Batch x) { return x * Sigmoid(x); }, pre_activation);
  }

  // With s = sigmoid(beta x): f' = s + beta x s (1 - s).
  void MultiplyByDerivative(absl::Span<const T> pre_activation, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    didact::SimdMap(
        gradient,
        [this](Batch g, Batch x) {
          const Batch s = Sigmoid(x);
          return g * (s + Batch(beta_) * x * s * (Batch(1) - s));
        },
        absl::Span<const T>(gradient), pre_activation);
  }

 private:
  using Batch = xsimd::batch<T>;

  Batch Sigmoid(Batch x) const { return Batch(1) / (Batch(1) + xsimd::exp(-(Batch(beta_) * x))); }

  T beta_;
};

}  // namespace example

#endif  // EXAMPLE_SWISH_ACTIVATION_H_
