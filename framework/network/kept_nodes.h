// Takes nodes out of a network.

#ifndef DIDACT_FRAMEWORK_NETWORK_KEPT_NODES_H_
#define DIDACT_FRAMEWORK_NETWORK_KEPT_NODES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Copies the parameters and statistics of the nodes that are kept: of each such node its fan-in
// weights from nodes that are kept, its bias, gain and shift, and its running statistics. The
// final layer keeps all nodes. Then `to` computes what `from` would with fan-out weights of 0 for
// the other nodes, up to rounding.
//   kept: for each hidden layer, the numbers of its nodes that are kept, ascending, at least one.
//   to: a network like `from` whose hidden layer l has kept[l].size() nodes.
template <class T>
void CopyKeptNodes(NetworkView<const T> from, absl::Span<const std::vector<int64_t>> kept,
                   NetworkView<T> to);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_KEPT_NODES_H_
