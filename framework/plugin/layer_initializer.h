// Base class of initializers that treat the layers of a network one by one.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LAYER_INITIALIZER_H_
#define DIDACT_FRAMEWORK_PLUGIN_LAYER_INITIALIZER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/layer_selection.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Initializes the layers that the field `layer` of its config, repeated int32, selects; all if it
// is empty. A derived class implements InitializeLayer.
//
// Threads: as in Initializer.
// Errors:  INVALID_ARGUMENT with the path of the field, before anything is changed, for a layer
//          that the network does not have.
template <class T>
class LayerInitializer : public Initializer<T> {
 public:
  template <class Config>
  LayerInitializer(const Config& config, const BuildContext& context)
      : layers_(config.layer(), context.path.Field("layer")) {}

  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T> weights) const final {
    DIDACT_ASSIGN_OR_RETURN(const auto layers, layers_.Of(static_cast<int64_t>(weights.size())));
    for (const int64_t layer : layers) {
      DIDACT_RETURN_IF_ERROR(InitializeLayer(
          layer, context.random.Split(static_cast<uint64_t>(layer)), weights[layer]));
    }
    return absl::OkStatus();
  }

 private:
  // Changes `weights`, the parameters of layer `layer`. `random` is a stream for this layer alone,
  // so that the width of one layer does not change the numbers of another. Errors: INVALID_ARGUMENT
  // if the config does not fit the layer.
  virtual absl::Status InitializeLayer(int64_t layer, const RandomStream& random,
                                       const LayerView<T>& weights) const = 0;

  LayerSelection layers_;
};

// The places of random numbers in a layer's stream of which number i * in + j belongs to weight
// (i, j), for ForEachNumberedRow.
template <class T>
NumberedRows NumberedByRows(const ArrayView<T>& weight) {
  return {.rows = weight.shape(0),
          .columns = weight.shape(1),
          .first = 0,
          .stride = static_cast<uint64_t>(weight.shape(1))};
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LAYER_INITIALIZER_H_
