// Plugin kind `activation`: elementwise nonlinearities of hidden layers.
//
// 1. A network builds the activation of each hidden layer from its config.
// 2. It asks for negative_slope() and is_odd() once.
// 3. Each forward pass calls Apply, each backward pass MultiplyByDerivative.
//
// Example, the logistic function:
//
//   template <class T>
//   class Logistic final : public Activation<T> {
//    public:
//     void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
//       for (size_t i = 0; i < x.size(); ++i) y[i] = 1 / (1 + std::exp(-x[i]));
//     }
//     void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T> y,
//                               absl::Span<T> gradient) const override {
//       for (size_t i = 0; i < y.size(); ++i) gradient[i] *= y[i] * (1 - y[i]);
//     }
//   };

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
// Numerics: the value of an element depends on that element alone, not on its position in a span
//           (batches may be split anywhere). NaN gives NaN: a gradient that is NaN stays NaN, and the
//           derivative at NaN is not 0. No intermediate result overflows unless the value does.
template <class T>
class Activation {
 public:
  static constexpr absl::string_view kKind = "activation";
  using Scalar = T;
  using Interface = Activation;

  virtual ~Activation() = default;

  // activation[i] = f(pre_activation[i]). The spans have the same length; they are the same memory
  // or do not overlap.
  virtual void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const = 0;

  // gradient[i] *= f'(pre_activation[i]). activation[i] = f(pre_activation[i]) is given for
  // functions whose derivative is cheaper to compute from it. `gradient` overlaps neither.
  virtual void MultiplyByDerivative(absl::Span<const T> pre_activation,
                                    absl::Span<const T> activation,
                                    absl::Span<T> gradient) const = 0;

  // The slope s >= 0 if f(x) = x for x > 0 and s * x otherwise, with derivative s at 0; the
  // framework then fuses the function into its matrix products and calls neither method above.
  // std::nullopt for all other functions.
  virtual std::optional<T> negative_slope() const { return std::nullopt; }

  // True if f(-x) = -f(x) for all x. A student node may then learn a teacher node with the opposite
  // sign, for which the next layer compensates; metrics compare nodes accordingly.
  virtual bool is_odd() const { return false; }

  // Points at which f' is discontinuous; tests by finite differences avoid them.
  virtual std::vector<double> kinks() const { return {}; }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_ACTIVATION_H_
