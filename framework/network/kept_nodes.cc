#include "didact/framework/network/kept_nodes.h"

#include <cstddef>
#include <numeric>
#include <utility>

#include "didact/framework/base/array_view.h"
#include "didact/framework/plugin/weakest_nodes.h"

namespace didact {
namespace {

std::vector<int64_t> AllOf(int64_t count) {
  std::vector<int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// Returns the columns of a weight that belong to these nodes of the layer below.
std::vector<int64_t> ColumnsOf(const std::vector<int64_t>& nodes, int64_t columns_per_node) {
  std::vector<int64_t> columns;
  for (const int64_t node : nodes) {
    for (int64_t c = 0; c < columns_per_node; ++c) columns.push_back(node * columns_per_node + c);
  }
  return columns;
}

}  // namespace

template <class T>
void CopyKeptNodes(NetworkView<const T> from, absl::Span<const std::vector<int64_t>> kept,
                   NetworkView<T> to) {
  for (size_t l = 0; l < from.size(); ++l) {
    const LayerView<const T>& source = from[l];
    const LayerView<T>& target = to[l];
    const std::vector<int64_t> nodes = l < kept.size() ? kept[l] : AllOf(source.nodes);
    const std::vector<int64_t> columns =
        l == 0 ? AllOf(source.weight.shape(1))
               : ColumnsOf(kept[l - 1], ColumnsPerNode(source, from[l - 1].nodes));
    for (size_t i = 0; i < nodes.size(); ++i) {
      for (size_t j = 0; j < columns.size(); ++j) {
        target.weight(i, j) = source.weight(nodes[i], columns[j]);
      }
    }
    for (const auto& [of_nodes, copy] :
         {std::pair(source.bias, target.bias), std::pair(source.gain, target.gain),
          std::pair(source.shift, target.shift),
          std::pair(source.running_mean, target.running_mean),
          std::pair(source.running_variance, target.running_variance)}) {
      if (of_nodes.empty()) continue;
      for (size_t i = 0; i < nodes.size(); ++i) copy(i) = of_nodes(nodes[i]);
    }
  }
}

template void CopyKeptNodes(NetworkView<const float>, absl::Span<const std::vector<int64_t>>,
                            NetworkView<float>);
template void CopyKeptNodes(NetworkView<const double>, absl::Span<const std::vector<int64_t>>,
                            NetworkView<double>);

}  // namespace didact
