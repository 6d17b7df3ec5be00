#include "didact/framework/plugin/layer_pairs.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/protos/plugins/metric.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;

LayerPairs Named(const std::vector<std::pair<int64_t, int64_t>>& pairs) {
  Specialization config;
  for (const auto& [teacher, student] : pairs) {
    LayerPair& pair = *config.add_layer_pair();
    pair.set_teacher(teacher);
    pair.set_student(student);
  }
  return LayerPairs(config.layer_pair(), FieldPath("e.textproto"));
}

TEST(LayerPairs, AreLayerByLayerIfNoneIsNamed) {
  const LayerPairs pairs = Named({});
  EXPECT_EQ(pairs.key_pattern(), "layer*");
  const auto three = pairs.Of(3, 3);
  ASSERT_THAT(three.status(), IsOk());
  EXPECT_THAT(*three, ElementsAre(FieldsAre(0, 0, "layer0"), FieldsAre(1, 1, "layer1"),
                                  FieldsAre(2, 2, "layer2")));
}

TEST(LayerPairs, NeedATeacherWhetherTheyAreNamedOrNot) {
  for (const LayerPairs& pairs : {Named({}), Named({{0, 0}})}) {
    const absl::Status status = pairs.Of(0, 2).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                testing::StartsWith("e.textproto: needs a teacher, but the experiment has none"));
  }
}

TEST(LayerPairs, MustBeNamedIfTheDepthsDiffer) {
  EXPECT_THAT(Named({}).Of(1, 2).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "e.textproto: layer_pair: must say which hidden layers are compared, since "
                        "the teacher has 1 and the student 2, e.g. layer_pair { teacher: 0 "
                        "student: 0 }"));
}

TEST(LayerPairs, AreThoseThatTheConfigNamesInItsOrder) {
  const LayerPairs pairs = Named({{1, 2}, {0, 2}, {1, 0}});
  EXPECT_EQ(pairs.key_pattern(), "teacher*_student*");
  const auto found = pairs.Of(2, 3);
  ASSERT_THAT(found.status(), IsOk());
  EXPECT_THAT(*found, ElementsAre(FieldsAre(1, 2, "teacher1_student2"),
                                  FieldsAre(0, 2, "teacher0_student2"),
                                  FieldsAre(1, 0, "teacher1_student0")));
}

TEST(LayerPairs, MustBeHiddenLayersOfTheirNetworks) {
  EXPECT_THAT(
      Named({{0, 0}, {2, 0}}).Of(2, 3).status(),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "e.textproto: layer_pair[1].teacher: must be a hidden layer, 0 to 1, got 2"));
  EXPECT_THAT(
      Named({{0, 3}}).Of(2, 3).status(),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "e.textproto: layer_pair[0].student: must be a hidden layer, 0 to 2, got 3"));
}

TEST(LayerPairs, MustDiffer) {
  EXPECT_THAT(
      Named({{0, 1}, {1, 1}, {0, 1}}).Of(2, 2).status(),
      FailsWith(absl::StatusCode::kInvalidArgument,
                "e.textproto: layer_pair[2]: must differ from layer_pair[0], got the same"));
}

// Hidden layers and the final one with these numbers of positions.
std::vector<LayerView<const double>> LayersOf(const std::vector<int64_t>& positions) {
  std::vector<LayerView<const double>> layers(positions.size() + 1);
  for (size_t l = 0; l < positions.size(); ++l) layers[l].positions = positions[l];
  return layers;
}

absl::Status StatusWith(const LayerPairs& pairs, const std::vector<int64_t>& teacher,
                        const std::vector<int64_t>& student) {
  const auto teacher_layers = LayersOf(teacher);
  const auto student_layers = LayersOf(student);
  MetricContext<double> context;
  context.teacher = teacher_layers;
  context.student = student_layers;
  context.teacher_widths = teacher;
  context.student_widths = student;
  return pairs.Of(context).status();
}

TEST(LayerPairs, HaveAsManyPositions) {
  EXPECT_THAT(StatusWith(Named({}), {6, 1}, {6, 1}), IsOk());
  EXPECT_THAT(StatusWith(Named({{0, 1}}), {6}, {30, 6}), IsOk());
}

TEST(LayerPairs, AreSuggestedIfThoseNamedHaveDifferentNumbersOfPositions) {
  const std::string problem =
      "e.textproto: must compare hidden layers with the same number of positions, got 6 in layer 0 "
      "of the teacher and 30 in layer 0 of the student; ";
  EXPECT_THAT(StatusWith(Named({}), {6, 1}, {30, 1}),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        problem + "name other layers, e.g. layer_pair { teacher: 1 student: 1 }"));
  EXPECT_THAT(StatusWith(Named({{0, 0}}), {6, 5}, {30, 6}),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        problem + "name other layers, e.g. layer_pair { teacher: 0 student: 1 }"));
  EXPECT_THAT(StatusWith(Named({}), {6, 5}, {30, 31}),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        problem + "remove it, since there are no such layers"));
}

}  // namespace
}  // namespace didact
