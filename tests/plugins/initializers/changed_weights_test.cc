// Compares initializers that change the weights of earlier ones (ConstantBias, ScaleWeights,
// DecayFanOut, NormalizeFanIn and OrientToTeacherNode) with hand-computed values and plain loops.

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "didact/plugins/initializers/initializers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/initializers/apply_initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

using testing::Each;
using testing::ElementsAre;

template <class T>
class ChangedWeights : public testing::Test {
 protected:
  static constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

  ChangedWeights() { network_.Randomize(1), before_.Randomize(1), teacher_.Randomize(2); }

  std::string Message(RegisterFunction initializer, const std::string& config) {
    return std::string(ApplyInitializer(initializer, config, network_, 1, &teacher_).message());
  }

  TestNetwork<T> network_{{4, 6, 5, 3}};
  TestNetwork<T> before_{{4, 6, 5, 3}};  // the same numbers
  TestNetwork<T> teacher_{{4, 3, 2, 3}};
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ChangedWeights, Precisions);

TYPED_TEST(ChangedWeights, ConstantBiasSetsAllBiasesAndNoWeight) {
  ASSERT_EQ(this->Message(RegisterConstantBias, "value: -0.1"), "");
  for (int64_t l = 0; l < 3; ++l) {
    EXPECT_THAT(this->network_.Bias(l), Each(static_cast<TypeParam>(-0.1)));
    EXPECT_EQ(this->network_.Row(l, 1), this->before_.Row(l, 1));
  }
  ASSERT_EQ(this->Message(RegisterConstantBias, "value: 0 layer: 1"), "");
  EXPECT_THAT(this->network_.Bias(1), Each(0));
  EXPECT_THAT(this->network_.Bias(2), Each(static_cast<TypeParam>(-0.1)));
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

TYPED_TEST(ChangedWeights, ConstantBiasNeedsBiases) {
  TestNetwork<TypeParam> without({4, 6, 3}, /*has_bias=*/false);
  EXPECT_EQ(ApplyInitializer(RegisterConstantBias, "value: -0.1", without).message(),
            "needs biases, but layer 0 has none; remove it, or bias: false of the network");
}

TYPED_TEST(ChangedWeights, OthersDoWithoutBiases) {
  TestNetwork<TypeParam> without({4, 6, 5, 3}, /*has_bias=*/false);
  without.Randomize(1);
  ASSERT_TRUE(ApplyInitializer(RegisterScaleWeights, "factor: -2", without).ok());
  ASSERT_TRUE(ApplyInitializer(RegisterNormalizeFanIn, "rescale_bias: true", without).ok());
  ASSERT_TRUE(ApplyInitializer(RegisterDecayFanOut, "exponent: 0.5", without).ok());
  ASSERT_EQ(this->Message(RegisterScaleWeights, "factor: -2"), "");
  ASSERT_EQ(this->Message(RegisterNormalizeFanIn, "rescale_bias: true"), "");
  ASSERT_EQ(this->Message(RegisterDecayFanOut, "exponent: 0.5"), "");
  for (int64_t l = 0; l < 3; ++l) EXPECT_EQ(without.Row(l, 1), this->network_.Row(l, 1));
  EXPECT_TRUE(without.PaddingIsIntact());
}

TYPED_TEST(ChangedWeights, ConstantBiasNeedsAValue) {
  EXPECT_EQ(this->Message(RegisterConstantBias, "layer: 1"),
            "value: must be given, such as value: -0.1");
}

TYPED_TEST(ChangedWeights, ScaleWeightsMultiplies) {
  ASSERT_EQ(this->Message(RegisterScaleWeights, "factor: -2 layer: 0"), "");
  ASSERT_EQ(this->Message(RegisterScaleWeights, "factor: 0.5 biases: false layer: 1"), "");
  EXPECT_EQ(this->network_.weight(0)(5, 3), -2 * this->before_.weight(0)(5, 3));
  EXPECT_EQ(this->network_.bias(0)(4), -2 * this->before_.bias(0)(4));
  EXPECT_EQ(this->network_.weight(1)(4, 5), this->before_.weight(1)(4, 5) / 2);
  EXPECT_EQ(this->network_.Bias(1), this->before_.Bias(1));
  EXPECT_EQ(this->network_.Row(2, 0), this->before_.Row(2, 0));
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

TYPED_TEST(ChangedWeights, ScaleWeightsNeedsAFactorButTakesZero) {
  EXPECT_EQ(this->Message(RegisterScaleWeights, ""), "factor: must be given, such as factor: 0.5");
  EXPECT_EQ(this->Message(RegisterScaleWeights, "factor: 0"), "");
  EXPECT_THAT(this->network_.Values(), Each(0));
}

TYPED_TEST(ChangedWeights, DecayFanOutDividesColumnsOfTheNextLayer) {
  ASSERT_EQ(this->Message(RegisterDecayFanOut, "exponent: 1.5 layer: 0"), "");
  EXPECT_EQ(this->network_.Row(0, 2), this->before_.Row(0, 2));
  EXPECT_EQ(this->network_.Row(2, 2), this->before_.Row(2, 2));
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 6; ++j) {
      const double expected = this->before_.weight(1)(i, j) / std::pow(j + 1, 1.5);
      EXPECT_NEAR(this->network_.weight(1)(i, j), expected, this->kEpsilon * std::fabs(expected));
    }
  }
  EXPECT_EQ(this->network_.Bias(1), this->before_.Bias(1));
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

TYPED_TEST(ChangedWeights, DecayFanOutReachesAllHiddenLayersAndTheFinalOneHasNoFanOut) {
  ASSERT_EQ(this->Message(RegisterDecayFanOut, "exponent: 1"), "");
  EXPECT_EQ(this->network_.weight(1)(0, 1), this->before_.weight(1)(0, 1) / 2);
  EXPECT_EQ(this->network_.weight(2)(0, 1), this->before_.weight(2)(0, 1) / 2);
  EXPECT_EQ(this->Message(RegisterDecayFanOut, "exponent: 1 layer: 2"),
            "layer[0]: must be a layer, 0 to 1, got 2");
  EXPECT_EQ(this->Message(RegisterDecayFanOut, "exponent: -1"), "exponent: must be >= 0, got -1");
}

TYPED_TEST(ChangedWeights, DecayFanOutNeedsAnExponentButTakesZero) {
  EXPECT_EQ(this->Message(RegisterDecayFanOut, ""), "exponent: must be given, such as exponent: 1");
  EXPECT_EQ(this->Message(RegisterDecayFanOut, "exponent: 0"), "");
  EXPECT_EQ(this->network_.Values(), this->before_.Values());
}

TYPED_TEST(ChangedWeights, NormalizeFanInMakesUnitRows) {
  ASSERT_EQ(this->Message(RegisterNormalizeFanIn, "layer: 0"), "");
  for (int64_t i = 0; i < 6; ++i) {
    double norm = 0;
    for (const TypeParam weight : this->before_.Row(0, i))
      norm += static_cast<double>(weight) * weight;
    norm = std::sqrt(norm);
    for (int64_t j = 0; j < 4; ++j) {
      EXPECT_NEAR(this->network_.weight(0)(i, j), this->before_.weight(0)(i, j) / norm,
                  2 * this->kEpsilon);
    }
  }
  EXPECT_EQ(this->network_.Bias(0), this->before_.Bias(0));
  EXPECT_EQ(this->network_.Row(1, 0), this->before_.Row(1, 0));
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

// The multi-layer reference uses r = ||w|| + epsilon and rescales biases too.
TYPED_TEST(ChangedWeights, NormalizeFanInAddsEpsilonAndRescalesBiases) {
  ASSERT_EQ(this->Message(RegisterNormalizeFanIn, "epsilon: 0.5 rescale_bias: true"), "");
  for (int64_t l = 0; l < 3; ++l) {
    for (int64_t i = 0; i < this->network_.bias(l).shape(0); ++i) {
      double divisor = 0;
      for (const TypeParam weight : this->before_.Row(l, i))
        divisor += static_cast<double>(weight) * weight;
      divisor = std::sqrt(divisor) + 0.5;
      EXPECT_NEAR(this->network_.weight(l)(i, 0), this->before_.weight(l)(i, 0) / divisor,
                  2 * this->kEpsilon);
      EXPECT_NEAR(this->network_.bias(l)(i), this->before_.bias(l)(i) / divisor,
                  4 * this->kEpsilon);
    }
  }
}

TYPED_TEST(ChangedWeights, NormalizeFanInLeavesRowsOfZeros) {
  TestNetwork<TypeParam> zeros({4, 2});
  zeros.bias(0)(1) = 3;
  ASSERT_TRUE(ApplyInitializer(RegisterNormalizeFanIn, "rescale_bias: true", zeros).ok());
  EXPECT_THAT(zeros.Values(), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 3));
  EXPECT_EQ(this->Message(RegisterNormalizeFanIn, "epsilon: -1"), "epsilon: must be >= 0, got -1");
}

TYPED_TEST(ChangedWeights, OrientToTeacherNodeGivesAllInnerProductsOneSign) {
  const auto product = [this](int64_t node, int64_t i) {
    double sum = 0;
    for (int64_t j = 0; j < 4; ++j)
      sum +=
          static_cast<double>(this->teacher_.weight(0)(node, j)) * this->network_.weight(0)(i, j);
    return sum;
  };
  int turned = 0;
  const auto expect = [&](int64_t node, int sign) {
    for (int64_t i = 0; i < 6; ++i) {
      EXPECT_GT(sign * product(node, i), 0);
      const bool same = this->network_.Row(0, i) == this->before_.Row(0, i);
      turned += same ? 0 : 1;
      for (int64_t j = 0; j < 4; ++j) {
        EXPECT_EQ(this->network_.weight(0)(i, j), (same ? 1 : -1) * this->before_.weight(0)(i, j));
      }
    }
  };
  ASSERT_EQ(this->Message(RegisterOrientToTeacherNode, ""), "");
  expect(2, -1);
  ASSERT_EQ(this->Message(RegisterOrientToTeacherNode, "direction: HELPFUL"), "");
  expect(2, 1);
  EXPECT_EQ(turned, 6);
  ASSERT_EQ(this->Message(RegisterOrientToTeacherNode, "direction: ADVERSARIAL teacher_node: 0"),
            "");
  expect(0, -1);
  for (int64_t l = 0; l < 3; ++l) EXPECT_EQ(this->network_.Bias(l), this->before_.Bias(l));
  EXPECT_EQ(this->network_.Row(1, 0), this->before_.Row(1, 0));
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

TYPED_TEST(ChangedWeights, OrientToTeacherNodeLeavesWhatIsPerpendicular) {
  TestNetwork<TypeParam> teacher({2, 1, 1});
  TestNetwork<TypeParam> student({2, 1, 1});
  teacher.weight(0)(0, 0) = 1;
  student.weight(0)(0, 1) = 1;
  for (const char* config : {"direction: ADVERSARIAL", "direction: HELPFUL"}) {
    ASSERT_TRUE(ApplyInitializer(RegisterOrientToTeacherNode, config, student, 1, &teacher).ok());
    EXPECT_THAT(student.Row(0, 0), ElementsAre(0, 1));
  }
}

TYPED_TEST(ChangedWeights, OrientToTeacherNodeNeedsATeacherThatHasTheNode) {
  EXPECT_EQ(ApplyInitializer(RegisterOrientToTeacherNode, "", this->network_).message(),
            "must be an initializer of the student, in an experiment with a teacher");
  EXPECT_EQ(this->Message(RegisterOrientToTeacherNode, "teacher_node: 3"),
            "teacher_node: must be a node of the teacher's first hidden layer, 0 to 2, got 3");
  EXPECT_EQ(this->Message(RegisterOrientToTeacherNode, "teacher_node: -1"),
            "teacher_node: must be >= 0, got -1");
}

}  // namespace
}  // namespace didact
