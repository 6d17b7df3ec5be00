// The trained parameters of a network as an optimizer sees them, and their names.

#ifndef DIDACT_FRAMEWORK_TRAINING_PARAMETER_BLOCKS_H_
#define DIDACT_FRAMEWORK_TRAINING_PARAMETER_BLOCKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "didact/framework/network/network.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/optimizer.h"

namespace didact {

// Returns the name of a parameter within its network, under PyTorch's names: "0.weight", "0.bias".
std::string ParameterName(int64_t layer, ParameterRole role);

// Returns the blocks of the layers that are trained, from the first layer to the last.
template <class T>
std::vector<ParameterBlock> TrainedBlocks(const Network<T>& network);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_PARAMETER_BLOCKS_H_
