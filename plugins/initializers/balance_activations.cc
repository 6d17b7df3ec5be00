#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/layer_selection.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Returns the median of a column with at least one row; the lower of the middle two if their number
// is even. `values` is memory for its elements.
template <class T>
T LowerMedian(const ArrayView<const T>& matrix, int64_t column, std::vector<T>& values) {
  values.resize(matrix.shape(0));
  for (int64_t i = 0; i < matrix.shape(0); ++i) values[i] = matrix(i, column);
  const auto middle = values.begin() + (matrix.shape(0) - 1) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Makes each hidden node active on half of the samples of a data set: subtracts from its bias the
// median of its pre-activations, layer by layer from the input on, so that those of a layer are
// computed with the new biases of the layers below.
//
// Config:   didact.BalanceActivations; data: the data set, layer: hidden layers (none: all hidden
//           layers; their order does not matter).
// Shapes:   bias [out] of each selected layer; weights stay. In a layer with several positions, the
//           median is that of all samples and positions.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT when the data set cannot be built, Apply when the
//           network has no such hidden layer, or when a layer has no biases.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: pre-activations are those of training, in the network's precision. The median is the
//           element (N - 1) / 2 in ascending order, from 0; it is subtracted in that precision.
// Source:   `tune_teacher` of the multi-layer reference of Tian, ICML 2020.
// Example:  teacher {
//             initializer {
//               [didact/BalanceActivations] {
//                 data { [didact/GaussianInputs] { dimension: 20 size: 1000 } }
//               }
//             }
//           }
template <class T>
class BalanceActivationsInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const BalanceActivations& config,
                                                               const BuildContext& context) {
    DIDACT_ASSIGN_OR_RETURN(ConfiguredPlugin<Dataset<T>> data,
                            context.Create<Dataset<T>>(config.data(), context.path.Field("data")));
    return std::make_unique<BalanceActivationsInitializer>(std::move(data), config, context.path);
  }

  BalanceActivationsInitializer(ConfiguredPlugin<Dataset<T>> data, const BalanceActivations& config,
                                const FieldPath& path)
      : data_(std::move(data)), layers_(config.layer(), path.Field("layer")), path_(path) {}

  const ConfiguredPlugin<Dataset<T>>* data() const override { return &data_; }

  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T> weights) const override {
    DIDACT_ASSIGN_OR_RETURN(std::vector<int64_t> layers,
                            layers_.Of(static_cast<int64_t>(weights.size()) - 1));
    std::sort(layers.begin(), layers.end());
    for (const int64_t layer : layers) {
      if (!weights[layer].bias.empty()) continue;
      return path_.Invalid(absl::StrCat("needs biases, but layer ", layer,
                                        " has none; remove it, or bias: false of the network"));
    }
    std::vector<T> values;
    for (const int64_t layer : layers) {
      const ArrayView<const T> pre_activations = context.pre_activations->Compute(layer);
      for (int64_t node = 0; node < weights[layer].bias.shape(0); ++node) {
        weights[layer].bias(node) -= LowerMedian(pre_activations, node, values);
      }
    }
    return absl::OkStatus();
  }

 private:
  ConfiguredPlugin<Dataset<T>> data_;
  LayerSelection layers_;
  FieldPath path_;
};

}  // namespace

absl::Status RegisterBalanceActivations(PluginRegistry& registry) {
  return registry.Add<BalanceActivations, BalanceActivationsInitializer>();
}

}  // namespace didact
