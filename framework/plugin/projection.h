// Plugin kind `projection`: a constraint on the student's weights, imposed after each step.

#ifndef DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_
#define DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/random.h"
#include "framework/plugin/weights.h"

namespace didact {

// Threads: after Prepare immutable; Apply may run concurrently on different networks.
template <class T>
class Projection {
 public:
  static constexpr absl::string_view kKind = "projection";
  using Scalar = T;
  using Interface = Projection;

  virtual ~Projection() = default;

  // Called once with the student as initialized.
  // Errors: INVALID_ARGUMENT when the config does not fit the network.
  virtual absl::Status Prepare(NetworkWeights<const T> student) {
    static_cast<void>(student);
    return absl::OkStatus();
  }

  // Whether steps may change a layer at all; asked once, after Prepare.
  virtual bool Trains(int64_t layer) const {
    static_cast<void>(layer);
    return true;
  }

  // Imposes the constraint. `random` is a stream of this step and this projection alone. Allocates nothing.
  virtual void Apply(const RandomStream& random, NetworkWeights<T> student) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_PROJECTION_H_
