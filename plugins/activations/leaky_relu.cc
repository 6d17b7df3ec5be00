#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/activation.pb.h"

namespace didact {
namespace {

// The leaky rectifier: y = x if x > 0, else a x.
//
// Config:   didact.LeakyRelu; a = negative_slope, in [0, 1), default 0.01.
// Shapes:   any; input and output may be the same memory.
// Gradient: 1 if x > 0, else a, also at exactly 0.
// Errors:   building fails with INVALID_ARGUMENT when a is out of range; calls cannot
//           fail.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: one rounding, of the product. NaN gives NaN.
// Source:   Maas, Hannun and Ng, ICML workshop on deep learning for audio, speech and
//           language processing, 2013.
// Example:  activation { [didact/LeakyRelu] { negative_slope: 0.1 } }
template <class T>
class LeakyReluActivation final : public Activation<T> {
 public:
  explicit LeakyReluActivation(const LeakyRelu& config)
      : negative_slope_(static_cast<T>(config.negative_slope())) {}

  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    PiecewiseLinear(pre_activation.data(), activation.data(),
                    static_cast<int64_t>(activation.size()), negative_slope_);
  }

  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T> activation,
                            absl::Span<T> gradient) const override {
    PiecewiseLinearGradient(activation.data(), gradient.data(), gradient.data(),
                            static_cast<int64_t>(gradient.size()), negative_slope_);
  }

  std::optional<T> negative_slope() const override { return negative_slope_; }

  std::vector<double> kinks() const override { return {0.0}; }

 private:
  T negative_slope_;
};

}  // namespace

absl::Status RegisterLeakyRelu(PluginRegistry& registry) {
  return registry.Add<LeakyRelu, LeakyReluActivation>();
}

}  // namespace didact
