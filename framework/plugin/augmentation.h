// Plugin kind `augmentation`: random or fixed changes of inputs.

#ifndef DIDACT_FRAMEWORK_PLUGIN_AUGMENTATION_H_
#define DIDACT_FRAMEWORK_PLUGIN_AUGMENTATION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "framework/base/random.h"

namespace didact {

// A change of inputs that keeps their shape.
//
// Threads: after Prepare all methods are const and may run concurrently.
template <class T>
class Augmentation {
 public:
  static constexpr absl::string_view kKind = "augmentation";
  using Scalar = T;
  using Interface = Augmentation;

  virtual ~Augmentation() = default;

  // Called once with the shape of a sample: [features] or [channels, rows, columns].
  virtual absl::Status Prepare(absl::Span<const int64_t> sample_shape) {
    static_cast<void>(sample_shape);
    return absl::OkStatus();
  }

  // Changes `inputs` [batch, features] (rows dense) in place. `random` is a stream of this
  // mini-batch and this augmentation alone; row r must depend on that row and on random.Split(r)
  // only.
  virtual void Apply(const RandomStream& random, ArrayView<T> inputs) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_AUGMENTATION_H_
