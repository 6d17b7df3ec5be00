// Chooses the nodes of a layer that are pruned.

#ifndef DIDACT_FRAMEWORK_PLUGIN_WEAKEST_NODES_H_
#define DIDACT_FRAMEWORK_PLUGIN_WEAKEST_NODES_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "didact/framework/plugin/network_view.h"

namespace didact {

// Returns how many columns of the weight of a layer multiply outputs of one node of the layer
// below. They are consecutive, since columns are in the order of nodes, then of positions or, in a
// convolution, of places in the kernel: those of node j begin at j times this number.
template <class T>
int64_t ColumnsPerNode(const LayerView<T>& layer, int64_t nodes_below) {
  return layer.weight.shape(1) / nodes_below;
}

// Returns how many of the nodes of a layer are pruned: int(nodes * ratio). 0 <= ratio <= 1.
inline int64_t PrunedNodes(int64_t nodes, double ratio) {
  return static_cast<int64_t>(static_cast<double>(nodes) * ratio);
}

// Returns the nodes of the layer below `layer` that are pruned, whose fan-out weights, in `layer`,
// have the smallest mean absolute value: the weakest first, and of equal ones the one with the
// smaller number. 0 <= ratio <= 1. Means are computed in double.
// Source: `prune` of the multi-layer reference of Tian, ICML 2020.
template <class T>
std::vector<int64_t> WeakestNodes(const LayerView<T>& layer, int64_t nodes_below, double ratio) {
  const int64_t columns = ColumnsPerNode(layer, nodes_below);
  // Sums order nodes like means, since all nodes have equally many weights.
  std::vector<double> strength(nodes_below, 0);
  for (int64_t i = 0; i < layer.weight.shape(0); ++i) {
    for (int64_t j = 0; j < layer.weight.shape(1); ++j) {
      strength[j / columns] += std::fabs(static_cast<double>(layer.weight(i, j)));
    }
  }
  std::vector<int64_t> nodes(nodes_below);
  std::iota(nodes.begin(), nodes.end(), 0);
  std::stable_sort(nodes.begin(), nodes.end(),
                   [&strength](int64_t a, int64_t b) { return strength[a] < strength[b]; });
  nodes.resize(PrunedNodes(nodes_below, ratio));
  return nodes;
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_WEAKEST_NODES_H_
