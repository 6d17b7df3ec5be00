// Makes the teacher and the student of a recorded run of the reference
// (tests/parity/data/README.md) from the reference's own draws with initializers. The reference's
// weight matrices are transposed, with the bias as an additional row.

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/plugins/initializers/initializers.h"
#include "gtest/gtest.h"
#include "tests/plugins/initializers/apply_initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

constexpr int64_t kInputs = 10;
constexpr int64_t kTeacherNodes = 5;
constexpr int64_t kStudentNodes = 20;
constexpr int64_t kOutputs = 7;

// A matrix of the file.
class Matrix {
 public:
  Matrix(const std::string& file, const std::string& name) {
    const NpyArray array = NpzReader::Open(file)->Read(name).value();
    columns_ = array.shape.back();
    elements_ = array.ReadAs<double>().value();
  }
  double operator()(int64_t i, int64_t j) const { return elements_[i * columns_ + j]; }

 private:
  int64_t columns_;
  std::vector<double> elements_;
};

class Reference : public testing::TestWithParam<const char*> {
 protected:
  Matrix Read(const std::string& name) const {
    return Matrix(std::string("tests/parity/data/") + GetParam(), name);
  }
};

INSTANTIATE_TEST_SUITE_P(Recorded, Reference, testing::Values("t1.npz", "t2.npz"),
                         [](const auto& info) { return std::string(info.param).substr(0, 2); });

// NormalizeFanIn, DecayFanOut and ConstantBias, applied to the reference's draws, give the
// reference's teacher. The reference divides fan-out weights in float32 and has float32 biases,
// hence the tolerance.
TEST_P(Reference, TeacherComesFromItsDraws) {
  const Matrix first_draw = Read("draw_enc_W1");
  const Matrix second_draw = Read("draw_enc_W2");
  TestNetwork<double> teacher({kInputs, kTeacherNodes, kOutputs});
  for (int64_t i = 0; i < kTeacherNodes; ++i) {
    for (int64_t j = 0; j < kInputs; ++j) teacher.weight(0)(i, j) = first_draw(i, j);
  }
  for (int64_t i = 0; i < kOutputs; ++i) {
    for (int64_t j = 0; j < kTeacherNodes; ++j) teacher.weight(1)(i, j) = second_draw(i, j);
  }
  ASSERT_TRUE(ApplyInitializer(RegisterDecayFanOut, "exponent: 1", teacher).ok());
  ASSERT_TRUE(ApplyInitializer(RegisterConstantBias, "value: -0.1", teacher).ok());
  ASSERT_TRUE(ApplyInitializer(RegisterNormalizeFanIn, "layer: 0", teacher).ok());

  const Matrix first = Read("W1_t");
  const Matrix second = Read("W2_t");
  for (int64_t i = 0; i < kTeacherNodes; ++i) {
    double norm = 0;
    for (int64_t j = 0; j < kInputs; ++j) {
      EXPECT_NEAR(teacher.weight(0)(i, j), first(j, i), 1e-15);
      norm += first(j, i) * first(j, i);
    }
    EXPECT_NEAR(norm, 1, 1e-14);
    EXPECT_NEAR(teacher.bias(0)(i), first(kInputs, i), 1e-8);
  }
  for (int64_t i = 0; i < kOutputs; ++i) {
    for (int64_t j = 0; j < kTeacherNodes; ++j)
      EXPECT_NEAR(teacher.weight(1)(i, j), second(j, i), 6e-8);
    EXPECT_NEAR(teacher.bias(1)(i), second(kTeacherNodes, i), 1e-8);
  }
}

// The draws have the properties that SeparatedWeights guarantees, and so do its own draws from the
// same values.
TEST_P(Reference, TeacherNodesAreSeparated) {
  const Matrix draw = Read("draw_enc_W1");
  std::set<double> values;
  std::set<std::vector<double>> rows;
  for (int64_t i = 0; i < kTeacherNodes; ++i) {
    std::vector<double> row;
    for (int64_t j = 0; j < kInputs; ++j) {
      row.push_back(draw(i, j));
      values.insert(draw(i, j));
    }
    EXPECT_NE(row, std::vector<double>(kInputs, 0));
    rows.insert(row);
  }
  EXPECT_EQ(rows.size(), kTeacherNodes);

  const std::set<double> choice = {-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1};
  for (const double value : values) EXPECT_EQ(choice.count(value), 1u) << value;
  TestNetwork<double> teacher({kInputs, kTeacherNodes, kOutputs});
  ASSERT_TRUE(ApplyInitializer(RegisterSeparatedWeights,
                               "choice: [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]", teacher)
                  .ok());
  for (int64_t i = 0; i < kTeacherNodes; ++i) {
    for (const double weight : teacher.Row(0, i)) EXPECT_EQ(choice.count(weight), 1u) << weight;
  }
}

// ScaleWeights, and NormalizeFanIn if the run normalizes, applied to the reference's draws, give
// its initial student. The reference scales in float32.
TEST_P(Reference, StudentComesFromItsDraws) {
  const Matrix draw = Read("draw_W1_s");
  TestNetwork<double> student({kInputs, kStudentNodes, kOutputs});
  for (int64_t i = 0; i < kStudentNodes; ++i) {
    for (int64_t j = 0; j < kInputs; ++j) student.weight(0)(i, j) = draw(j, i);
  }
  ASSERT_TRUE(ApplyInitializer(RegisterScaleWeights, "factor: 0.1", student).ok());
  if (GetParam() == std::string("t2.npz")) {
    ASSERT_TRUE(ApplyInitializer(RegisterNormalizeFanIn, "layer: 0", student).ok());
  }
  const Matrix first = Read("W1_s_init");
  for (int64_t i = 0; i < kStudentNodes; ++i) {
    for (int64_t j = 0; j < kInputs; ++j) EXPECT_NEAR(student.weight(0)(i, j), first(j, i), 6e-8);
  }
}

// The reference's adv_init is computed here from its own arrays: with the last teacher node, and
// without the bias.
TEST_P(Reference, AdversarialStudentIsTheReferences) {
  const Matrix teacher_weights = Read("W1_t");
  const Matrix student_weights = Read("W1_s_init");
  TestNetwork<double> teacher({kInputs, kTeacherNodes, kOutputs});
  TestNetwork<double> student({kInputs, kStudentNodes, kOutputs});
  for (int64_t j = 0; j < kInputs; ++j) {
    for (int64_t i = 0; i < kTeacherNodes; ++i) teacher.weight(0)(i, j) = teacher_weights(j, i);
    for (int64_t i = 0; i < kStudentNodes; ++i) student.weight(0)(i, j) = student_weights(j, i);
  }
  for (int64_t i = 0; i < kTeacherNodes; ++i) teacher.bias(0)(i) = teacher_weights(kInputs, i);
  ASSERT_TRUE(
      ApplyInitializer(RegisterOrientToTeacherNode, "direction: ADVERSARIAL", student, 1, &teacher)
          .ok());
  int turned = 0;
  for (int64_t i = 0; i < kStudentNodes; ++i) {
    double product = 0;
    for (int64_t j = 0; j < kInputs; ++j)
      product += teacher_weights(j, kTeacherNodes - 1) * student_weights(j, i);
    const double sign = product > 0 ? -1 : 1;
    turned += product > 0 ? 1 : 0;
    for (int64_t j = 0; j < kInputs; ++j)
      EXPECT_EQ(student.weight(0)(i, j), sign * student_weights(j, i));
  }
  EXPECT_GT(turned, 0);
  EXPECT_LT(turned, kStudentNodes);
}

}  // namespace
}  // namespace didact
