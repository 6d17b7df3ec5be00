#include "didact/framework/plugin/layer_pairs.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
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

}  // namespace
}  // namespace didact
