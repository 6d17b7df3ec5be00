// Plugin kind `projection`: a constraint on the student's weights, imposed after each step.
//
// 1. The framework builds the projections of a trial and, when the student has been initialized,
//    calls Prepare of each once. Prepare may exclude layers from training.
// 2. After every step, and not before the first, it calls Apply of each in the order of the config.
//
// Example, which keeps the weights of the first layer nonnegative:
//
//   template <class T>
//   class Nonnegative final : public Projection<T> {
//    public:
//     void Apply(const RandomStream&, NetworkView<T> student) const override {
//       auto weight = AsTensor(student[0].weight);  // framework/kernels/xtensor_view.h
//       xt::noalias(weight) = xt::maximum(weight, T(0));
//     }
//   };

#ifndef DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_
#define DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Inputs of a projection besides its config.
template <class T>
struct ProjectionContext {
  // The initialized student; valid only during the call.
  NetworkView<const T> student;
  // One value for each layer of the student, true at first. A projection sets it to false to
  // exclude the layer from training.
  absl::Span<bool> trained;
};

// A constraint on the student's weights. Apply is idempotent: a second call with the same random
// numbers changes nothing but rounding.
//
// Threads: immutable after Prepare; Apply may run concurrently on different networks.
template <class T>
class Projection {
 public:
  static constexpr absl::string_view kKind = "projection";
  using Scalar = T;
  using Interface = Projection;

  virtual ~Projection() = default;

  // Called once. Errors: INVALID_ARGUMENT if the config does not fit the network.
  virtual absl::Status Prepare(const ProjectionContext<T>& context) {
    static_cast<void>(context);
    return absl::OkStatus();
  }

  // Imposes the constraint. `random` is a stream for this step and this projection alone. Allocates
  // nothing.
  virtual void Apply(const RandomStream& random, NetworkView<T> student) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_
