// Plugin kind `initializer`: sets or changes the weights of a network before training.
//
// 1. The framework builds the initializers of a network from the list in its config.
// 2. For each in that order, it prepares and reads the data set of data(), if there is one, and
//    calls Apply. The weights are zero before the first.
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

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Computes the pre-activations of a network for the samples of a data set.
template <class T>
class PreActivations {
 public:
  virtual ~PreActivations() = default;

  // Returns W h + b of layer `layer` for all samples, with the present parameters of the network:
  // [samples * positions, nodes], before normalization and nonlinearity, with the positions before
  // pooling; of the final layer, the outputs. Normalizations of the layers below use the running
  // statistics. Valid until the next call. Once the trial is cancelled, elements are arbitrary,
  // since the trial is dropped.
  // Throws: exceptions of plugins (ConfiguredPlugin::Call).
  virtual ArrayView<const T> Compute(int64_t layer) = 0;
};

// Inputs of an initializer besides its config.
template <class T>
struct InitializerContext {
  // Random numbers for this initializer in this trial; each initializer of a list has its own
  // stream.
  RandomStream random;
  // The initialized teacher if the student is initialized; empty for the teacher itself, or if
  // there is none.
  NetworkView<const T> teacher;
  // The pre-activations of the network that is initialized, for the samples of Initializer::data();
  // null if there is no such data set. Valid only during the call.
  PreActivations<T>* pre_activations = nullptr;
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

  // The data set whose samples Apply needs, built by BuildContext::Create from a field of the
  // config; null if there is none. Its inputs must have the shape of the network's. Its random
  // numbers are split off the initializer's, and the teacher that it gets is, in the teacher's own
  // list, the teacher as the preceding initializers left it.
  virtual const ConfiguredPlugin<Dataset<T>>* data() const { return nullptr; }

  // Changes `weights` in place. Errors: INVALID_ARGUMENT if the config does not fit the network.
  virtual absl::Status Apply(const InitializerContext<T>& context,
                             NetworkView<T> weights) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_INITIALIZER_H_
