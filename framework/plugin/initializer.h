// Plugin kind `initializer`: makes or changes the weights of a network before training.

#ifndef DIDACT_FRAMEWORK_PLUGIN_INITIALIZER_H_
#define DIDACT_FRAMEWORK_PLUGIN_INITIALIZER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/random.h"
#include "framework/plugin/network_view.h"

namespace didact {

// What an initializer may depend on besides its config.
template <class T>
struct InitializerContext {
  // The random numbers of this initializer in this trial (not shared with the others in the list).
  RandomStream random;
  // The finished teacher when the student is initialized; empty when the teacher itself is, and where
  // there is none.
  NetworkView<const T> teacher;
};

// A function of the weights as the initializers before it left them (the first of a list gets
// zeros).
//
// Threads: immutable once built; Apply may run concurrently on different networks.
template <class T>
class Initializer {
 public:
  static constexpr absl::string_view kKind = "initializer";
  using Scalar = T;
  using Interface = Initializer;

  virtual ~Initializer() = default;

  // Errors: INVALID_ARGUMENT when the config does not fit the network.
  virtual absl::Status Apply(const InitializerContext<T>& context,
                             NetworkView<T> weights) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_INITIALIZER_H_
