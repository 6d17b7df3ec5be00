// Compares all projections with plain loops.

#include "didact/plugins/projections/projections.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/projection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

using testing::Each;

template <class T>
class Projections : public testing::Test {
 protected:
  static constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

  Projections() { network_.Randomize(1), before_.Randomize(1); }

  std::unique_ptr<Projection<T>> Prepared(RegisterFunction projection, const std::string& config) {
    auto built = BuildPlugin<Projection<T>>(projection, config).value();
    EXPECT_TRUE(built->Prepare({network_.const_weights(), absl::MakeSpan(trained_)}).ok());
    return built;
  }

  // Returns the error of building or preparing.
  std::string Message(RegisterFunction projection, const std::string& config) {
    const auto built = BuildPlugin<Projection<T>>(projection, config);
    if (!built.ok()) return std::string(built.status().message());
    return std::string(
        (*built)->Prepare({network_.const_weights(), absl::MakeSpan(trained_)}).message());
  }

  static double Norm(const std::vector<T>& row) {
    double squares = 0;
    for (const T element : row) squares += static_cast<double>(element) * element;
    return std::sqrt(squares);
  }

  TestNetwork<T> network_{{7, 70, 3}};
  TestNetwork<T> before_{{7, 70, 3}};  // the same numbers
  std::array<bool, 2> trained_ = {true, true};
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Projections, Precisions);

TYPED_TEST(Projections, UnitFanInMakesUnitRows) {
  const auto projection = this->Prepared(RegisterUnitFanIn, "layer: 0");
  projection->Apply(RandomStream(1, "projection"), this->network_.weights());
  for (int64_t i = 0; i < 70; ++i) {
    const std::vector<TypeParam> before = this->before_.Row(0, i);
    EXPECT_NEAR(this->Norm(this->network_.Row(0, i)), 1, 2 * this->kEpsilon);
    for (int64_t j = 0; j < 7; ++j) {
      EXPECT_NEAR(this->network_.weight(0)(i, j), before[j] / this->Norm(before),
                  2 * this->kEpsilon);
    }
  }
  EXPECT_EQ(this->network_.Bias(0), this->before_.Bias(0));
  EXPECT_EQ(this->network_.Row(1, 0), this->before_.Row(1, 0));
  EXPECT_TRUE(this->network_.PaddingIsIntact());
  EXPECT_THAT(this->trained_, Each(true));
}

// The multi-layer reference uses r = ||w|| + 1e-5 for all layers and rescales biases too.
TYPED_TEST(Projections, UnitFanInAddsEpsilonAndRescalesBiases) {
  this->Prepared(RegisterUnitFanIn, "epsilon: 1e-5 rescale_bias: true")
      ->Apply(RandomStream(1, "projection"), this->network_.weights());
  for (int64_t l = 0; l < 2; ++l) {
    for (int64_t i = 0; i < this->network_.bias(l).shape(0); ++i) {
      const double divisor = this->Norm(this->before_.Row(l, i)) + 1e-5;
      EXPECT_NEAR(this->network_.weight(l)(i, 1), this->before_.weight(l)(i, 1) / divisor,
                  2 * this->kEpsilon);
      EXPECT_NEAR(this->network_.bias(l)(i), this->before_.bias(l)(i) / divisor,
                  2 * this->kEpsilon * (1 + std::fabs(this->network_.bias(l)(i))));
    }
  }
}

TYPED_TEST(Projections, ZeroBiasLeavesWeightsAlone) {
  this->Prepared(RegisterZeroBias, "")
      ->Apply(RandomStream(1, "projection"), this->network_.weights());
  for (int64_t l = 0; l < 2; ++l) {
    EXPECT_THAT(this->network_.Bias(l), Each(0));
    EXPECT_EQ(this->network_.Row(l, 2), this->before_.Row(l, 2));
  }
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

TYPED_TEST(Projections, FreezeKeepsLayersFromBeingTrained) {
  const auto projection = this->Prepared(RegisterFreeze, "layer: 1");
  EXPECT_THAT(this->trained_, testing::ElementsAre(true, false));
  projection->Apply(RandomStream(1, "projection"), this->network_.weights());
  EXPECT_EQ(this->network_.Values(), this->before_.Values());
}

TYPED_TEST(Projections, RefuseWhatDoesNotFit) {
  EXPECT_EQ(this->Message(RegisterUnitFanIn, "layer: [1, 2]"),
            "layer[1]: must be a layer, 0 to 1, got 2");
  EXPECT_EQ(this->Message(RegisterUnitFanIn, "layer: -1 epsilon: -1"),
            "layer[0]: must be >= 0, got -1\nepsilon: must be >= 0, got -1");
  EXPECT_EQ(this->Message(RegisterFreeze, "layer: 2"), "layer[0]: must be a layer, 0 to 1, got 2");
  EXPECT_EQ(this->Message(RegisterFreeze, ""),
            "layer: must be given at least once, such as layer: [0]");
  EXPECT_EQ(this->Message(RegisterZeroBias, ""), "");
}

}  // namespace
}  // namespace didact
