#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/activation.pb.h"

namespace didact {
namespace {

// The identity: y = x. Hidden layers become linear.
//
// Config:   didact.Identity, without fields.
// Shapes:   any; input and output may be the same memory.
// Gradient: 1 everywhere.
// Errors:   none.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: exact.
// Source:   deep linear networks: Saxe, McClelland and Ganguli, ICLR 2014.
// Example:  activation { [didact/Identity] {} }
template <class T>
class IdentityActivation final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    std::copy(pre_activation.begin(), pre_activation.end(), activation.begin());
  }

  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T>,
                            absl::Span<T>) const override {}

  std::optional<T> negative_slope() const override { return T(1); }

  bool is_odd() const override { return true; }
};

}  // namespace

absl::Status RegisterIdentity(PluginRegistry& registry) {
  return registry.Add<Identity, IdentityActivation>();
}

}  // namespace didact
