// Compares CopyTeacher with its definition: copies of the teacher itself, of its direction and of
// its signs, and perturbations.

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/plugins/initializers/initializers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/initializers/apply_initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

using testing::ElementsAre;

constexpr uint64_t kSeed = 7;

template <class T>
class CopyTeacherTest : public testing::Test {
 protected:
  static constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

  CopyTeacherTest() { student_.Randomize(1), before_.Randomize(1), teacher_.Randomize(2); }

  std::string Message(const std::string& config) {
    return std::string(
        ApplyInitializer(RegisterCopyTeacher, config, student_, kSeed, &teacher_).message());
  }

  static double Norm(const TestNetwork<T>& network, int64_t layer) {
    double squares = 0;
    for (int64_t i = 0; i < network.bias(layer).shape(0); ++i) {
      for (const T weight : network.Row(layer, i)) squares += static_cast<double>(weight) * weight;
    }
    return std::sqrt(squares);
  }

  TestNetwork<T> student_{{4, 6, 5, 3}};
  TestNetwork<T> before_{{4, 6, 5, 3}};  // the same numbers
  TestNetwork<T> teacher_{{4, 6, 5, 3}};
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(CopyTeacherTest, Precisions);

TYPED_TEST(CopyTeacherTest, CopiesTheTeacher) {
  ASSERT_EQ(this->Message(""), "");
  EXPECT_EQ(this->student_.Values(), this->teacher_.Values());
  EXPECT_TRUE(this->student_.PaddingIsIntact());
}

TYPED_TEST(CopyTeacherTest, CopiesSelectedLayers) {
  ASSERT_EQ(this->Message("layer: [2, 0]"), "");
  for (const int64_t l : {0, 2}) {
    EXPECT_EQ(this->student_.Row(l, 2), this->teacher_.Row(l, 2));
    EXPECT_EQ(this->student_.Bias(l), this->teacher_.Bias(l));
  }
  EXPECT_EQ(this->student_.Row(1, 2), this->before_.Row(1, 2));
  EXPECT_EQ(this->student_.Bias(1), this->before_.Bias(1));
}

// Of the teacher, layers 0 and 1 are normalized, of the student layers 0 and 2; the normalization of
// layer 0 alone is copied, without a perturbation, and only if the weights are replaced.
TYPED_TEST(CopyTeacherTest, CopiesNormalizationsThatBothNetworksHave) {
  using Layers = std::vector<LayerView<TypeParam>>;
  const auto normalize = [](LayerView<TypeParam>& layer, std::vector<TypeParam>& numbers) {
    int64_t begin = 0;
    for (ArrayView<TypeParam>* const array :
         {&layer.gain, &layer.shift, &layer.running_mean, &layer.running_variance}) {
      *array = ArrayView<TypeParam>(numbers.data() + begin, {layer.nodes});
      begin += layer.nodes;
    }
  };
  Layers teacher(this->teacher_.weights().begin(), this->teacher_.weights().end());
  Layers student(this->student_.weights().begin(), this->student_.weights().end());
  std::vector<TypeParam> of_teacher[2], of_student[2];
  for (int i : {0, 1}) {
    of_teacher[i].assign(24, TypeParam(2 + i));
    normalize(teacher[i], of_teacher[i]);
    of_student[i].assign(24, TypeParam(10 + i));
    normalize(student[2 * i], of_student[i]);
  }
  const std::vector<LayerView<const TypeParam>> const_teacher(teacher.begin(), teacher.end());
  const auto apply = [&](const std::string& config) {
    const auto initializer = BuildPlugin<Initializer<TypeParam>>(RegisterCopyTeacher, config);
    ASSERT_TRUE(initializer.ok()) << initializer.status();
    const absl::Status status =
        (*initializer)->Apply({RandomStream(kSeed, "initializer"), const_teacher}, student);
    ASSERT_TRUE(status.ok()) << status;
  };
  for (const char* const config : {"add: true", "part: DIRECTION", "part: SIGN"}) {
    apply(config);
    EXPECT_THAT(of_student[0], testing::Each(10)) << config;
  }
  apply("perturbation: 0.25");
  EXPECT_THAT(of_student[0], testing::Each(2));
  EXPECT_THAT(of_student[1], testing::Each(11));
}

// The numbers of a layer's weights are those of its stream, in row order; biases have a stream of
// their own.
TYPED_TEST(CopyTeacherTest, PerturbsWeightsAndBiasesByNormalNumbers) {
  ASSERT_EQ(this->Message("perturbation: 0.25"), "");
  const RandomStream random(kSeed, "initializer");
  for (int64_t l = 0; l < 3; ++l) {
    const RandomStream layer = random.Split(static_cast<uint64_t>(l));
    const int64_t inputs = this->student_.weight(l).shape(1);
    for (int64_t i = 0; i < this->student_.bias(l).shape(0); ++i) {
      for (int64_t j = 0; j < inputs; ++j) {
        EXPECT_NEAR(this->student_.weight(l)(i, j),
                    this->teacher_.weight(l)(i, j) +
                        0.25 * layer.Normal(static_cast<uint64_t>(i * inputs + j)),
                    8 * this->kEpsilon);
      }
      EXPECT_NEAR(
          this->student_.bias(l)(i),
          this->teacher_.bias(l)(i) + 0.25 * layer.Split("bias").Normal(static_cast<uint64_t>(i)),
          8 * this->kEpsilon);
    }
  }
  EXPECT_TRUE(this->student_.PaddingIsIntact());
}

TYPED_TEST(CopyTeacherTest, AddsTheTeacherToAPerturbationThatWasMadeBefore) {
  ASSERT_EQ(this->Message("add: true"), "");
  for (size_t k = 0; k < this->student_.Values().size(); ++k) {
    EXPECT_EQ(this->student_.Values()[k], this->before_.Values()[k] + this->teacher_.Values()[k]);
  }
}

TYPED_TEST(CopyTeacherTest, TakesTheDirectionAndKeepsTheNormOfTheWeights) {
  ASSERT_EQ(this->Message("part: DIRECTION"), "");
  for (int64_t l = 0; l < 3; ++l) {
    const double ratio = this->Norm(this->before_, l) / this->Norm(this->teacher_, l);
    EXPECT_NEAR(this->Norm(this->student_, l), this->Norm(this->before_, l), 30 * this->kEpsilon);
    for (int64_t i = 0; i < this->student_.bias(l).shape(0); ++i) {
      EXPECT_NEAR(this->student_.weight(l)(i, 1), ratio * this->teacher_.weight(l)(i, 1),
                  8 * this->kEpsilon);
      EXPECT_NEAR(this->student_.bias(l)(i), ratio * this->teacher_.bias(l)(i), 8 * this->kEpsilon);
    }
  }
}

TYPED_TEST(CopyTeacherTest, TakesTheSignsAndKeepsAbsoluteValues) {
  ASSERT_EQ(this->Message("part: SIGN"), "");
  int turned = 0;
  for (size_t k = 0; k < this->student_.Values().size(); ++k) {
    const TypeParam before = this->before_.Values()[k];
    const TypeParam after = this->student_.Values()[k];
    EXPECT_GT(after * this->teacher_.Values()[k], 0);
    EXPECT_EQ(std::fabs(after), std::fabs(before));
    turned += after == before ? 0 : 1;
  }
  EXPECT_GT(turned, 0);
}

TYPED_TEST(CopyTeacherTest, TurnsNoSignWhereOneNetworkHasZero) {
  TestNetwork<TypeParam> teacher({3, 1});
  TestNetwork<TypeParam> student({3, 1});
  student.weight(0)(0, 0) = 1;
  student.weight(0)(0, 1) = -1;
  student.bias(0)(0) = -2;
  teacher.weight(0)(0, 2) = -1;
  ASSERT_TRUE(ApplyInitializer(RegisterCopyTeacher, "part: SIGN", student, 1, &teacher).ok());
  EXPECT_THAT(student.Values(), ElementsAre(1, -1, 0, -2));
  EXPECT_FALSE(std::signbit(student.weight(0)(0, 2)));
}

TYPED_TEST(CopyTeacherTest, NeedsATeacherOfTheSameShape) {
  EXPECT_EQ(ApplyInitializer(RegisterCopyTeacher, "", this->student_).message(),
            "must be an initializer of the student, in an experiment with a teacher");

  TestNetwork<TypeParam> wider({4, 8, 5, 3});
  wider.Randomize(3);
  const std::vector<TypeParam> before = wider.Values();
  const auto message = [&](const std::string& config, TestNetwork<TypeParam>& student) {
    return std::string(
        ApplyInitializer(RegisterCopyTeacher, config, student, 1, &this->teacher_).message());
  };
  EXPECT_EQ(message("", wider),
            "needs a student whose weight of layer 0 has the teacher's shape, [6, 4], got [8, 4]\n"
            "needs a student whose bias of layer 0 has the teacher's shape, [6], got [8]\n"
            "needs a student whose weight of layer 1 has the teacher's shape, [5, 6], got [5, 8]");
  EXPECT_EQ(wider.Values(), before);
  EXPECT_EQ(message("layer: 2", wider), "");

  TestNetwork<TypeParam> shallow({4, 6, 5});
  EXPECT_EQ(message("", shallow),
            "layer: must say which layers are copied, since the teacher has 3 and the student 2, "
            "e.g. layer: 0");
  EXPECT_EQ(message("layer: 1", shallow), "");
  EXPECT_EQ(message("layer: [0, 2]", shallow), "layer[1]: must be a layer, 0 to 1, got 2");
}

TYPED_TEST(CopyTeacherTest, NeedsATeacherWithADirection) {
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 6; ++j) this->teacher_.weight(1)(i, j) = 0;
  }
  EXPECT_EQ(this->Message("part: DIRECTION"),
            "needs a direction, but the teacher's weights of layer 1 are all 0; change the "
            "teacher's initializers, or select other layers");
  EXPECT_EQ(this->student_.Values(), this->before_.Values());
  EXPECT_EQ(this->Message("part: DIRECTION layer: [0, 2]"), "");
}

