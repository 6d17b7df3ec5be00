// Plugin kind `activation`: elementwise nonlinearities of hidden layers.

#ifndef DIDACT_FRAMEWORK_PLUGIN_ACTIVATION_H_
#define DIDACT_FRAMEWORK_PLUGIN_ACTIVATION_H_

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace didact {

// An elementwise function y = f(x).
//
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: the value of an element depends on that element alone, never on its place in a span
//           (batches may be split anywhere). NaN gives NaN.
template <class T>
class Activation {
 public:
  static constexpr absl::string_view kKind = "activation";
  using Scalar = T;
  using Interface = Activation;

  virtual ~Activation() = default;

  // activation[i] = f(pre_activation[i]). The spans have one length and are the same memory or do
  // not overlap.
  virtual void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const = 0;

  // gradient[i] *= f'(pre_activation[i]), where activation[i] = f(pre_activation[i]) is given too,
  // for functions whose derivative is cheaper from there. `gradient` overlaps neither.
  virtual void MultiplyByDerivative(absl::Span<const T> pre_activation,
                                    absl::Span<const T> activation,
                                    absl::Span<T> gradient) const = 0;

  // The slope s >= 0 if f(x) = x for x > 0 and s * x otherwise, with derivative s at 0: the
  // framework then fuses the function into its matrix products and calls neither method above.
  // Nothing for all other functions.
  virtual std::optional<T> negative_slope() const { return std::nullopt; }

  // True if f(-x) = -f(x) for all x. A student node may then have learned a teacher node with the other
  // sign, which the next layer makes up for; metrics compare nodes accordingly.
  virtual bool is_odd() const { return false; }

  // Where f' jumps; tests by finite differences keep away from there.
  virtual std::vector<double> kinks() const { return {}; }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_ACTIVATION_H_
