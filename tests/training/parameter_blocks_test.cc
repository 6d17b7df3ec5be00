// Tests that the state of an optimizer, which it keeps in blocks, is saved by parameter.

#include "didact/framework/training/parameter_blocks.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/training/plain_network.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

// Keeps a copy of the arrays that it visits.
class Copies final : public StateVisitor {
 public:
  using StateVisitor::Visit;
  void Visit(absl::string_view name, AnyArrayView array) override {
    std::vector<double> elements(array.size());
    CopyToBytes(array, reinterpret_cast<char*>(elements.data()));
    EXPECT_TRUE(arrays.try_emplace(std::string(name), elements).second) << name;
  }

  std::map<std::string, std::vector<double>> arrays;
};

std::vector<double> ElementsOf(const ArrayView<const double>& array) {
  std::vector<double> elements(AnyConstArrayView(array).size());
  CopyToBytes(array, reinterpret_cast<char*>(elements.data()));
  return elements;
}

// The array of an optimizer has the numbers of the parameters themselves, in rows that are not as
// far apart as those of the network.
TEST(TrainedBlocks, VisitAnArrayOfABlockInTheShapesOfItsParameters) {
  const auto network = MakeTanhNetwork<double>(5, {4, 3}, 2, "student");
  const std::vector<ParameterBlock> blocks = TrainedBlocks(*network);
  ASSERT_EQ(blocks.size(), 3u);
  Copies copies;
  for (int64_t l = 0; l < 3; ++l) {
    const Matrix<double>& matrix = network->layer(l).parameters().blocks().front();
    ASSERT_EQ(blocks[l].rows, matrix.rows());
    ASSERT_EQ(blocks[l].columns, matrix.columns());
    const int64_t stride = matrix.stride() + 1;
    std::vector<double> state(matrix.rows() * stride, -1);
    for (int64_t i = 0; i < matrix.rows(); ++i) {
      for (int64_t j = 0; j < matrix.columns(); ++j) state[i * stride + j] = matrix.row(i)[j];
    }
    VisitPerParameter(
        "state", blocks[l],
        ArrayView<double>(state.data(), {matrix.rows(), matrix.columns()}, {stride, int64_t{1}}),
        copies);
  }
  EXPECT_THAT(copies.arrays,
              ElementsAre(Key("state.0.bias"), Key("state.0.weight"), Key("state.1.bias"),
                          Key("state.1.weight"), Key("state.2.bias"), Key("state.2.weight")));
  const Network<double>& shown = *network;
  for (int64_t l = 0; l < 3; ++l) {
    const std::string layer = "state." + std::to_string(l);
    EXPECT_EQ(copies.arrays[layer + ".weight"], ElementsOf(shown.view()[l].weight)) << l;
    EXPECT_EQ(copies.arrays[layer + ".bias"], ElementsOf(shown.view()[l].bias)) << l;
  }
}

TEST(TrainedBlocks, AreThoseOfTrainedLayersUnderTheNumbersOfTheirLayers) {
  const auto network = MakeTanhNetwork<double>(5, {4, 3}, 2, "student");
  network->layer(0).set_trained(false);
  network->layer(2).set_trained(false);
  const std::vector<ParameterBlock> blocks = TrainedBlocks(*network);
  ASSERT_EQ(blocks.size(), 1u);
  ASSERT_EQ(blocks[0].parameters.size(), 2u);
  EXPECT_EQ(blocks[0].parameters[0].name, "1.weight");
  EXPECT_THAT(blocks[0].parameters[0].shape, ElementsAre(3, 4));
  EXPECT_EQ(blocks[0].parameters[1].name, "1.bias");
  EXPECT_THAT(blocks[0].parameters[1].shape, ElementsAre(3));
  network->layer(1).set_trained(false);
  EXPECT_THAT(TrainedBlocks(*network), IsEmpty());
}

}  // namespace
}  // namespace didact
