// Gives a network its initial weights.

#ifndef DIDACT_FRAMEWORK_TRAINING_INITIALIZE_NETWORK_H_
#define DIDACT_FRAMEWORK_TRAINING_INITIALIZE_NETWORK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Checks the data sets that initializers name, as far as they are known before Prepare.
//   inputs: number of inputs of the network.
// Errors: INVALID_ARGUMENT, for all of them at once, unless an input has `inputs` features.
// Throws: exceptions of plugins (ConfiguredPlugin::Call), as does InitializeNetwork.
template <class T>
absl::Status CheckInitializerData(absl::Span<const ConfiguredPlugin<Initializer<T>>> initializers,
                                  int64_t inputs);

// The inputs that the initializers of a network get, besides the network.
template <class T>
struct InitializationInputs {
  RandomStream random;                // initializer i has the stream random.Split(i)
  NetworkView<const T> teacher;       // InitializerContext::teacher
  NetworkView<const T> data_teacher;  // DatasetContext::teacher, for the data sets that they name
  int64_t batch = 0;                  // most samples of a forward pass; changes no result
  StopFlag stop = nullptr;            // cancels forward passes and the reading of data
};

// Applies `initializers` in order to `network`. The data set of an initializer has the stream
// "data" split off the initializer's, or the stream "initializer_data" of the seed that its config
// pins.
// Errors: those of the plugins, with their paths; INVALID_ARGUMENT for a data set that PrepareData
// or ReadSamples refuses; RESOURCE_EXHAUSTED for one that does not fit in memory; CANCELLED soon
// after `stop` is set.
template <class T>
absl::Status InitializeNetwork(absl::Span<const ConfiguredPlugin<Initializer<T>>> initializers,
                               const InitializationInputs<T>& inputs, Network<T>& network);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_INITIALIZE_NETWORK_H_
