#include "framework/base/field_path.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(AnnotateWithPath, PutsThePathBeforeAMessageWithoutOne) {
  const absl::Status status =
      AnnotateWithPath(absl::InvalidArgumentError("must be > 0"), FieldPath("a.textproto"));
  EXPECT_EQ(status.message(), "a.textproto: must be > 0");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(AnnotateWithPath, LeavesAMessageThatBeginsWithThePathOrAPartOfIt) {
  const FieldPath path = FieldPath("a.textproto").Field("teacher");
  for (const char* message : {"a.textproto: teacher: is missing", "a.textproto: teacher.outputs: x",
                              "a.textproto: teacher[0]: x"}) {
    EXPECT_EQ(AnnotateWithPath(absl::InvalidArgumentError(message), path).message(), message);
  }
}

TEST(AnnotateWithPath, IsNotMisledByANameThatBeginsLikeThePath) {
  const FieldPath path = FieldPath().Field("weights");
  EXPECT_EQ(
      AnnotateWithPath(absl::NotFoundError("weights_of_teacher.npz: is missing"), path).message(),
      "weights: weights_of_teacher.npz: is missing");
}

TEST(AnnotateWithPath, KeepsSuccess) {
  EXPECT_TRUE(AnnotateWithPath(absl::OkStatus(), FieldPath("a")).ok());
}

}  // namespace
}  // namespace didact
