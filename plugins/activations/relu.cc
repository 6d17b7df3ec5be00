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

// The rectifier: y = x if x > 0, else 0.
//
// Config:   didact.Relu, without fields.
// Shapes:   any; input and output may be the same memory.
// Gradient: 1 if x > 0, else 0, also at exactly 0, as in PyTorch.
// Errors:   none.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: exact; a negative x gives -0. NaN gives NaN, and so does -infinity (0 times
//           it), so that a training that diverged does not look sound.
// Source:   Nair and Hinton, ICML 2010.
// Example:  activation { [didact/Relu] {} }
template <class T>
class ReluActivation final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    PiecewiseLinear(pre_activation.data(), activation.data(),
                    static_cast<int64_t>(activation.size()), T(0));
  }

  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T> activation,
                            absl::Span<T> gradient) const override {
    PiecewiseLinearGradient(activation.data(), gradient.data(), gradient.data(),
                            static_cast<int64_t>(gradient.size()), T(0));
  }

  std::optional<T> negative_slope() const override { return T(0); }

  std::vector<double> kinks() const override { return {0.0}; }
};

}  // namespace

absl::Status RegisterRelu(PluginRegistry& registry) { return registry.Add<Relu, ReluActivation>(); }

}  // namespace didact
