// Plugin kind `initializer`: sets or changes the weights of a network before training.
//
// 1. The framework builds the initializers of a network from the list in its config.
// 2. It calls Apply of each in that order. The weights are zero before the first.
//
// Example, which sets all weights of the first layer to 1:
//
//   template <class T>
//   class Ones final : public Initializer<T> {
//    public:
//     absl::Status Apply(const InitializerContext<T>&, NetworkView<T> weights) const override {
//       auto weight = AsTensor(weights[0].weight);  // framework/kernels/xtensor_view.h
//       xt::noalias(weight) = xt::ones_like(weight);
//       return absl::OkStatus();
//     }
//   };

#ifndef DIDACT_FRAMEWORK_PLUGIN_INITIALIZER_H_
#define DIDACT_FRAMEWORK_PLUGIN_INITIALIZER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Inputs of an initializer besides its config.
template <class T>
struct InitializerContext {
  // Random numbers for this initializer in this trial; each initializer of a list has its own
  // stream.
  RandomStream random;
  // The initialized teacher if the student is initialized; empty for the teacher itself, or if
  // there is none.
  NetworkView<const T> teacher;
};

// Changes the weights left by the preceding initializers.
//
// Threads: immutable once built; Apply may run concurrently on different networks.
template <class T>
class Initializer {
 public:
  static constexpr absl::string_view kKind = "initializer";
  using Scalar = T;
  using Interface = Initializer;

  virtual ~Initializer() = default;

  // Changes `weights` in place. Errors: INVALID_ARGUMENT if the config does not fit the network.
  virtual absl::Status Apply(const InitializerContext<T>& context,
                             NetworkView<T> weights) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_INITIALIZER_H_
