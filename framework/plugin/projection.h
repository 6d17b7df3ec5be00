// Plugin kind `projection`: a constraint on the student's weights, imposed after each step.

#ifndef DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_
#define DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/base/random.h"
#include "framework/plugin/network_view.h"

namespace didact {

// What a projection may depend on besides its config.
template <class T>
struct ProjectionContext {
  // As initialized; good during the call only.
  NetworkView<const T> student;
  // One for each layer of the student, true at first: a projection sets that of a layer to false so
  // that steps do not change it.
  absl::Span<bool> trained;
};

// Threads: after Prepare immutable; Apply may run concurrently on different networks.
template <class T>
class Projection {
 public:
  static constexpr absl::string_view kKind = "projection";
  using Scalar = T;
  using Interface = Projection;

  virtual ~Projection() = default;

  // Called once. Errors: INVALID_ARGUMENT when the config does not fit the network.
  virtual absl::Status Prepare(const ProjectionContext<T>& context) {
    static_cast<void>(context);
    return absl::OkStatus();
  }

  // Imposes the constraint. `random` is a stream of this step and this projection alone. Allocates nothing.
  virtual void Apply(const RandomStream& random, NetworkView<T> student) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_
