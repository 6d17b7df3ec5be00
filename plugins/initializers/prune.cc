#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/weakest_nodes.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Sets the fan-out weights of the weakest nodes of each hidden layer to 0. The weakest nodes are
// those whose fan-out weights have the smallest mean absolute value.
//
// Config:   didact.Prune; ratio in [0, 1], one for each hidden layer or one for all.
// Shapes:   weight [out, in] of each layer above the first: the columns that belong to the chosen
//           nodes of the layer below, which are several where that layer has several positions.
//           Everything else stays, the weights and biases of the chosen nodes included.
// Gradient: does not apply; training may change the weights again.
// Errors:   building fails with INVALID_ARGUMENT when a ratio is out of range, Apply when the
//           network has another number of hidden layers.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: nodes * ratio in double, truncated; as WeakestNodes (framework/plugin/weakest_nodes.h).
// Source:   `prune` of the multi-layer reference of Tian, ICML 2020. Of equally weak nodes, whose
//           order is undefined there, those with smaller numbers are chosen; and the positions of a
//           node before a fully connected layer are consecutive columns, which are mixed up there.
// Example:  teacher { initializer { [didact/Prune] { ratio: [0.3, 0.5] } } }
template <class T>
class PruneInitializer final : public Initializer<T> {
 public:
  PruneInitializer(const Prune& config, const BuildContext& context)
      : ratios_(config.ratio().begin(), config.ratio().end()), path_(context.path.Field("ratio")) {}

  absl::Status Apply(const InitializerContext<T>&, NetworkView<T> weights) const override {
    const size_t hidden_layers = weights.size() - 1;
    const bool one_for_all = ratios_.size() == 1;
    if (!one_for_all && ratios_.size() != hidden_layers) {
      return path_.Invalid(
          absl::StrCat("must have one number for all hidden layers or one for each, ",
                       hidden_layers, ", got ", ratios_.size()));
    }
    for (size_t layer = 0; layer < hidden_layers; ++layer) {
      PruneFanOut(weights[layer].nodes, ratios_[one_for_all ? 0 : layer], weights[layer + 1]);
    }
    return absl::OkStatus();
  }

 private:
  static void PruneFanOut(int64_t nodes, double ratio, const LayerView<T>& layer) {
    const int64_t columns = ColumnsPerNode(layer, nodes);
    for (const int64_t node : WeakestNodes(layer, nodes, ratio)) {
      for (int64_t j = node * columns; j < (node + 1) * columns; ++j) {
        for (int64_t i = 0; i < layer.weight.shape(0); ++i) layer.weight(i, j) = 0;
      }
    }
  }

  std::vector<double> ratios_;
  FieldPath path_;
};

}  // namespace

absl::Status RegisterPrune(PluginRegistry& registry) {
  return registry.Add<Prune, PruneInitializer>();
}

}  // namespace didact
