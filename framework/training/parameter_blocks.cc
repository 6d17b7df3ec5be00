#include "didact/framework/training/parameter_blocks.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"

namespace didact {
namespace {

absl::string_view NameOf(ParameterRole role) {
  switch (role) {
    case ParameterRole::kWeight:
      return "weight";
    case ParameterRole::kBias:
      return "bias";
    case ParameterRole::kGain:
      return "bn.weight";
    case ParameterRole::kShift:
      return "bn.bias";
  }
  return "";
}

template <class T>
bool Holds(const Matrix<T>& block, const T* element) {
  return element >= block.data() && element < block.data() + block.rows() * block.stride();
}

// Returns the parameter that `array` shows of `block`.
template <class T>
BlockParameter ParameterOf(const Matrix<T>& block, std::string name, ParameterRole role,
                           const ArrayView<const T>& array) {
  const auto position = [&block](int64_t offset) {
    return BlockPosition{offset / block.stride(), offset % block.stride()};
  };
  BlockParameter parameter;
  parameter.name = std::move(name);
  parameter.role = role;
  parameter.first = position(array.data() - block.data());
  for (int d = 0; d < array.rank(); ++d) {
    parameter.shape.push_back(array.shape(d));
    parameter.steps.push_back(position(array.stride(d)));
  }
  return parameter;
}

}  // namespace

std::string ParameterName(int64_t layer, ParameterRole role) {
  return absl::StrCat(layer, ".", NameOf(role));
}

template <class T>
std::vector<ParameterBlock> TrainedBlocks(const Network<T>& network) {
  std::vector<ParameterBlock> blocks;
  for (int64_t l = 0; l < network.layers(); ++l) {
    if (!network.layer(l).is_trained()) continue;
    const LayerParameters<T>& parameters = network.layer(l).parameters();
    for (const Matrix<T>& matrix : parameters.blocks()) {
      ParameterBlock& block = blocks.emplace_back();
      block.rows = matrix.rows();
      block.columns = matrix.columns();
      parameters.view().ForEachParameter([&](ParameterRole role, const ArrayView<const T>& array) {
        if (!Holds(matrix, array.data())) return;
        block.parameters.push_back(ParameterOf(matrix, ParameterName(l, role), role, array));
      });
    }
  }
  return blocks;
}

template std::vector<ParameterBlock> TrainedBlocks(const Network<float>&);
template std::vector<ParameterBlock> TrainedBlocks(const Network<double>&);

}  // namespace didact
