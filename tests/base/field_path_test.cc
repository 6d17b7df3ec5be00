#include "didact/framework/base/field_path.h"

#include "absl/status/status.h"
#include "didact/framework/base/problem.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

const FieldPath kTeacher = FieldPath("a.textproto").Field("teacher");

TEST(FieldPath, ContainsItselfAndWhatLiesWithin) {
  EXPECT_TRUE(kTeacher.Contains(kTeacher));
  EXPECT_TRUE(kTeacher.Contains(kTeacher.Field("outputs")));
  EXPECT_TRUE(kTeacher.Contains(kTeacher.Index(0)));
  EXPECT_TRUE(FieldPath("a.textproto").Contains(kTeacher.Field("outputs")));
}

TEST(FieldPath, ContainsNoOtherFieldAndNoOtherOrigin) {
  EXPECT_FALSE(kTeacher.Contains(FieldPath("a.textproto")));
  EXPECT_FALSE(kTeacher.Contains(FieldPath("a.textproto").Field("teachers")));
  EXPECT_FALSE(kTeacher.Contains(FieldPath("b.textproto").Field("teacher")));
  EXPECT_FALSE(FieldPath("a").Contains(kTeacher));
}

TEST(FieldPath, SaysWhereAFieldLiesWithinIt) {
  EXPECT_EQ(kTeacher.PathWithin(kTeacher.Field("hidden").Index(1).Field("width")),
            "hidden[1].width");
  EXPECT_EQ(kTeacher.PathWithin(kTeacher.Index(2).Field("width")), "[2].width");
  EXPECT_EQ(kTeacher.PathWithin(kTeacher), "");
  EXPECT_EQ(FieldPath("a.textproto").PathWithin(kTeacher.Field("outputs")), "teacher.outputs");
}

TEST(AnnotateWithPath, PutsThePathBeforeAMessageWithoutOne) {
  const absl::Status status =
      AnnotateWithPath(absl::InvalidArgumentError("must be > 0"), FieldPath("a.textproto"));
  EXPECT_EQ(status.message(), "a.textproto: must be > 0");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(AnnotateWithPath, LeavesAProblemThatIsAtThePathOrWithinIt) {
  for (const FieldPath& path : {kTeacher, kTeacher.Field("outputs"), kTeacher.Index(0)}) {
    const absl::Status status = path.Error(absl::StatusCode::kNotFound, "is missing");
    EXPECT_EQ(AnnotateWithPath(status, kTeacher), status);
  }
}

TEST(AnnotateWithPath, MakesOneProblemOfThoseOfAFile) {
  const absl::Status file = FieldPath("w.npz").Error(absl::StatusCode::kDataLoss, "is cut off");
  const absl::Status status = AnnotateWithPath(file, kTeacher);
  EXPECT_EQ(status.message(), "a.textproto: teacher: w.npz: is cut off");
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  ASSERT_EQ(ProblemsOf(status).size(), 1u);
  EXPECT_EQ(ProblemsOf(status)[0].path, kTeacher);
}

TEST(AnnotateWithPath, IsNotMisledByANameThatBeginsLikeThePath) {
  const FieldPath path = FieldPath().Field("weights");
  EXPECT_EQ(AnnotateWithPath(FieldPath("weights").Invalid("is missing"), path).message(),
            "weights: weights: is missing");
}

TEST(AnnotateWithPath, KeepsSuccess) {
  EXPECT_TRUE(AnnotateWithPath(absl::OkStatus(), FieldPath("a")).ok());
}

}  // namespace
}  // namespace didact