// A layer without biases has an empty view in their place.
TYPED_TEST(CopyTeacherTest, CopiesLayersWithoutBiases) {
  LayerView<TypeParam> student = this->student_.weights()[0];
  LayerView<const TypeParam> teacher = this->teacher_.const_weights()[0];
  student.bias = {};
  const auto copy = BuildPlugin<Initializer<TypeParam>>(RegisterCopyTeacher, "perturbation: 0");
  ASSERT_TRUE(copy.ok()) << copy.status();
  const RandomStream random(1, "initializer");
  EXPECT_EQ((*copy)
                ->Apply({random, NetworkView<const TypeParam>(&teacher, 1)},
                        NetworkView<TypeParam>(&student, 1))
                .message(),
            "needs a student whose bias of layer 0 has the teacher's shape, [6], got none");
  teacher.bias = {};
  ASSERT_TRUE((*copy)
                  ->Apply({random, NetworkView<const TypeParam>(&teacher, 1)},
                          NetworkView<TypeParam>(&student, 1))
                  .ok());
  EXPECT_EQ(this->student_.Row(0, 3), this->teacher_.Row(0, 3));
  EXPECT_EQ(this->student_.Bias(0), this->before_.Bias(0));
}

TYPED_TEST(CopyTeacherTest, RefusesFieldsThatHaveNoMeaning) {
  EXPECT_EQ(this->Message("perturbation: -1"), "perturbation: must be >= 0, got -1");
  EXPECT_EQ(this->Message("part: SIGN perturbation: 0.5 add: true"),
            "perturbation: must be 0 with part: SIGN, got 0.5\n"
            "add: must be false with part: SIGN, got true");
  EXPECT_EQ(this->Message("part: DIRECTION add: true"),
            "add: must be false with part: DIRECTION, got true");
}

}  // namespace
}  // namespace didact
