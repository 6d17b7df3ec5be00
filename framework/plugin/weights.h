// The weights of a network as plugins see them.

#ifndef DIDACT_FRAMEWORK_PLUGIN_WEIGHTS_H_
#define DIDACT_FRAMEWORK_PLUGIN_WEIGHTS_H_

#include "absl/types/span.h"
#include "framework/base/array_view.h"

namespace didact {

// One layer's weights, seen in place: weight [out, in], bias [out]. The strides are the framework's
// affair (rows need not be dense), so address elements through the views or through `AsTensor`
// (framework/kernels/xtensor_view.h).
template <class T>
struct LayerWeights {
  ArrayView<T> weight;
  ArrayView<T> bias;
};

// The layers of a network from the input on: the hidden layers, then the final linear layer.
template <class T>
using NetworkWeights = absl::Span<const LayerWeights<T>>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_WEIGHTS_H_
